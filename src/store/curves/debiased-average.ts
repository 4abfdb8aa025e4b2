/**
 * An exponential moving average that does not lean to 0 at its start: like Adam's moments it is divided by the weight that
 * the values seen so far have.
 */
export class DebiasedAverage {
  readonly decay: number;
  #sum = 0;
  #weight = 0;

  /** @param decay 0 to below 1 */
  constructor(decay: number) {
    this.decay = decay;
  }

  /** The average with one more value; NaN, which counts as no value, gives NaN. */
  next(value: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    this.#sum = this.decay * this.#sum + (1 - this.decay) * value;
    this.#weight = this.decay * this.#weight + (1 - this.decay);
    return this.#sum / this.#weight;
  }
}

/** Values after which one has half of its weight left; 0 without smoothing. */
export const halfLife = (decay: number): number => (decay === 0 ? 0 : Math.log(0.5) / Math.log(decay));
