/** What is marked on the charts: changes of settings, and checkpoints. */
import type { TrainingSlice } from '../../../store/training.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';

export interface Mark {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
  readonly isCheckpoint: boolean;
}

export function marksOf(
  { annotations }: Pick<TrainingFeed, 'annotations'>,
  { run, runs }: Pick<TrainingSlice, 'run' | 'runs'>,
): readonly Mark[] {
  const checkpoints = runs.find(({ id }) => id === run?.run)?.checkpoints ?? [];
  return [
    ...annotations.map((annotation) => ({ ...annotation, isCheckpoint: false })),
    ...checkpoints.map(({ step }) => ({ step, text: 'Checkpoint', isCheckpoint: true })),
  ];
}
