/** Messages about the tour: one small live run, a phase at a time, of which nothing is kept. */
import type { StartProgress, TrainingEvent } from './train.ts';

/** The run is of this preset's shipped weights, whatever else is open. */
export const tourPreset = 'compact';

export interface TourState {
  /** Phases that have run, of all iterations. */
  readonly phases: number;
  /** While it starts, how far it is; null otherwise. */
  readonly start: StartProgress | null;
  /** Why it does not go on, a sentence with advice; null: nothing is wrong. */
  readonly fault: string | null;
}

export type TourCommand =
  /** Runs until so many phases are done; the first time, it starts. @param picture address of the one to train on */
  | { readonly type: 'tour-advance'; readonly phases: number; readonly picture: string }
  /** Frees all of it. */
  | { readonly type: 'tour-close' };

export type TourEvent =
  | { readonly type: 'tour-state'; readonly state: TourState }
  /** Pictures and numbers, as of a run on the Train page. */
  | { readonly type: 'tour-shows'; readonly event: TrainingEvent };
