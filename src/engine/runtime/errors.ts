/**
 * Errors of the engine's work. A lost GPU device, or an engine opened again, cuts it short, and there is one rule for that: it begins
 * again, but not for ever. A run that can't go on says why, with advice.
 */
import { errorMessage } from '../../formats/errors.ts';
import type { TrainingPhase } from '../../report/run-metrics.ts';
import { NonFiniteError } from '../../training/measurements.ts';

/** The GPU went away in the middle of the work; the engine must be opened again. */
export class DeviceLostError extends Error {
  readonly reason: string;
  constructor(reason: string) {
    // The browser's words may be a sentence.
    const words = reason.replace(/\.+$/, '');
    super(`The GPU device was lost: ${words}.`);
    this.reason = words;
  }
}

/** The settings changed, and with them the backend: the work can be asked for again. */
export class EngineReopenedError extends Error {
  constructor() {
    super('The engine was opened anew.');
  }
}

interface Watch {
  /** Null while the device is there. */
  reason: string | null;
  readonly listeners: Set<(reason: string) => void>;
}

/** One listener a device: thousands of `then`s on a promise that never settles would stay in memory. */
const watches = new WeakMap<Promise<string>, Watch>();

function watchOf(lost: Promise<string>): Watch {
  const known = watches.get(lost);
  if (known) return known;
  const watch: Watch = { reason: null, listeners: new Set() };
  watches.set(lost, watch);
  void lost.then((reason) => {
    watch.reason = reason;
    for (const listener of watch.listeners) listener(reason);
  });
  return watch;
}

/** The reason as soon as the device is lost; null after so many milliseconds without. */
function lossWithin(watch: Watch, milliseconds: number): Promise<string | null> {
  if (watch.reason !== null) return Promise.resolve(watch.reason);
  return new Promise((resolve) => {
    const end = (reason: string | null) => {
      watch.listeners.delete(end);
      clearTimeout(timer);
      resolve(reason);
    };
    const timer = setTimeout(() => end(null), milliseconds);
    watch.listeners.add(end);
  });
}

/** Errors that buffers and queues of a device give that is gone; a healthy one gives them for faults of ours alone. */
const looksLikeLoss = (error: unknown): boolean =>
  /mapAsync|unmapped|\bGPU(Buffer|Queue|Device)\b|device|destroyed|instance dropped/i.test(
    error instanceof Error ? error.message : String(error),
  );

/**
 * The work's result. A wait for a dead device may last for ever, so a loss ends it at once.
 * @param lost a backend's; null off the GPU
 * @throws DeviceLostError; else what the work throws
 */
export async function unlessLost<T>(lost: Promise<string> | null, work: Promise<T>): Promise<T> {
  if (!lost) return work;
  const watch = watchOf(lost);
  try {
    return await new Promise<T>((resolve, reject) => {
      const stop = (reason: string) => reject(new DeviceLostError(reason));
      if (watch.reason !== null) stop(watch.reason);
      watch.listeners.add(stop);
      work.then(resolve, reject).finally(() => watch.listeners.delete(stop));
    });
  } catch (error) {
    if (error instanceof DeviceLostError) throw error;
    // A lost device also shows as a failed map or submit, sometimes before its own promise settles: on a busy machine by seconds.
    const reason = await lossWithin(watch, looksLikeLoss(error) ? 10_000 : 100);
    throw reason === null ? error : new DeviceLostError(reason);
  }
}

/** The tile did not fit the memory there is; a smaller one may. */
export class TileMemoryError extends Error {}

/** Telling a failed allocation from other errors: backends and browsers have no type for it, only words. */
const words = /out of memory|memory access|allocat|could not grow|buffer size|too large|larger than/i;

export const looksLikeMemory = (error: unknown): boolean =>
  words.test(error instanceof Error ? error.message : String(error));

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

  /** Work came to an end, with its result or without: other work begins. */
  forget(): void {
    this.#losses = 0;
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
