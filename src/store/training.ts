/** What the page knows of co-training: where the run stands, and the settings that the next one will have. */

import { defaultConfig, type TrainingConfig } from '../paper/config.ts';
import type { Event } from '../protocol/index.ts';
import {
  type DegradationPreview,
  type Drive,
  fullSpeed,
  type MemoryEstimate,
  type PictureState,
  type RunSummary,
  type TrainingState,
} from '../protocol/train.ts';

export interface TrainingSlice {
  /** Null until the engine has looked for a run of an earlier visit. */
  readonly run: TrainingState | null;
  /** Settings of a run that is not started yet; of one that is, its own hold. */
  readonly draft: TrainingConfig;
  /** Kept ones, the one that was saved last first. */
  readonly runs: readonly RunSummary[];
  /** How runs go that are played. */
  readonly drive: Drive;
  readonly pictures: PictureState;
  /** Of the settings on screen; null: nothing can be said. */
  readonly estimate: MemoryEstimate | null;
  /** One crop; with the reason where there is none. */
  readonly preview: { readonly shown: DegradationPreview | null; readonly fault: string | null };
}

/** Small enough for WebAssembly: with fewer crops the teacher is done sampling sooner. */
export const pageConfig: TrainingConfig = { ...defaultConfig, pool: 16 };

export const initialTraining: TrainingSlice = {
  run: null,
  draft: pageConfig,
  runs: [],
  drive: fullSpeed,
  pictures: { isOwn: false, count: 0, bytes: 0, message: '' },
  estimate: null,
  preview: { shown: null, fault: null },
};

/** The settings that hold now. */
export const currentConfig = ({ run, draft }: Pick<TrainingSlice, 'run' | 'draft'>): TrainingConfig =>
  run?.config ?? draft;

export function applyToTraining(training: TrainingSlice, event: Event): TrainingSlice {
  switch (event.type) {
    case 'training-state':
      // After a run was put away the settings stay as they were, free to be changed.
      return { ...training, run: event.state, draft: event.state.config ?? training.draft };
    case 'training-runs':
      return { ...training, runs: event.runs };
    case 'training-pictures':
      return { ...training, pictures: event.pictures };
    case 'training-estimated':
      return { ...training, estimate: event.estimate };
    case 'training-previewed':
      return { ...training, preview: { shown: event.preview, fault: event.fault } };
    default:
      return training;
  }
}
