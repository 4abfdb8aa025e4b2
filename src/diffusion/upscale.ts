/** One tile from LR pixels to HR pixels (spec §1.9): encode, diffuse, denoise, decode. */
import * as tf from '@tensorflow/tfjs-core';
import { bicubicUpsample4 } from '../gpu/ops.ts';
import { decode, encode } from '../nn/autoencoder.ts';
import type { Params } from '../nn/params.ts';
import { unetSwin } from '../nn/unet-swin.ts';
import type { AutoencoderConfig, UnetConfig } from '../presets/architecture.ts';
import { type ColourLock, lockColour } from './colour-lock.ts';
import { deterministicChain, oneStep, priorSample } from './sampler.ts';
import type { Schedule } from './schedule.ts';

export interface UpscaleNetworks {
  readonly autoencoder: { readonly config: AutoencoderConfig; readonly params: Params };
  readonly unet: { readonly config: UnetConfig; readonly params: Params };
  readonly schedule: Schedule;
  /** Rows of the latent that are decoded at once; left out: all. */
  readonly decodeRows?: number;
}

/** one-step: the student's single evaluation. chain: all T steps of eq. 1, for the teacher. */
export type SamplingMethod = 'one-step' | 'chain';

export type UpscalePhase = 'encode' | 'denoise' | 'decode';

/** What every method starts from: z_y, x_T and f(·, i, y). */
function start({ autoencoder, unet, schedule }: UpscaleNetworks, y: tf.Tensor4D, noise: tf.Tensor4D) {
  const zy = encode(autoencoder.params, autoencoder.config, bicubicUpsample4(y));
  const denoise = (scaled: tf.Tensor4D, index: number) =>
    unetSwin(unet.params, unet.config, scaled, Array(scaled.shape[0]).fill(index), y);
  return { zy, xT: priorSample(schedule, zy, noise), denoise };
}

const pixels = ({ autoencoder, decodeRows: rows }: UpscaleNetworks, latent: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => tf.clipByValue(decode(autoencoder.params, autoencoder.config, latent, rows), -1, 1));

/**
 * @param y [B, h, w, 3] LR pixels in [−1, 1], sides multiples of the UNet's alignment
 * @param noise [B, h, w, C] standard normals, C = the latent's channels
 * @param enter told when each phase begins
 * @returns [B, 4h, 4w, 3] in [−1, 1]
 */
export function upscaleTile(
  networks: UpscaleNetworks,
  y: tf.Tensor4D,
  noise: tf.Tensor4D,
  method: SamplingMethod,
  enter: (phase: UpscalePhase) => void = () => {},
): tf.Tensor4D {
  const { schedule } = networks;
  return tf.tidy(() => {
    enter('encode');
    const { zy, xT, denoise } = start(networks, y, noise);
    enter('denoise');
    const x0 = method === 'one-step' ? oneStep(schedule, denoise, xT) : deterministicChain(schedule, denoise, xT, zy);
    enter('decode');
    return pixels(networks, x0);
  });
}

/** As `upscaleTile`, and its colours tied to those of y. */
export function upscaleTileLocked(
  networks: UpscaleNetworks,
  y: tf.Tensor4D,
  noise: tf.Tensor4D,
  method: SamplingMethod,
  lock: ColourLock | 'off',
): tf.Tensor4D {
  if (lock === 'off') return upscaleTile(networks, y, noise, method);
  return tf.tidy(() => lockColour(upscaleTile(networks, y, noise, method), bicubicUpsample4(y), lock));
}

/**
 * The chain's x̂₀ of every step in pixels, from the first step (index T − 1) to the last, whose picture is `upscaleTile`'s.
 * Arguments as there. Whoever calls disposes of them.
 */
export function upscaleChain(networks: UpscaleNetworks, y: tf.Tensor4D, noise: tf.Tensor4D): tf.Tensor4D[] {
  const steps: tf.Tensor4D[] = [];
  tf.tidy(() => {
    const { zy, xT, denoise } = start(networks, y, noise);
    deterministicChain(networks.schedule, denoise, xT, zy, (_, __, x0) => {
      steps.push(tf.keep(pixels(networks, x0)));
    });
  });
  return steps;
}
