/** What is marked on the charts: changes of settings, and checkpoints. */
import type { TrainingSlice } from '../../../store/training.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';

export interface Mark {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
  readonly isCheckpoint: boolean;
}

export function marksOf({ annotations }: Pick<TrainingFeed, 'annotations'>, { run }: TrainingSlice): readonly Mark[] {
  const edits = annotations.map((annotation) => ({ ...annotation, isCheckpoint: false }));
  const saved = run?.saved ?? null;
  return saved === null ? edits : [...edits, { step: saved, text: 'Checkpoint', isCheckpoint: true }];
}
