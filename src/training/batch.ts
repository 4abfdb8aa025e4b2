/** What one iteration sees: B crops of s × s latents, and everything random that it needs. */
import * as tf from '@tensorflow/tfjs-core';
import type { Draw } from './augment.ts';

/** The purposes for which a discriminator sees a picture: each has draws of its own. */
export const drawNames = {
  hr: ['hrReal', 'hrFake', 'hrStudent'],
  lr: ['lrReal', 'lrFake', 'lrStudent', 'lrDownsampler'],
} as const;
export type DrawName = (typeof drawNames)[keyof typeof drawNames][number];

/** Part of the latent; a picture's pixels are ×4. */
export interface Window {
  readonly y: number;
  readonly x: number;
  readonly side: number;
}

export interface Batch {
  /** Enc(x) [B, s, s, C]. */
  readonly z0: tf.Tensor4D;
  /** Enc(bicubic ×4 of y) [B, s, s, C]. */
  readonly zy: tf.Tensor4D;
  /** y [B, s, s, 3] in [−1, 1]. */
  readonly lq: tf.Tensor4D;
  /** x [B, 4s, 4s, 3] in [−1, 1]. */
  readonly x: tf.Tensor4D;
  /** ε of x_T, the one that the target was made with. */
  readonly noise: tf.Tensor4D;
  /** The teacher's sample from x_T. */
  readonly target: tf.Tensor4D;
  /** ε′. */
  readonly downsamplerNoise: tf.Tensor4D;
  /** The window that D_H and the perceptual term see. */
  readonly window: Window;
  /** For each purpose, of each of the iteration's updates: DiffAugment's, one a picture. */
  readonly draws: Readonly<Record<DrawName, readonly (readonly Draw[])[]>>;
}

/** @param scale 1 on latents, 4 on pixels */
export function windowed(t: tf.Tensor4D, { y, x, side }: Window, scale = 1): tf.Tensor4D {
  return tf.slice(t, [0, y * scale, x * scale, 0], [-1, side * scale, side * scale, -1]);
}

export function disposeBatch({ z0, zy, lq, x, noise, target, downsamplerNoise }: Batch): void {
  tf.dispose([z0, zy, lq, x, noise, target, downsamplerNoise]);
}
