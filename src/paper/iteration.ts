/** The state of one co-training iteration while its phases run (cotraining.ts): inputs, and the outputs so far. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Params } from '../nn/params.ts';
import type { Batch } from './batch.ts';
import type { TrainingConfig } from './config.ts';
import {
  type LossName,
  type NetworkName,
  type Phase,
  type PixelStdName,
  phases,
  type ScoreName,
  type TermName,
} from './names.ts';
import type { Models } from './networks.ts';
import { factorsOf } from './objectives.ts';

/** A network that learns, as the phases see it. */
export interface LearningNetwork {
  readonly params: Params;
  /** Replaces the vectors u of the spectral norms, by name. */
  assignBuffers(values: ReadonlyMap<string, tf.Tensor>): void;
}

/** Names of the scalars that phases measure, by group. */
export interface MeasuredNames {
  losses: LossName;
  scores: ScoreName;
  pixelStd: PixelStdName;
  termGrads: TermName;
  gradNorms: NetworkName;
}

/** Receives what phases measure; numbers stay on the device. */
export interface Measuring {
  record<G extends keyof MeasuredNames>(group: G, name: MeasuredNames[G], value: tf.Scalar): void;
  /** Receives a discriminator's logits, one tensor a head. */
  observe(name: ScoreName, heads: readonly tf.Tensor[]): void;
}

/** The training that carries the iteration out says how networks are updated and where measurements go. */
export abstract class Iteration {
  abstract readonly measured: Measuring;
  // Tensors that phases make for those after them; the training that carries the iteration out frees them.
  /** x̂ [B, s, s, C], of the student before its update. */
  latent: tf.Tensor4D | null = null;
  /** ŷ [B, s, s, 3 or C]; null where G takes no part. */
  yHat: tf.Tensor4D | null = null;
  /** D_H's window of x̂ in pixels; null where D_H takes no part. */
  fakeHR: tf.Tensor4D | null = null;
  #done = 0;

  /**
   * @param networks the student, and those of the others that take part; without one, its terms are left out
   * @param batch stays the caller's
   * @param step counts from 0
   */
  constructor(
    readonly models: Models,
    readonly config: TrainingConfig,
    readonly networks: ReadonlyMap<NetworkName, LearningNetwork>,
    readonly batch: Batch,
    readonly step: number,
  ) {}

  /**
   * One update of a network down the gradient of `loss`.
   * @returns the loss, and the gradient's norm before clipping; the caller's tf.tidy frees both
   */
  abstract descend(name: NetworkName, loss: () => tf.Scalar): { readonly loss: tf.Scalar; readonly norm: tf.Scalar };

  /** The phase to run now; null when all have run. */
  get phase(): Phase | null {
    return phases[this.#done] ?? null;
  }

  completePhase(): void {
    this.#done++;
  }

  /** Whether a network takes part: a weight of 0 switches D_H off, or G and D_L (§8.5). */
  has(name: NetworkName): boolean {
    const { lambdaHr, lambdaLr } = this.config;
    const isOff = name !== 'student' && (name === 'discriminatorHR' ? lambdaHr : lambdaLr) === 0;
    return !isOff && this.networks.has(name);
  }

  network(name: NetworkName): LearningNetwork {
    const network = this.networks.get(name);
    if (!network) throw new Error(`There is no ${name} in this training.`);
    return network;
  }

  params(name: NetworkName): Params {
    return this.network(name).params;
  }

  /** x̂. @throws before `studentForward` */
  get studentLatent(): tf.Tensor4D {
    if (!this.latent) throw new Error('The student has not run in this iteration.');
    return this.latent;
  }

  /** Whether the student and G learn, too: not while the D's warm up. */
  get isPastWarmup(): boolean {
    return this.step >= this.config.discriminatorWarmup;
  }

  /** The factors before eqs. 7 and 8 (§8.4). */
  get factors() {
    return factorsOf(this.config.weightMode, this.models.schedule);
  }
}
