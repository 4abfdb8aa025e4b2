/**
 * Work besides the queue that wants the open backend for itself: a comparison, an evaluation. A task goes after the image
 * in work and before the rest of the queue; training stands aside meanwhile.
 */
import type { Backend } from '../../gpu/backend.ts';
import type { EngineReady, UpscaleOptions } from '../../protocol/upscale.ts';
import { unlessLost } from './errors.ts';
import type { ModelSource } from './model-source.ts';

/** The backend and the settings, for as long as a task runs; the task does not dispose of them. */
export interface GpuLease {
  readonly backend: Backend;
  readonly ready: EngineReady;
  readonly options: UpscaleOptions;
  /** The preset's weights. */
  readonly models: ModelSource;
  /** Lets images and tasks that wait go first; for long work, between its parts. @throws when the backend went meanwhile */
  yieldTurn(): Promise<void>;
}

/** @returns what `work` returns. @throws what it throws; DeviceLostError; EngineReopenedError; the signal's reason */
export type RunExclusive = <T>(
  work: (lease: GpuLease, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

/** The session's `yieldTurn` is told what ends the waiting. */
export type HostedLease = Omit<GpuLease, 'yieldTurn'> & { yieldTurn(signal: AbortSignal): Promise<void> };

export interface GpuTask {
  /** Never rejects before whoever asked was told. @throws what the work threw */
  run(hosted: HostedLease, stop: AbortSignal): Promise<void>;
}

export class GpuScheduler {
  readonly #waiting: GpuTask[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The one whose turn it is. */
  shift = () => this.#waiting.shift();

  /** Puts work in the line; it resolves once that is done. */
  add: RunExclusive = (work, signal) =>
    new Promise((resolve, reject) => {
      const task: GpuTask = {
        async run(hosted, stop) {
          try {
            const either = AbortSignal.any([signal, stop]);
            either.throwIfAborted();
            const lease = { ...hosted, yieldTurn: () => hosted.yieldTurn(either) };
            resolve(await unlessLost(hosted.backend.lost, work(lease, either)));
          } catch (error) {
            reject(error);
            throw error;
          }
        },
      };
      this.#waiting.push(task);
      signal.addEventListener('abort', () => {
        const place = this.#waiting.indexOf(task);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        reject(signal.reason);
      });
    });
}
