/** Errors of a run, and advice, in words. */

import { errorMessage } from '../../formats/errors.ts';
import type { TrainingPhase } from '../../report/run-metrics.ts';
import { NonFiniteError } from '../../training/measurements.ts';
import { looksLikeMemory } from '../runtime/errors.ts';

/** A phase needed more memory than there is. */
export class TrainingMemoryError extends Error {
  readonly phase: TrainingPhase;
  /** @param step iterations that were done before */
  constructor(step: number, phase: TrainingPhase) {
    super(`Memory ran out in iteration ${step}, phase ${phase}.`);
    this.phase = phase;
  }
}

const lessMemory =
  'Close other tabs, then play; or start a run with a smaller batch, crop or window of D_H, or with the convolutional G.';

/** @param saved iterations of the checkpoint that the run is back at; null: it has none */
export function faultOf(error: unknown, saved: number | null): string {
  const back = saved === null ? 'The run has not begun' : `The run is back at iteration ${saved}`;
  if (error instanceof NonFiniteError) {
    return `${error.message} ${back}: lower the learning rate or the weight behind this term, then play.`;
  }
  if (error instanceof TrainingMemoryError) return `${error.message} ${back}. ${lessMemory}`;
  if (looksLikeMemory(error)) return `Memory ran out while the run was opened. ${back}. ${lessMemory}`;
  return errorMessage(error);
}

export const noRoom =
  'There is no room to keep the run between visits (private window, or a full disk): download its checkpoint before closing this tab.';
