import type { TrainingStatus } from '../../protocol/train.ts';

/** The run goes, or is about to: it can be paused, not stepped. */
export const isBusy = (status: TrainingStatus | null): boolean =>
  status === 'starting' || status === 'running' || status === 'waiting' || status === 'pausing';
