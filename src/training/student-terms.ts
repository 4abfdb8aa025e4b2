/** The terms of eq. 7. G and both D's are functions in them, not learners. */
import * as tf from '@tensorflow/tfjs-core';
import { priorSample } from '../diffusion/sampler.ts';
import { discriminate } from '../nn/discriminator.ts';
import { augment } from './augment.ts';
import { type DrawName, windowed } from './batch.ts';
import type { Iteration } from './iteration.ts';
import { asSeenLR, decoded, denoiserOf, downsampled } from './models.ts';
import type { LossName } from './names.ts';
import { generatorObjective, type LogitMaps, meanSquaredError } from './objectives.ts';
import { groundTruthTerm, inverseTerm, invertTruth } from './sinsr.ts';

export interface Term<Value> {
  readonly name: LossName;
  readonly weight: number;
  readonly value: Value;
}

/** D's logits of pictures under the draws of one purpose. @param x [B, H, W, 3] */
export function logits(
  iteration: Iteration,
  name: 'discriminatorHR' | 'discriminatorLR',
  draws: DrawName,
  x: tf.Tensor4D,
): LogitMaps {
  return discriminate(iteration.params(name), iteration.models[name], augment(x, iteration.batch.draws[draws]));
}

/** ŷ of a latent. */
export function lowOf(iteration: Iteration, latent: tf.Tensor4D): tf.Tensor4D {
  const { models, config, batch } = iteration;
  return downsampled(models, config, iteration.params('downsampler'), latent, batch.downsamplerNoise);
}

/** L_L^G, eq. 6. @param low ŷ */
export function adversarialLR(iteration: Iteration, draws: DrawName, low: tf.Tensor4D): tf.Scalar {
  const { models, config } = iteration;
  return generatorObjective(logits(iteration, 'discriminatorLR', draws, asSeenLR(models, config, low)));
}

/** L_denoise of G: against y, in the space of its output (§8.14). @param low ŷ */
export function downsamplerDenoise({ config, batch }: Iteration, low: tf.Tensor4D): tf.Scalar {
  return meanSquaredError(low, config.downsamplerSpace === 'pixels' ? batch.lq : batch.zy);
}

/** The terms that are functions of the student's output x̂. */
export function outputTerms(iteration: Iteration): Term<(latent: tf.Tensor4D) => tf.Scalar>[] {
  const { models, config, batch } = iteration;
  const { z0, target, window } = batch;
  const terms: Term<(latent: tf.Tensor4D) => tf.Scalar>[] = [
    { name: 'denoiseStudent', weight: config.denoiseWeight, value: (latent) => meanSquaredError(latent, z0) },
    { name: 'distill', weight: config.distillWeight, value: (latent) => meanSquaredError(latent, target) },
  ];
  if (iteration.has('discriminatorHR')) {
    const value = (latent: tf.Tensor4D) =>
      generatorObjective(logits(iteration, 'discriminatorHR', 'hrStudent', decoded(models, windowed(latent, window))));
    terms.push({ name: 'gHR', weight: config.lambdaHr, value });
  }
  if (iteration.has('downsampler')) {
    const adversarial = (latent: tf.Tensor4D) => adversarialLR(iteration, 'lrStudent', lowOf(iteration, latent));
    const cycle = (latent: tf.Tensor4D) => downsamplerDenoise(iteration, lowOf(iteration, latent));
    terms.push({ name: 'gLR', weight: config.lambdaLr, value: adversarial });
    if (config.cycle) terms.push({ name: 'cycle', weight: 1, value: cycle });
  }
  return terms;
}

/** SinSR's two terms that run the student on other inputs, where they are switched on (§8.11). Call before the update. */
export function inputTerms(iteration: Iteration): Term<() => tf.Scalar>[] {
  const { models, config, batch } = iteration;
  const { schedule } = models;
  const { z0, zy, lq, noise, target } = batch;
  const student = denoiserOf(models, iteration.params('student'), lq);
  const terms: Term<() => tf.Scalar>[] = [];
  if (config.inverseWeight > 0) {
    const value = () => tf.mean(inverseTerm(schedule, student, target, priorSample(schedule, zy, noise))) as tf.Scalar;
    terms.push({ name: 'inverse', weight: config.inverseWeight, value });
  }
  if (config.gtWeight > 0) {
    // Outside of the gradient: none goes through it.
    const inverted = tf.tidy(() => invertTruth(schedule, student, z0));
    const value = () => tf.mean(groundTruthTerm(schedule, student, z0, inverted)) as tf.Scalar;
    terms.push({ name: 'gt', weight: config.gtWeight, value });
  }
  return terms;
}
