/**
 * Looks into a tile while its kernels run. On WebAssembly they block the worker from the tile's first to its last, so that no
 * message comes in: between two kernels the worker can tell how far it is, and see a flag that the page sets in shared memory.
 * Between pieces of work the time left is estimated from those that ran.
 */
import * as tf from '@tensorflow/tfjs-core';

export interface TileWatch {
  /** Told the part of the tile's time that has passed, [0, 1]. */
  readonly progress: (share: number) => void;
  /** True stops the tile before its next kernel. */
  readonly isInterrupted: () => boolean;
}

/** The tile was stopped before its end; nothing of it is left. */
export class TileInterruptedError extends Error {
  constructor() {
    super('The tile was interrupted.');
  }
}

/** Milliseconds between two reports of a tile's progress. */
export const reportMilliseconds = 100;

/** Knows when in a tile's time each of its kernels begins, by the last tile that ran to its end. */
export class KernelClock {
  /** Parts of the whole. */
  #begins: readonly number[] = [];

  /**
   * @param record runs the kernels, one after the other, before it returns
   * @throws TileInterruptedError; what `record` throws
   */
  run<T>(record: () => T, watch: TileWatch): T {
    const engine = tf.engine();
    const { runKernel } = engine;
    const started = performance.now();
    const begins: number[] = [];
    let told = started;
    engine.runKernel = (...call: Parameters<typeof runKernel>) => {
      if (watch.isInterrupted()) throw new TileInterruptedError();
      const now = performance.now();
      const share = this.#begins[begins.length];
      begins.push(now - started);
      if (share !== undefined && now - told >= reportMilliseconds) {
        told = now;
        watch.progress(share);
      }
      return runKernel.apply(engine, call) as never;
    };
    try {
      const result = record();
      const whole = performance.now() - started;
      this.#begins = begins.map((time) => time / whole);
      return result;
    } finally {
      engine.runKernel = runKernel;
    }
  }
}

/** Lets a waiting message in, also where the backend never yields (WASM). */
export const turn = () => new Promise((resolve) => setTimeout(resolve));

/** Lets a waiting command in between two parts of other work. @throws the signal's reason when that has stopped it */
export const letIn = (signal: AbortSignal) => async (): Promise<void> => {
  await turn();
  signal.throwIfAborted();
};

/** Milliseconds in which a message that the page sent along with the flag arrives. */
const arrival = 20;

/** The flag by which the page lets its messages in before a tile's end. Without shared memory it is never set. */
export class Interrupt {
  #flag: Int32Array | null = null;

  attach(memory: SharedArrayBuffer): void {
    this.#flag = new Int32Array(memory);
  }

  get isSet(): boolean {
    return this.#flag !== null && Atomics.load(this.#flag, 0) !== 0;
  }

  /** Lets the messages in. */
  async serve(): Promise<void> {
    if (this.#flag) Atomics.store(this.#flag, 0, 0);
    await new Promise((resolve) => setTimeout(resolve, arrival));
  }
}

/** Time left, from the durations of the pieces run so far. */
interface Estimate {
  readonly etaSeconds: number | null;
  /** Half-width of the 95 % band. */
  readonly etaBand: number | null;
}

/** Measurements that predictions go by. */
const mostMeasured = 5;

/** Milliseconds of a piece of work by its last measurements: one that something else slowed down changes no prediction. */
export class Pace {
  #measured: readonly number[] = [];

  /** Of so many pieces, by the median; null before the first. Of two the shorter counts: a busy machine only adds time. */
  of(pieces: number): number | null {
    const median = this.#measured.toSorted((a, b) => a - b)[(this.#measured.length - 1) >> 1];
    return median === undefined ? null : pieces * median;
  }

  add(milliseconds: number): void {
    this.#measured = [...this.#measured, milliseconds].slice(-mostMeasured);
  }
}

/**
 * Running mean and variance (Welford, by weight: West) of what a unit of work takes, whose spread is as if each unit varied by
 * itself; knows nothing before the first piece.
 */
export class WorkClock {
  #count = 0;
  #work = 0;
  #mean = 0;
  #squares = 0;

  /** @param work how much there was in it, of any unit: pixels, or pieces that are alike */
  add(milliseconds: number, work = 1): void {
    this.#count++;
    this.#work += work;
    const delta = milliseconds / work - this.#mean;
    this.#mean += (delta * work) / this.#work;
    this.#squares += work * delta * (milliseconds / work - this.#mean);
  }

  /** Milliseconds of a unit of work; 0 before the first piece. */
  get mean(): number {
    return this.#mean;
  }

  estimate(workLeft: number): Estimate {
    if (this.#count === 0) return { etaSeconds: null, etaBand: null };
    const variance = this.#count > 1 ? this.#squares / (this.#count - 1) : 0;
    // The sum of the work to come varies by itself (w·σ²) and by what we don't know of the mean (w²·σ²/work done).
    const spread = Math.sqrt(variance * (workLeft + workLeft ** 2 / this.#work));
    return {
      etaSeconds: (workLeft * this.#mean) / 1000,
      etaBand: this.#count > 1 ? (1.96 * spread) / 1000 : null,
    };
  }
}
