/** The numbers of one iteration: they stay where they were computed, and are read back once, as one packed tensor. */
import * as tf from '@tensorflow/tfjs-core';
import type { MeasuredNames, Measuring } from '../paper/iteration.ts';
import {
  histogramBins,
  histogramRange,
  type IterationRow,
  type Phase,
  phases,
  type ScoreName,
} from '../paper/names.ts';

export class NonFiniteError extends Error {
  readonly phase: Phase;
  readonly quantity: string;
  constructor(step: number, phase: Phase, quantity: string) {
    super(`Iteration ${step}: ${quantity} is not finite after ${phase}.`);
    this.phase = phase;
    this.quantity = quantity;
  }
}

interface Entry {
  readonly group: keyof MeasuredNames;
  readonly name: string;
  readonly phase: Phase;
  readonly value: tf.Scalar;
}

interface LogitMaps {
  readonly name: ScoreName;
  readonly phase: Phase;
  readonly tensors: readonly tf.Tensor[];
}

/** All that some phases have measured. */
export interface Numbers {
  readonly entries: readonly Entry[];
  readonly maps: readonly LogitMaps[];
}

/** Reads the values of a tensor that some work makes out of others. */
type Read = (work: () => tf.Tensor, reads: readonly tf.Tensor[]) => Promise<Float32Array>;

export class Measurements implements Measuring {
  /** Milliseconds of each phase. */
  readonly timing: Partial<Record<Phase | 'total', number>> = {};
  #entries: readonly Entry[] = [];
  #maps: readonly LogitMaps[] = [];
  readonly #logits = new Map<ScoreName, readonly Float32Array[]>();
  #phase: Phase = phases[0];

  /** Names the phase of all numbers that are recorded from now on. */
  enter(phase: Phase): void {
    this.#phase = phase;
  }

  /** Keeps the scalar, also beyond the tf.tidy it was made in. */
  record<G extends keyof MeasuredNames>(group: G, name: MeasuredNames[G], value: tf.Scalar): void {
    this.add({ entries: [{ group, name, phase: this.#phase, value: tf.keep(tf.clone(value)) }], maps: [] });
  }

  /** Keeps the logits of a discriminator, one tensor a head: its accuracy is counted from them. */
  observe(name: ScoreName, heads: readonly tf.Tensor[]): void {
    const tensors = heads.map((head) => tf.keep(tf.clone(head)));
    this.add({ entries: [], maps: [{ name, phase: this.#phase, tensors }] });
  }

  /** Takes what was measured by others. */
  add({ entries, maps }: Numbers): void {
    this.#entries = [...this.#entries, ...entries];
    this.#maps = [...this.#maps, ...maps];
  }

  /** All that a phase has measured so far. */
  of(phase: Phase): Numbers {
    const isOf = (each: Entry | LogitMaps) => each.phase === phase;
    return { entries: this.#entries.filter(isOf), maps: this.#maps.filter(isOf) };
  }

  /** The logits of each kind of picture, a list for each head; after `read`. */
  get logits(): ReadonlyMap<ScoreName, readonly Float32Array[]> {
    return this.#logits;
  }

  /**
   * The row, with a single read-back.
   * @throws NonFiniteError naming the first quantity, in the order of the phases, that is no finite number
   */
  async read(step: number, read: Read): Promise<IterationRow> {
    const scalars = this.#entries.map(({ value }) => value);
    const maps = this.#maps.flatMap(({ tensors }) => tensors);
    const pack = () => tf.concat([tf.stack(scalars), ...maps.map((map) => tf.reshape(map, [-1]))]);
    // Without D's their warm-up measures nothing.
    const values = scalars.length > 0 ? await read(pack, [...scalars, ...maps]) : new Float32Array();
    const row = { losses: {}, scores: {}, pixelStd: {}, termGrads: {}, gradNorms: {} } as Record<
      keyof MeasuredNames,
      Record<string, number>
    >;
    this.#entries.forEach(({ group, name, phase }, i) => {
      const value = values[i];
      if (!Number.isFinite(value)) throw new NonFiniteError(step, phase, `${group}.${name}`);
      row[group][name] = value;
    });
    const accuracies: Partial<Record<ScoreName, number>> = {};
    let offset = this.#entries.length;
    for (const { name, tensors } of this.#maps) {
      const heads = tensors.map(({ size }) => {
        offset += size;
        return values.subarray(offset - size, offset);
      });
      this.#logits.set(name, heads);
      accuracies[name] = accuracy(heads, name.endsWith('Real'));
    }
    return { step, ...row, accuracies, termShares: sharesOf(row.termGrads), timing: this.timing };
  }
}

/** The tensors of numbers. */
export const tensorsOfNumbers = ({ entries, maps }: Numbers): tf.Tensor[] => [
  ...entries.map(({ value }) => value),
  ...maps.flatMap(({ tensors }) => tensors),
];

/** Each number over the sum of all; zeros where they are all zero. */
function sharesOf(numbers: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const whole = Object.values(numbers).reduce((sum, value) => sum + value, 0) || 1;
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, value / whole]));
}

/** The share of logits on the right side of 0, mean over the heads. @param heads the logits of each */
export function accuracy(heads: readonly Float32Array[], isReal: boolean): number {
  const share = (head: Float32Array) => {
    let right = 0;
    for (const logit of head) if (isReal ? logit > 0 : logit < 0) right++;
    return right / head.length;
  };
  return heads.reduce((sum, head) => sum + share(head), 0) / heads.length;
}

/** Shares of all logits by value, every head counting alike; their sum is 1. */
export function histogram(heads: readonly Float32Array[]): Float32Array {
  const shares = new Float32Array(histogramBins);
  for (const head of heads) {
    for (const logit of head) {
      const bin = Math.floor(((logit + histogramRange) / (2 * histogramRange)) * histogramBins);
      const at = Math.min(histogramBins - 1, Math.max(0, bin));
      shares[at] = shares[at] + 1 / (head.length * heads.length);
    }
  }
  return shares;
}
