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
const reportMilliseconds = 100;

/**
 * Tells progress by the clock, where kernels don't run one after the other.
 * @param expected milliseconds that the tile will take; null: nothing is told
 * @returns ends it
 */
export function reportByTime(expected: number | null, watch: TileWatch): () => void {
  if (!expected) return () => {};
  const started = performance.now();
  const tell = () => watch.progress(Math.min(0.95, (performance.now() - started) / expected));
  const timer = setInterval(tell, reportMilliseconds);
  return () => clearInterval(timer);
}

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

/**
 * Milliseconds of pieces of work by their sizes, in two parts: one that each piece takes, whatever its size, and one that grows
 * with it. By the last measurements of each size: one that something else slowed down changes no prediction.
 */
export class Pace {
  readonly #measured = new Map<number, readonly number[]>();

  add(size: number, milliseconds: number): void {
    this.#measured.set(size, [...(this.#measured.get(size) ?? []), milliseconds].slice(-mostMeasured));
  }

  /**
   * Both parts by least squares of the relative error at the medians of all sizes, neither below 0: exact for two sizes, and
   * proportional to the size where only one is known. Of two measurements the shorter counts: a busy machine only adds time.
   */
  #parts(): { readonly each: number; readonly rate: number } {
    // Of sums over 1 / ms and size / ms, the unknowns' factors in an equation whose right side is 1.
    let [uu, uv, vv, u1, v1] = [0, 0, 0, 0, 0];
    for (const [size, times] of this.#measured) {
      const median = times.toSorted((a, b) => a - b)[(times.length - 1) >> 1] as number;
      const [u, v] = [1 / median, size / median];
      uu += u * u;
      uv += u * v;
      vv += v * v;
      u1 += u;
      v1 += v;
    }
    const determinant = uu * vv - uv * uv;
    const each = this.#measured.size < 2 ? 0 : (u1 * vv - v1 * uv) / determinant;
    if (each <= 0) return { each: 0, rate: v1 / vv };
    const rate = (v1 * uu - u1 * uv) / determinant;
    return rate > 0 ? { each, rate } : { each: u1 / uu, rate: 0 };
  }

  /** Of so many pieces that have this size together; null before the first measurement. */
  of(pieces: number, size: number): number | null {
    if (this.#measured.size === 0) return null;
    const { each, rate } = this.#parts();
    return pieces * each + size * rate;
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
