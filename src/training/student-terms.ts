/** The terms of eq. 7. G and both D's are functions in them, not learners. */
import * as tf from '@tensorflow/tfjs-core';
import { priorSample } from '../diffusion/sampler.ts';
import { discriminate } from '../nn/discriminator.ts';
import { lpips } from '../nn/lpips.ts';
import { augment } from './augment.ts';
import { type DrawName, windowed } from './batch.ts';
import type { Iteration } from './iteration.ts';
import { asSeenLR, decodedWindow, denoiserOf, downsampled } from './models.ts';
import type { TermName } from './names.ts';
import { generatorObjective, type LogitMaps, meanSquaredError, quantised } from './objectives.ts';
import { groundTruthTerm, inverseTerm, invertTruth } from './sinsr.ts';

export type Discriminator = 'discriminatorHR' | 'discriminatorLR';

export interface Term<Value> {
  readonly name: TermName;
  /** With the factor of eq. 7. */
  readonly weight: number;
  readonly value: Value;
}

/** Pictures as a discriminator sees them: D_L in 8 bit, real and fake alike. */
export const seenBy = (name: Discriminator, { config }: Iteration, x: tf.Tensor4D): tf.Tensor4D =>
  name === 'discriminatorLR' && config.quantiseLr ? quantised(x) : x;

/**
 * D's logits of pictures under the draws of one purpose.
 * @param x [B, H, W, 3]; turn: the D's update in this iteration, from 0
 */
export function logits(
  iteration: Iteration,
  name: Discriminator,
  draws: DrawName,
  x: tf.Tensor4D,
  turn = 0,
): LogitMaps {
  const drawn = iteration.batch.draws[draws][turn];
  if (!drawn) throw new Error(`The batch has no draw of ${draws} for update ${turn}.`);
  return tf.tidy(() => {
    const seen = seenBy(name, iteration, x);
    return [...discriminate(iteration.params(name), iteration.models[name], augment(seen, drawn))];
  });
}

/** ŷ of a latent. */
export function lowOf(iteration: Iteration, latent: tf.Tensor4D): tf.Tensor4D {
  const { models, config, batch } = iteration;
  return downsampled(models, config, iteration.params('downsampler'), latent, batch.downsamplerNoise);
}

/** The window of a latent in pixels. */
export const windowOf = ({ models, config, batch }: Iteration, latent: tf.Tensor4D): tf.Tensor4D =>
  decodedWindow(models, config, latent, batch.window);

/** L_H^G, eq. 4. @param picture the window of x̂ */
function adversarialHR(iteration: Iteration, picture: tf.Tensor4D): tf.Scalar {
  const { discriminatorLoss } = iteration.config;
  return generatorObjective(discriminatorLoss, logits(iteration, 'discriminatorHR', 'hrStudent', picture));
}

/** L_L^G, eq. 6. @param low ŷ */
export function adversarialLR(iteration: Iteration, draws: DrawName, low: tf.Tensor4D): tf.Scalar {
  const { models, config } = iteration;
  const seen = logits(iteration, 'discriminatorLR', draws, asSeenLR(models, config, low));
  return generatorObjective(config.discriminatorLoss, seen);
}

/** L_denoise of G: against y, in the space of its output (§8.14). @param low ŷ */
export function downsamplerDenoise({ config, batch }: Iteration, low: tf.Tensor4D): tf.Scalar {
  return meanSquaredError(low, config.downsamplerSpace === 'pixels' ? batch.lq : batch.zy);
}

/** The terms that are functions of the student's output x̂. */
export function outputTerms(iteration: Iteration): Term<(latent: tf.Tensor4D) => tf.Scalar>[] {
  const { models, config, batch, factors } = iteration;
  const { z0, target, window, x } = batch;
  const terms: Term<(latent: tf.Tensor4D) => tf.Scalar>[] = [];
  const add = (name: TermName, weight: number, value: (latent: tf.Tensor4D) => tf.Scalar) =>
    terms.push({ name, weight: (name === 'denoiseStudent' ? factors.denoise : factors.others) * weight, value });
  add('denoiseStudent', config.denoiseWeight, (latent) => meanSquaredError(latent, z0));
  add('distill', config.distillWeight, (latent) => meanSquaredError(latent, target));
  const { perceptual } = models;
  if (perceptual && config.perceptualWeight > 0) {
    const truth = windowed(x, window, 4);
    add('perceptual', config.perceptualWeight, (latent) =>
      tf.mean(lpips(perceptual, windowOf(iteration, latent), truth)),
    );
  }
  if (iteration.has('discriminatorHR'))
    add('gHR', config.lambdaHr, (latent) => adversarialHR(iteration, windowOf(iteration, latent)));
  if (iteration.has('downsampler')) {
    add('gLR', config.lambdaLr, (latent) => adversarialLR(iteration, 'lrStudent', lowOf(iteration, latent)));
    if (config.cycle) add('cycle', 1, (latent) => downsamplerDenoise(iteration, lowOf(iteration, latent)));
  }
  return terms;
}

/** SinSR's two terms that run the student on other inputs, where they are switched on (§8.11). Call before the update. */
export function inputTerms(iteration: Iteration): Term<() => tf.Scalar>[] {
  const { models, config, batch, factors } = iteration;
  const { schedule } = models;
  const { z0, zy, lq, noise, target } = batch;
  const student = denoiserOf(models, iteration.params('student'), lq);
  const terms: Term<() => tf.Scalar>[] = [];
  if (config.inverseWeight > 0) {
    const value = () => tf.mean(inverseTerm(schedule, student, target, priorSample(schedule, zy, noise))) as tf.Scalar;
    terms.push({ name: 'inverse', weight: factors.others * config.inverseWeight, value });
  }
  if (config.gtWeight > 0) {
    // Outside of the gradient: none goes through it.
    const inverted = tf.tidy(() => invertTruth(schedule, student, z0));
    const value = () => tf.mean(groundTruthTerm(schedule, student, z0, inverted)) as tf.Scalar;
    terms.push({ name: 'gt', weight: factors.others * config.gtWeight, value });
  }
  return terms;
}
