/** The teacher's way: its x̂₀ at every step, of a part of the picture. */
import * as tf from '@tensorflow/tfjs-core';
import { cropRgba8, floatToRgba8, type Rect, type Rgba8 } from '../../imaging/image.ts';
import { psnrY } from '../../imaging/metrics/index.ts';
import { fillNoise } from '../../imaging/noise-field.ts';
import { cropReflectRgb } from '../../imaging/pad.ts';
import { tileAround } from '../../imaging/tiling.ts';
import { upscaleChain } from '../../paper/upscale.ts';
import { openOnLent } from '../evaluation/methods.ts';
import type { Lent } from '../guests.ts';
import { scale } from '../job.ts';
import { type Picture, settingsOf } from './run-methods.ts';

export interface Chain {
  /** The part of the picture, LR pixels. */
  readonly rect: Rect;
  /** From x_T on; t is the index that x̂₀ was predicted from, counted from 1. */
  readonly steps: readonly { readonly t: number; readonly psnrY: number | null; readonly pixels: Rgba8 }[];
}

/** LR pixels a side, at the most, of what is shown: fifteen evaluations of a larger part would take long. */
const largestSide = 64;

/**
 * @param at LR position whose surroundings are shown
 * @throws one sentence when the weights have no teacher; the signal's reason
 */
export async function chainAt(
  at: { readonly x: number; readonly y: number },
  { lr, truth }: Picture,
  lent: Lent,
  signal: AbortSignal,
): Promise<Chain> {
  const compute = await openOnLent('resshift', lent.backend, lent.models, settingsOf(lent));
  try {
    signal.throwIfAborted();
    const { latentChannels, networks, ready, tiling } = compute;
    const { x, y, width, height, used } = tileAround(lr, at, Math.min(ready.tile, largestSide), tiling);
    const noise = new Float32Array(width * height * latentChannels);
    fillNoise(noise, lent.options.seed, y, x, height, width, latentChannels);
    const pictures = tf.tidy(() =>
      upscaleChain(
        networks,
        tf.tensor4d(cropReflectRgb(lr, x, y, width, height).data, [1, height, width, 3]),
        tf.tensor4d(noise, [1, height, width, latentChannels]),
      ),
    );
    const part = [used.width * scale, used.height * scale] as const;
    const goal = truth && cropRgba8(truth, used.x * scale, used.y * scale, ...part);
    const steps: Chain['steps'][number][] = [];
    for (const [i, picture] of pictures.entries()) {
      const data = (await picture.data()) as Float32Array;
      picture.dispose();
      const whole = { width: width * scale, height: height * scale, channels: 3, data };
      const pixels = floatToRgba8(whole, (used.x - x) * scale, (used.y - y) * scale, ...part);
      steps.push({ t: pictures.length - i, psnrY: goal && psnrY(pixels, goal), pixels });
    }
    return { rect: used, steps };
  } finally {
    compute.dispose();
  }
}
