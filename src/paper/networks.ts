/** The networks of co-training as functions of their parameters, and the ways from one's output to another's input. */
import * as tf from '@tensorflow/tfjs-core';
import { cropped } from '../gpu/ops/crop/index.ts';
import { decode } from '../nn/autoencoder.ts';
import { convDownsampler } from '../nn/conv-downsampler.ts';
import type { Params } from '../nn/params.ts';
import { unetSwin } from '../nn/unet.ts';
import type {
  AutoencoderConfig,
  ConvDownsamplerConfig,
  DiscriminatorConfig,
  UnetConfig,
} from '../presets/architecture.ts';
import type { Window } from './batch.ts';
import type { TrainingConfig } from './config.ts';
import { deterministicChain, oneStep, priorSample } from './sampler.ts';
import type { Schedule } from './schedule.ts';

/** G as a U-Net without `lq_size`, or as the convolutional network. */
export type DownsamplerModel =
  | { readonly kind: 'diffusion'; readonly config: UnetConfig }
  | { readonly kind: 'convolutional'; readonly config: ConvDownsamplerConfig };

export interface Models {
  readonly schedule: Schedule;
  /** Frozen. */
  readonly autoencoder: { readonly config: AutoencoderConfig; readonly params: Params };
  /** Teacher and student. */
  readonly unet: UnetConfig;
  readonly downsampler: DownsamplerModel;
  readonly discriminatorHR: DiscriminatorConfig;
  readonly discriminatorLR: DiscriminatorConfig;
  /** LPIPS's network; null where the perceptual term is off. */
  readonly perceptual: Params | null;
}

/** f(·, i, y): the U-Net on an input that is scaled already. @param lr y [B, s, s, 3] in [−1, 1] */
export function denoiserOf({ unet }: Models, params: Params, lr: tf.Tensor4D) {
  return (scaled: tf.Tensor4D, index: number): tf.Tensor4D =>
    unetSwin(params, unet, scaled, Array(scaled.shape[0]).fill(index), lr);
}

/** x̂_φ(x_T, y, T) [B, s, s, C]: one step from x_T = z_y + κ√η_T ε. @param noise ε */
export function studentOutput(
  models: Models,
  params: Params,
  zy: tf.Tensor4D,
  lr: tf.Tensor4D,
  noise: tf.Tensor4D,
): tf.Tensor4D {
  const { schedule } = models;
  return tf.tidy(() => oneStep(schedule, denoiserOf(models, params, lr), priorSample(schedule, zy, noise)));
}

/**
 * ŷ = G(concat(ε̃, x̂)) at the last time index; ε̃ has the statistics of the slot it takes (§8.12).
 * @param latent x̂; noise ε′, standard normal; [B, s, s, C] both
 * @returns [B, s, s, 3 or C], LR pixels or their latent (§8.13)
 */
export function downsampled(
  { schedule, downsampler }: Pick<Models, 'schedule' | 'downsampler'>,
  { downsamplerInput }: Pick<TrainingConfig, 'downsamplerInput'>,
  params: Params,
  latent: tf.Tensor4D,
  noise: tf.Tensor4D,
): tf.Tensor4D {
  const last = schedule.steps - 1;
  return tf.tidy(() => {
    const scaled = tf.mul(noise, schedule.kappa * schedule.sqrtEtas[last]);
    const input = tf.div(
      downsamplerInput === 'shift' ? tf.add(latent, scaled) : scaled,
      schedule.inputStd[last],
    ) as tf.Tensor4D;
    return downsampler.kind === 'diffusion'
      ? unetSwin(params, downsampler.config, input, Array(latent.shape[0]).fill(last), latent)
      : convDownsampler(params, downsampler.config, input, latent);
  });
}

/** x̂ in pixels [B, 4s, 4s, 3]. */
export function decoded({ autoencoder }: Pick<Models, 'autoencoder'>, latent: tf.Tensor4D): tf.Tensor4D {
  return decode(autoencoder.params, autoencoder.config, latent);
}

/** A window of x̂ in pixels [B, side, side, 3]. The decoder sees a margin around it. */
export function decodedWindow(
  models: Pick<Models, 'autoencoder'>,
  latent: tf.Tensor4D,
  { side, seen: [height, width], inLatent, inSeen }: Window,
): tf.Tensor4D {
  return tf.tidy(() =>
    cropped(decoded(models, cropped(latent, inLatent, { height, width })), inSeen, { height: side, width: side }),
  );
}

/** ŷ as D_L sees it: pixels already, or decoded and reduced by area (§8.13). */
export function asSeenLR(
  models: Pick<Models, 'autoencoder'>,
  { downsamplerSpace }: Pick<TrainingConfig, 'downsamplerSpace'>,
  yHat: tf.Tensor4D,
): tf.Tensor4D {
  return downsamplerSpace === 'pixels' ? yHat : tf.tidy(() => tf.avgPool(decoded(models, yHat), 4, 4, 'valid'));
}

/**
 * The teacher's sample of x_T = z_y + κ√η_T ε (eq. 2): the end of its deterministic chain (§8.10). It depends on the crop and
 * ε alone, so it is computed once for both.
 * @param zy, noise [B, s, s, C]; lr [B, s, s, 3] → [B, s, s, C]
 */
export function teacherTarget(
  models: Models,
  teacher: Params,
  zy: tf.Tensor4D,
  lr: tf.Tensor4D,
  noise: tf.Tensor4D,
): tf.Tensor4D {
  const { schedule } = models;
  return tf.tidy(() =>
    deterministicChain(schedule, denoiserOf(models, teacher, lr), priorSample(schedule, zy, noise), zy),
  );
}
