/** Time left, from the durations of the pieces run so far. */
export interface Estimate {
  readonly etaSeconds: number | null;
  /** Half-width of the 95 % band. */
  readonly etaBand: number | null;
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
