/** What the page knows of co-training: where the run stands, and the settings that the next one will have. */
import type { Event } from '../engine/protocol.ts';
import { defaultConfig, type TrainingConfig, type TrainingState } from '../engine/training-protocol.ts';

export interface TrainingSlice {
  /** Null until the engine has looked for a run of an earlier visit. */
  readonly run: TrainingState | null;
  /** Settings of a run that is not started yet; of one that is, its own hold. */
  readonly draft: TrainingConfig;
}

/** Small enough for WebAssembly: with fewer crops the teacher is done sampling sooner. */
export const pageConfig: TrainingConfig = { ...defaultConfig, pool: 16 };

export const initialTraining: TrainingSlice = { run: null, draft: pageConfig };

/** The settings that hold now. */
export const currentConfig = ({ run, draft }: TrainingSlice): TrainingConfig => run?.config ?? draft;

export function applyToTraining(training: TrainingSlice, event: Event): TrainingSlice {
  if (event.type !== 'training-state') return training;
  const { state } = event;
  // After a reset the settings stay as they were, free to be changed.
  return { run: state, draft: state.config ?? training.draft };
}
