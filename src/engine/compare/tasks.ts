/** Sequential queue of cancellable compare tasks, retried after a lost device. */

import { errorMessage } from '../../formats/errors.ts';
import { type CompareWork, queuedWork } from '../../protocol/compare.ts';
import { retryAfterLoss } from '../runtime/errors.ts';
import type { GpuLease, RunExclusive } from '../runtime/gpu-scheduler.ts';
import type { Emit } from '../runtime/handlers.ts';
import { SerialQueue } from '../runtime/handlers.ts';

export interface CompareTask {
  /** Merges into the progress on the page. */
  update(change: Partial<CompareWork>): void;
  /** Runs work on the engine once that is free; after a lost device or changed settings once more. */
  onEngine<T>(work: (lease: GpuLease, signal: AbortSignal) => Promise<T>): Promise<T>;
}

export class CompareTasks {
  readonly #runExclusive: RunExclusive;
  readonly #emit: Emit;
  readonly #changed: () => void;
  readonly #aborts = new Map<AbortController, CompareWork['task']>();
  readonly #queue = new SerialQueue();
  #work: CompareWork | null = null;
  /** Why the last task failed; null: it did not. */
  fault: string | null = null;

  /** @param changed called when a task has ended */
  constructor(runExclusive: RunExclusive, emit: Emit, changed: () => void) {
    this.#runExclusive = runExclusive;
    this.#emit = emit;
    this.#changed = changed;
  }

  get busy(): boolean {
    return this.#aborts.size > 0;
  }

  emitWork = () => this.#emit({ type: 'compare-work', work: this.#work });

  /** Ends all tasks but those of one name. */
  cancel(except?: CompareWork['task']): void {
    for (const [abort, name] of this.#aborts) if (name !== except) abort.abort();
  }

  /** @param before comes first when it is the task's turn, also where the task was cancelled by then */
  start(name: CompareWork['task'], body: (task: CompareTask) => Promise<void>, before?: () => Promise<void>): void {
    const abort = new AbortController();
    // A task that waited behind one that failed keeps the reason on screen.
    if (!this.busy) this.fault = null;
    this.#aborts.set(abort, name);
    const run = async () => {
      await before?.().catch(() => {});
      if (!abort.signal.aborted) await this.#run(name, body, abort.signal);
      this.#aborts.delete(abort);
      this.#work = null;
      this.emitWork();
      this.#changed();
    };
    void this.#queue.run(run);
  }

  async #run(
    name: CompareWork['task'],
    body: (task: CompareTask) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const update = (change: Partial<CompareWork>) => {
      if (signal.aborted) return;
      this.#work = { ...queuedWork, ...this.#work, task: name, ...change };
      this.emitWork();
    };
    update({});
    try {
      await body({ update, onEngine: (work) => retryAfterLoss(() => this.#runExclusive(work, signal), signal) });
    } catch (error) {
      if (!signal.aborted) this.fault = errorMessage(error);
    }
  }
}
