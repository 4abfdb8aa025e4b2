/** What an iteration holds while its phases run (see cotraining.ts): its inputs, the outputs so far, and what was measured. */
import * as tf from '@tensorflow/tfjs-core';
import { featurePrefix } from '../nn/feature-discriminator-shapes.ts';
import { rateAt } from './adam.ts';
import type { Batch } from './batch.ts';
import type { TrainingConfig } from './config.ts';
import { decayAt } from './ema.ts';
import type { Learner, UpdateSettings } from './learner.ts';
import { Measurements } from './measurements.ts';
import type { Models } from './models.ts';
import { type NetworkName, type Phase, phases } from './names.ts';
import { factorsOf } from './objectives.ts';

export interface CoTraining {
  readonly models: Models;
  /** The student, and those of the others that take part; without one, its terms are left out. */
  readonly learners: ReadonlyMap<NetworkName, Learner>;
  /** May be another one in each iteration, within what `editTrainingConfig` allows. */
  readonly config: TrainingConfig;
}

const isDiscriminator = (name: NetworkName) => name === 'discriminatorHR' || name === 'discriminatorLR';

export class Iteration {
  readonly models: Models;
  readonly config: TrainingConfig;
  readonly batch: Batch;
  /** Counts from 0. */
  readonly step: number;
  readonly measured = new Measurements();
  readonly timing: Partial<Record<Phase | 'total', number>> = {};
  readonly #learners: ReadonlyMap<NetworkName, Learner>;
  /** x̂ [B, s, s, C], of the student before its update. */
  latent: tf.Tensor4D | null = null;
  /** ŷ [B, s, s, 3 or C]; null where G takes no part. */
  low: tf.Tensor4D | null = null;
  /** D_H's window of x̂ in pixels; null where D_H takes no part. */
  fakeHR: tf.Tensor4D | null = null;
  #done = 0;

  /** @param batch stays the caller's */
  constructor({ models, learners, config }: CoTraining, batch: Batch, step: number) {
    this.models = models;
    this.config = config;
    this.batch = batch;
    this.step = step;
    this.#learners = learners;
  }

  /** The phase to run now; null when all have run. */
  get phase(): Phase | null {
    return phases[this.#done] ?? null;
  }

  completePhase(): void {
    this.#done++;
  }

  /** Whether a network takes part: a weight of 0 switches D_H off, or G and D_L. */
  has(name: NetworkName): boolean {
    const { lambdaHr, lambdaLr } = this.config;
    const isOff = name !== 'student' && (name === 'discriminatorHR' ? lambdaHr : lambdaLr) === 0;
    return !isOff && this.#learners.has(name);
  }

  learner(name: NetworkName): Learner {
    const learner = this.#learners.get(name);
    if (!learner) throw new Error(`There is no ${name} in this training.`);
    return learner;
  }

  params(name: NetworkName) {
    return this.learner(name).network.params;
  }

  /** x̂. @throws before `studentForward` */
  get studentLatent(): tf.Tensor4D {
    if (!this.latent) throw new Error('The student has not run in this iteration.');
    return this.latent;
  }

  /** How a network is updated in this iteration (§8.16). */
  settings(name: NetworkName): UpdateSettings {
    const { config, step } = this;
    const adversary = isDiscriminator(name);
    const factor = adversary ? config.discriminatorRate : name === 'downsampler' ? config.downsamplerRate : 1;
    const onFeatures = adversary && this.models[name].kind === 'efficientnet-lite0';
    return {
      rate: factor * rateAt(config, step),
      beta1: adversary ? config.discriminatorBeta1 : config.beta1,
      beta2: adversary ? config.discriminatorBeta2 : config.beta2,
      clip: config.clip,
      decay: decayAt(config.ema, step),
      slower: onFeatures
        ? { count: this.learner(name).network.layout.extentOf(featurePrefix), factor: config.featureRate }
        : undefined,
    };
  }

  /** Whether the student and G learn, too: not while the D's warm up. */
  get isPastWarmup(): boolean {
    return this.step >= this.config.discriminatorWarmup;
  }

  /** The factors before eqs. 7 and 8 (§8.4). */
  get factors() {
    return factorsOf(this.config.weightMode, this.models.schedule);
  }

  dispose(): void {
    this.measured.dispose();
    tf.dispose([this.latent, this.low, this.fakeHR].filter((tensor) => tensor !== null));
  }
}
