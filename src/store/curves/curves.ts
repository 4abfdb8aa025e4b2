/** Every number of every iteration by column, and the same smoothed where somebody asks for it. */
import { DebiasedAverage, type MetricsColumn, metricsColumns } from '../../report/run-metrics.ts';
import { Pyramid } from './pyramid.ts';

/** Values after which one has half of its weight left; 0 without smoothing. */
export const halfLife = (decay: number): number => (decay === 0 ? 0 : Math.log(0.5) / Math.log(decay));

/** A measured number, the count of iterations, or iterations per second. */
export type CurveName = MetricsColumn | 'iteration' | 'pace';
const curveNames: readonly CurveName[] = [...metricsColumns, 'iteration', 'pace'];

interface Smoothed {
  readonly average: DebiasedAverage;
  readonly pyramid: Pyramid;
}

export class Curves {
  readonly #pyramids: ReadonlyMap<CurveName, Pyramid>;
  readonly #smoothed = new Map<CurveName, Smoothed>();
  #decay = 0;

  constructor() {
    this.#pyramids = new Map(curveNames.map((name) => [name, new Pyramid()]));
  }

  /** NaN where a number was not measured. */
  get = (name: CurveName): Pyramid => this.#pyramids.get(name) as Pyramid;

  /** Index after the last iteration's. */
  get end(): number {
    return this.get('iteration').length;
  }

  /** Index of the oldest iteration. */
  get first(): number {
    return this.get('iteration').first;
  }

  /** @param values one iteration's, by `columns`, from `at` on */
  push(values: ArrayLike<number>, at: number): void {
    metricsColumns.forEach((name, index) => {
      this.#push(name, values[at + index]);
    });
    this.#push('iteration', values[at] + 1);
    this.#push('pace', 1000 / values[at + metricsColumns.indexOf('timing.whole')]);
  }

  #push(name: CurveName, value: number): void {
    const raw = this.get(name);
    raw.push(value);
    const smoothed = this.#smoothed.get(name);
    smoothed?.pyramid.push(smoothed.average.next(raw.at(raw.length - 1)));
  }

  /** The debiased moving average; a decay of 0 is the curve itself. One decay at a time. */
  smoothed(name: CurveName, decay: number): Pyramid {
    const raw = this.get(name);
    if (decay === 0) return raw;
    if (decay !== this.#decay) this.#smoothed.clear();
    this.#decay = decay;
    let smoothed = this.#smoothed.get(name);
    if (!smoothed) {
      smoothed = { average: new DebiasedAverage(decay), pyramid: new Pyramid() };
      // Indices are the same in both.
      for (let index = 0; index < raw.first; index++) smoothed.pyramid.push(Number.NaN);
      for (let index = raw.first; index < raw.length; index++)
        smoothed.pyramid.push(smoothed.average.next(raw.at(index)));
      this.#smoothed.set(name, smoothed);
    }
    return smoothed.pyramid;
  }

  /** First and last iteration, as they are counted on screen: from 1; both 0 without any. */
  get span(): readonly [number, number] {
    const iterations = this.get('iteration');
    return [iterations.at(this.first) || 0, iterations.at(this.end - 1) || 0];
  }

  /** Index of the last iteration that is not after this one; `first` where all are. */
  indexOf(iteration: number): number {
    const iterations = this.get('iteration');
    let [low, high] = [this.first, this.end];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (iterations.at(middle) <= iteration) low = middle + 1;
      else high = middle;
    }
    return Math.max(this.first, low - 1);
  }
}
