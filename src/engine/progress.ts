/** Time left, from the durations of the tiles run so far. */
export interface Estimate {
  readonly etaSeconds: number | null;
  /** Half-width of the 95 % band. */
  readonly etaBand: number | null;
}

/** Running mean and variance (Welford) of tile durations; knows nothing before the first tile. */
export class TileClock {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(milliseconds: number): void {
    this.#count++;
    const delta = milliseconds - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (milliseconds - this.#mean);
  }

  get mean(): number {
    return this.#mean;
  }

  estimate(tilesLeft: number): Estimate {
    if (this.#count === 0) return { etaSeconds: null, etaBand: null };
    const variance = this.#count > 1 ? this.#squares / (this.#count - 1) : 0;
    // The sum of the tiles to come varies by itself (n·σ²) and by what we don't know of the mean (n²·σ²/count).
    const spread = Math.sqrt(variance * (tilesLeft + tilesLeft ** 2 / this.#count));
    return {
      etaSeconds: (tilesLeft * this.#mean) / 1000,
      etaBand: this.#count > 1 ? (1.96 * spread) / 1000 : null,
    };
  }
}
