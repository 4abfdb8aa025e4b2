/** Measures a piece of work: time and counts, on custom kernels and on stock ops, in turns. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../src/gpu/backend.ts';
import { type Counts, countsBetween } from '../../src/gpu/counters.ts';
import { chooseKernels, flushGpu, tuning } from '../../src/gpu/custom-op.ts';

export interface Cost extends Counts {
  /** Until the GPU is done, the fastest of the repeats. */
  readonly ms: number;
}

export interface BenchRow {
  readonly name: string;
  readonly own: Cost;
  readonly stock: Cost;
  /** Stock's time ÷ ours. */
  readonly ratio: number;
}

/** Findings besides rows. */
export interface Finding {
  /** null: it can't be had here. */
  readonly json: unknown;
  /** Of times that were taken in this run alone, by name: they say the same on a busy machine as on a quiet one. */
  readonly ratios?: Readonly<Record<string, number>>;
  print(): void;
}

/** Work with a state of its own for each choice of kernels, and several parts that are measured each. */
export interface Workload {
  readonly parts: readonly string[];
  /** @returns what runs all parts in order, telling the meter before and after each */
  prepare(): Promise<{ run(meter: Listener): Promise<void>; dispose(): void }>;
}

/** A workload's reports while it runs. */
export interface Listener {
  /** A part of it. */
  measure<T>(name: string, work: () => T | Promise<T>): Promise<T>;
  /** Names the work that follows, inside a part. */
  enter(phase: string): void;
}

export class Meter implements Listener {
  readonly #backend: Backend;
  readonly costs = new Map<string, Cost>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async #done(): Promise<void> {
    flushGpu();
    await this.#backend.device?.queue.onSubmittedWorkDone();
  }

  async measure<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    await this.#done();
    const before = this.#backend.counts();
    const started = performance.now();
    const result = await work();
    await this.#done();
    const ms = performance.now() - started;
    const known = this.costs.get(name);
    // Counts of the last repeat: by then everything is compiled and every buffer there.
    this.costs.set(name, { ...countsBetween(before, this.#backend.counts()), ms: Math.min(ms, known?.ms ?? ms) });
    return result;
  }

  enter(): void {}

  forget(): void {
    this.costs.clear();
  }
}

/** tfjs's own dispatches for each submit; ours is what opening the backend has set. */
const stockBatch = 15;

export async function compare(backend: Backend, workload: Workload, repeats: number): Promise<BenchRow[]> {
  const ownBatch = tf.env().get('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE') as number;
  const choices = [
    { choice: tuning(), batch: ownBatch, meter: new Meter(backend) },
    { choice: 'stock' as const, batch: stockBatch, meter: new Meter(backend) },
  ];
  const entered = async <T>({ choice, batch }: (typeof choices)[number], work: () => Promise<T>): Promise<T> => {
    const back = chooseKernels(choice);
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', batch);
    try {
      return await work();
    } finally {
      back();
      tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', ownBatch);
    }
  };
  const runs: Awaited<ReturnType<Workload['prepare']>>[] = [];
  for (const each of choices) runs.push(await entered(each, () => workload.prepare()));
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const [i, each] of choices.entries()) {
      await entered(each, async () => runs[i]?.run(each.meter));
      // The first time compiles.
      if (repeat === 0) each.meter.forget();
    }
  }
  for (const run of runs) run.dispose();
  const [own, stock] = choices.map(({ meter }) => meter.costs) as [Map<string, Cost>, Map<string, Cost>];
  return workload.parts.map((name) => {
    const [ours, theirs] = [own.get(name) as Cost, stock.get(name) as Cost];
    return { name, own: ours, stock: theirs, ratio: theirs.ms / ours.ms };
  });
}
