/** One rule for work that a lost GPU device, or an engine opened again, cuts short: it begins again, but not for ever. */
import { DeviceLostError } from './errors.ts';
import { EngineReopenedError } from './gpu-scheduler.ts';

/** Devices lost in a row, nothing being done between, after which the work is given up: it may be the cause. */
const mostLosses = 3;

export class LossLimit {
  #losses = 0;
  #progress: unknown = null;

  /**
   * @param error what the work ended with
   * @param progress changes as work gets done
   * @returns whether it may begin again; a change of settings, which opens the engine again, is no loss
   */
  allows(error: unknown, progress: unknown = null): boolean {
    if (error instanceof EngineReopenedError) return true;
    if (!(error instanceof DeviceLostError)) return false;
    if (progress !== this.#progress) this.#losses = 0;
    this.#progress = progress;
    return ++this.#losses < mostLosses;
  }
}

/**
 * @param progress as for `LossLimit`
 * @returns what the work returns, in the end
 * @throws what the work throws besides; DeviceLostError when the limit is reached
 */
export async function retryAfterLoss<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  progress: () => unknown = () => null,
): Promise<T> {
  const limit = new LossLimit();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !limit.allows(error, progress())) throw error;
    }
  }
}
