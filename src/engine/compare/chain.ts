/** How the teacher gets there: its x̂₀ at every step, of one tile. */
import * as tf from '@tensorflow/tfjs-core';
import { upscaleChain } from '../../diffusion/upscale.ts';
import { cropRgba8, floatToRgba8, type Rect, type Rgba8 } from '../../imaging/image.ts';
import { psnrY } from '../../imaging/metrics/index.ts';
import { fillNoise } from '../../imaging/noise-field.ts';
import { cropReflectRgb } from '../../imaging/pad.ts';
import { openOnLent } from '../evaluation/methods.ts';
import type { Lent } from '../guests.ts';
import { scale } from '../job.ts';
import { type Picture, settingsOf } from './run-methods.ts';

export interface Chain {
  /** The tile's part of the picture, LR pixels. */
  readonly rect: Rect;
  /** From x_T on; t is the index that x̂₀ was predicted from, counted from 1. */
  readonly steps: readonly { readonly t: number; readonly psnrY: number | null; readonly pixels: Rgba8 }[];
}

/** Where a window of `length` around `centre` starts so that it leaves the line as little as it can. */
const startOf = (centre: number, length: number, whole: number) =>
  Math.max(0, Math.min(whole - length, Math.round(centre - length / 2)));

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
    const side = compute.ready.tile;
    const { latentChannels, networks } = compute;
    const [x, y] = [startOf(at.x, side, lr.width), startOf(at.y, side, lr.height)];
    const rect = { x, y, width: Math.min(side, lr.width - x), height: Math.min(side, lr.height - y) };
    const noise = new Float32Array(side * side * latentChannels);
    fillNoise(noise, lent.options.seed, y, x, side, side, latentChannels);
    const pictures = tf.tidy(() =>
      upscaleChain(
        networks,
        tf.tensor4d(cropReflectRgb(lr, x, y, side, side).data, [1, side, side, 3]),
        tf.tensor4d(noise, [1, side, side, latentChannels]),
      ),
    );
    const [width, height] = [rect.width * scale, rect.height * scale];
    const goal = truth && cropRgba8(truth, x * scale, y * scale, width, height);
    const steps: Chain['steps'][number][] = [];
    for (const [i, picture] of pictures.entries()) {
      const data = (await picture.data()) as Float32Array;
      picture.dispose();
      const pixels = floatToRgba8(
        { width: side * scale, height: side * scale, channels: 3, data },
        0,
        0,
        width,
        height,
      );
      steps.push({ t: pictures.length - i, psnrY: goal && psnrY(pixels, goal), pixels });
    }
    return { rect, steps };
  } finally {
    compute.dispose();
  }
}
