/** One tile from LR pixels to HR pixels (§1.9): encode, diffuse, denoise, decode. */
import * as tf from '@tensorflow/tfjs-core';
import { bicubicUpsample4 } from '../gpu/ops/bicubic/index.ts';
import { atrousSmooth } from '../gpu/ops/smooth/index.ts';
import { through } from '../gpu/through.ts';
import { decode, encode } from '../nn/autoencoder.ts';
import type { Params } from '../nn/params.ts';
import { unetSwin } from '../nn/unet.ts';
import type { AutoencoderConfig, UnetConfig } from '../presets/architecture.ts';
import { ancestralChain, deterministicChain, oneStep, priorSample, type StepHook } from './sampler.ts';
import type { Schedule } from './schedule.ts';

export interface UpscaleNetworks {
  readonly autoencoder: { readonly config: AutoencoderConfig; readonly params: Params };
  readonly unet: { readonly config: UnetConfig; readonly params: Params };
  readonly schedule: Schedule;
  /** Rows of the latent that are decoded at once; left out: all. */
  readonly decodeRows?: number;
}

/**
 * one-step: the student's single evaluation. ancestral: all steps with fresh noise, ResShift's own sampler (Table I).
 * deterministic: all steps of eq. 1, whose end the students learn.
 */
export type SamplingMethod = 'one-step' | 'ancestral' | 'deterministic';

/** Draws of noise that a tile takes: x_T's, and one for each later step of an ancestral chain. */
export const noiseDraws = (method: SamplingMethod, { steps }: Schedule): number => (method === 'ancestral' ? steps : 1);

export type UpscalePhase = 'encode' | 'denoise' | 'decode';

/** The start of every method: z_y, x_T and f(·, i, y). */
function start({ autoencoder, unet, schedule }: UpscaleNetworks, y: tf.Tensor4D, noise: tf.Tensor4D) {
  const zy = through(y, bicubicUpsample4, (x) => encode(autoencoder.params, autoencoder.config, x));
  const denoise = (scaled: tf.Tensor4D, index: number) =>
    unetSwin(unet.params, unet.config, scaled, Array(scaled.shape[0]).fill(schedule.times[index]), y);
  const [batch] = y.shape;
  const draw = (n: number) =>
    noise.shape[0] === batch ? noise : tf.slice(noise, [n * batch, 0, 0, 0], [batch, -1, -1, -1]);
  return { zy, xT: priorSample(schedule, zy, draw(0)), denoise, draw };
}

/** x̂₀ by one of the three ways. */
function sample(
  { schedule }: UpscaleNetworks,
  { zy, xT, denoise, draw }: ReturnType<typeof start>,
  method: SamplingMethod,
  hook?: StepHook,
): tf.Tensor4D {
  if (method === 'one-step') return oneStep(schedule, denoise, xT);
  if (method === 'deterministic') return deterministicChain(schedule, denoise, xT, zy, hook);
  return ancestralChain(schedule, denoise, xT, (index) => draw(schedule.steps - index), hook);
}

const pixels = ({ autoencoder, decodeRows: rows }: UpscaleNetworks, latent: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => tf.clipByValue(decode(autoencoder.params, autoencoder.config, latent, rows), -1, 1));

/**
 * @param y [B, h, w, 3] LR pixels in [−1, 1], sides multiples of the UNet's alignment
 * @param noise [n·B, h, w, C] standard normals, C = the latent's channels, n = `noiseDraws`: x_T's B first
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
  return tf.tidy(() => {
    enter('encode');
    const started = start(networks, y, noise);
    enter('denoise');
    const x0 = sample(networks, started, method);
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
  lock: ColourLockKind | 'off',
): tf.Tensor4D {
  if (lock === 'off') return upscaleTile(networks, y, noise, method);
  return tf.tidy(() => lockColour(upscaleTile(networks, y, noise, method), bicubicUpsample4(y), lock));
}

/**
 * The chain's x̂₀ of every step in pixels, from the first step (index T − 1) to the last, whose picture is `upscaleTile`'s.
 * Arguments as there. The caller disposes of them.
 */
export function upscaleChain(
  networks: UpscaleNetworks,
  y: tf.Tensor4D,
  noise: tf.Tensor4D,
  method: Exclude<SamplingMethod, 'one-step'>,
): tf.Tensor4D[] {
  const steps: tf.Tensor4D[] = [];
  tf.tidy(() => {
    sample(networks, start(networks, y, noise), method, (_, __, x0) => {
      steps.push(tf.keep(pixels(networks, x0)));
    });
  });
  return steps;
}

// Ties a result's colours to its input: diffusion upscalers drift in hue and brightness, by tile and by seed. Both ways are
// known from InvSR and StableSR (§7.1).

/**
 * - `wavelet`: everything coarser than about 32 HR pixels comes from the input, everything finer from the network.
 * - `ycbcr`: brightness from the network, colour from the input.
 */
export type ColourLockKind = 'wavelet' | 'ycbcr';

/** Distance of the three taps at each level of the à-trous wavelet. */
const dilations = [1, 2, 4, 8, 16];

/** BT.601 luma weights of R, G, B. */
const luma = [0.299, 0.587, 0.114];

/** high(SR) + low(LR↑) = SR + low(LR↑ − SR), as the filter is linear: one filtering instead of two. */
const lockWavelet = (sr: tf.Tensor4D, reference: tf.Tensor4D): tf.Tensor4D =>
  tf.add(
    sr,
    through(
      reference,
      (x) => tf.sub(x, sr),
      ...dilations.map((dilation) => (x: tf.Tensor4D) => atrousSmooth(x, dilation)),
    ),
  );

/** RGB is Y plus a function of (Cb, Cr) alone, so exchanging Y is adding the difference of the two Y to every channel. */
const lockLuma = (sr: tf.Tensor4D, reference: tf.Tensor4D): tf.Tensor4D =>
  tf.add(
    reference,
    through<tf.Tensor>(
      reference,
      (x) => tf.sub(sr, x),
      (x) => tf.mul(x, luma),
      (x) => tf.sum(x, 3, true),
    ),
  );

/**
 * The result with its colours locked to the input; not clamped.
 * @param sr [B, H, W, 3], the network's output, RGB in [−1, 1]
 * @param reference [B, H, W, 3], the input upsampled (bicubic) to the same size
 * @throws RangeError when the two differ in size or are not RGB
 */
export function lockColour(sr: tf.Tensor4D, reference: tf.Tensor4D, mode: ColourLockKind): tf.Tensor4D {
  if (sr.shape[3] !== 3 || `${sr.shape}` !== `${reference.shape}`) {
    throw new RangeError('The colour lock needs two RGB images of the same size.');
  }
  return tf.tidy(() => (mode === 'wavelet' ? lockWavelet(sr, reference) : lockLuma(sr, reference)));
}
