/**
 * One number of each iteration in a ring buffer, with the extremes of ever larger blocks beside it. The extremes of any range
 * are exact and cost its logarithm, so a curve of any length is drawn at the cost of the pixels it takes.
 */

/** Blocks of a level that make one of the next. */
const branching = 8;
const smallest = 1024;

interface Extremes {
  readonly low: number;
  readonly high: number;
}

interface Level {
  /** Values of the ring that a block of this level has. */
  readonly block: number;
  low: Float32Array;
  high: Float32Array;
}

export class Pyramid {
  /** Values at most; older ones are overwritten. */
  readonly capacity: number;
  #values: Float32Array;
  readonly #levels: Level[] = [];
  #length = 0;

  /** @param capacity a power of 2 */
  constructor(capacity = 2 ** 17) {
    this.capacity = capacity;
    const size = Math.min(smallest, capacity);
    this.#values = new Float32Array(size);
    for (let block = branching; block <= capacity; block *= branching) {
      const blocks = Math.max(1, size / block);
      this.#levels.push({ block, low: new Float32Array(blocks), high: new Float32Array(blocks) });
    }
  }

  /** Values ever pushed: the index of the next one. */
  get length(): number {
    return this.#length;
  }

  /** Index of the oldest value that is still there. */
  get first(): number {
    return Math.max(0, this.#length - this.capacity);
  }

  /** @param value NaN: there is none; kept in single precision */
  push(value: number): void {
    const index = this.#length++;
    if (index === this.#values.length && index < this.capacity) this.#grow();
    this.#values[index % this.#values.length] = value;
    for (const { block, low, high } of this.#levels) {
      const at = Math.floor(index / block) % low.length;
      if (index % block === 0) {
        low[at] = Number.POSITIVE_INFINITY;
        high[at] = Number.NEGATIVE_INFINITY;
      }
      if (value < low[at]) low[at] = value;
      if (value > high[at]) high[at] = value;
    }
  }

  /** NaN where there is none. */
  at(index: number): number {
    return index < this.first || index >= this.#length ? Number.NaN : this.#values[index % this.#values.length];
  }

  /** Smallest and largest value of the indices from `from` up to, but without, `to`; null where there is none. */
  extremes(from: number, to: number): Extremes | null {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const end = Math.min(to, this.#length);
    for (let index = Math.max(from, this.first); index < end; ) {
      const level = this.#widest(index, end);
      if (level) {
        const at = (index / level.block) % level.low.length;
        low = Math.min(low, level.low[at]);
        high = Math.max(high, level.high[at]);
        index += level.block;
      } else {
        const value = this.#values[index % this.#values.length];
        if (value < low) low = value;
        if (value > high) high = value;
        index++;
      }
    }
    return low > high ? null : { low, high };
  }

  /** The largest blocks of which one begins here and ends within the range. */
  #widest(index: number, end: number): Level | null {
    let widest: Level | null = null;
    for (const level of this.#levels) {
      if (index % level.block !== 0 || index + level.block > end) break;
      widest = level;
    }
    return widest;
  }

  /** Nothing has been overwritten yet, so every index stays where it is. */
  #grow(): void {
    const twice = (array: Float32Array, size: number) => {
      const larger = new Float32Array(Math.max(1, size));
      larger.set(array);
      return larger;
    };
    const size = 2 * this.#values.length;
    this.#values = twice(this.#values, size);
    for (const level of this.#levels) {
      level.low = twice(level.low, size / level.block);
      level.high = twice(level.high, size / level.block);
    }
  }
}
