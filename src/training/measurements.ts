/** The numbers of one iteration: they stay where they were computed, and are read back once, as one packed tensor. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type LossName,
  type NetworkName,
  type Phase,
  phases,
  type ScoreName,
  type SpreadName,
  type TermName,
} from './names.ts';
import { accuracy } from './scores.ts';

/** Everything that an iteration measured. Terms that are switched off are absent. */
export interface Row {
  /** Counts from 0. */
  readonly step: number;
  readonly losses: Readonly<Partial<Record<LossName, number>>>;
  /** Mean logits, before the update of that discriminator. */
  readonly scores: Readonly<Partial<Record<ScoreName, number>>>;
  /** The share of those logits that are on the right side of 0. */
  readonly accuracies: Readonly<Partial<Record<ScoreName, number>>>;
  readonly spreads: Readonly<Partial<Record<SpreadName, number>>>;
  /** Of each term of eq. 7 that counts: the norm of its weighted gradient by the student's output. */
  readonly termGrads: Readonly<Partial<Record<TermName, number>>>;
  /** Each of these over their sum. */
  readonly termShares: Readonly<Partial<Record<TermName, number>>>;
  /** Before clipping. */
  readonly gradNorms: Readonly<Partial<Record<NetworkName, number>>>;
  /** Milliseconds until a phase's work was handed over (on WebGPU, unless it is waited for) or done (elsewhere). */
  readonly timing: Readonly<Partial<Record<Phase | 'total', number>>>;
}

interface Names {
  losses: LossName;
  scores: ScoreName;
  spreads: SpreadName;
  termGrads: TermName;
  gradNorms: NetworkName;
}

export class NonFiniteError extends Error {
  readonly phase: Phase;
  readonly quantity: string;
  constructor(step: number, phase: Phase, quantity: string) {
    super(`Iteration ${step}: ${quantity} is not finite after ${phase}.`);
    this.phase = phase;
    this.quantity = quantity;
  }
}

export class Measurements {
  readonly #entries: { group: keyof Names; name: string; phase: Phase; value: tf.Scalar }[] = [];
  readonly #maps: { name: ScoreName; tensors: readonly tf.Tensor[] }[] = [];
  readonly #logits = new Map<ScoreName, readonly Float32Array[]>();
  #phase: Phase = phases[0];

  /** What is recorded from now on belongs to this phase. */
  enter(phase: Phase): void {
    this.#phase = phase;
  }

  /** Keeps the scalar, also beyond the tf.tidy it was made in. */
  record<G extends keyof Names>(group: G, name: Names[G], value: tf.Scalar): void {
    this.#entries.push({ group, name, phase: this.#phase, value: tf.keep(tf.clone(value)) });
  }

  /** Keeps the logits of a discriminator, one tensor a head: its accuracy is counted from them. */
  observe(name: ScoreName, heads: readonly tf.Tensor[]): void {
    this.#maps.push({ name, tensors: heads.map((head) => tf.keep(tf.clone(head))) });
  }

  /** The logits of each kind of picture, a list for each head; after `read`. */
  get logits(): ReadonlyMap<ScoreName, readonly Float32Array[]> {
    return this.#logits;
  }

  /**
   * The row, with a single read-back.
   * @throws NonFiniteError naming the first quantity, in the order of the phases, that is no finite number
   */
  async read(step: number, timing: Row['timing']): Promise<Row> {
    const packed = tf.tidy(() => {
      const scalars = tf.stack(this.#entries.map(({ value }) => value));
      return tf.concat([scalars, ...this.#maps.flatMap(({ tensors }) => tensors).map((map) => tf.reshape(map, [-1]))]);
    });
    let values: Float32Array;
    try {
      values = (await packed.data()) as Float32Array;
    } finally {
      packed.dispose();
    }
    const row = { losses: {}, scores: {}, spreads: {}, termGrads: {}, gradNorms: {} } as Record<
      keyof Names,
      Record<string, number>
    >;
    this.#entries.forEach(({ group, name, phase }, i) => {
      const value = values[i] as number;
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
    return { step, ...row, accuracies, termShares: sharesOf(row.termGrads), timing };
  }

  dispose(): void {
    for (const { value } of this.#entries) value.dispose();
    for (const { tensors } of this.#maps) tf.dispose([...tensors]);
    this.#entries.length = 0;
    this.#maps.length = 0;
  }
}

/** Each number over the sum of all; zeros where they are all zero. */
function sharesOf(numbers: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const whole = Object.values(numbers).reduce((sum, value) => sum + value, 0) || 1;
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, value / whole]));
}
