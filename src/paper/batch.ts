/** The inputs of one iteration: B crops of s × s latents, and all of its random draws. */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../imaging/random.ts';

/** The purposes for which a discriminator sees a picture: each has draws of its own. */
export const drawNames = {
  hr: ['hrReal', 'hrFake', 'hrStudent'],
  lr: ['lrReal', 'lrFake', 'lrStudent', 'lrDownsampler'],
} as const;
export type DrawName = (typeof drawNames)[keyof typeof drawNames][number];

/** Part of x, in its pixels. */
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
  readonly lr: tf.Tensor4D;
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

export function windowed(picture: tf.Tensor4D, { y, x, side }: Window): tf.Tensor4D {
  return tf.slice(picture, [0, y, x, 0], [-1, side, side, -1]);
}

export function disposeBatch({ z0, zy, lr, x, noise, target, downsamplerNoise }: Batch): void {
  tf.dispose([z0, zy, lr, x, noise, target, downsamplerNoise]);
}

// DiffAugment for the discriminators (§5.1, §5.5): translation and cutout, differentiable in the picture. No colour changes:
// they would hide the colour shifts that D should see. Draws are made apart from their use.

/** Pixels of one picture. The cutout's upper left corner may lie outside. */
export interface Draw {
  /** Down and to the right. */
  readonly shift: readonly [y: number, x: number];
  readonly corner: readonly [y: number, x: number];
}

/** Ties to even, as NumPy and Python. */
function round(value: number): number {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** Largest shift, and side of the cutout box, of pictures of that side. */
const reachOf = (side: number) => round(0.125 * side);
const boxOf = (side: number) => round(0.2 * side);

/** Draws for pictures of side × side pixels. */
export function drawAugmentation(random: RandomStream, count: number, side: number): Draw[] {
  const [reach, box] = [reachOf(side), boxOf(side)];
  const shift = () => random.integer(2 * reach + 1) - reach;
  const corner = () => random.integer(side) - (box >> 1);
  return Array.from({ length: count }, () => ({ shift: [shift(), shift()], corner: [corner(), corner()] }) as const);
}

/**
 * One picture moved by whole pixels; zeros come in. Sizes do not depend on the draw: each new size would keep a GPU buffer of
 * its own for good.
 * @param x [1, side, side, C]
 */
function moved(x: tf.Tensor4D, [dy, dx]: Draw['shift']): tf.Tensor4D {
  const reach = reachOf(x.shape[1]);
  const around: [number, number] = [reach, reach];
  return tf.slice(tf.pad(x, [[0, 0], around, around, [0, 0]]), [0, reach - dy, reach - dx, 0], x.shape);
}

/** Zeros in each picture's box, ones elsewhere: [B, side, side, 1]. */
function cutouts(draws: readonly Draw[], side: number): tf.Tensor4D {
  const box = boxOf(side);
  const mask = new Float32Array(draws.length * side * side).fill(1);
  draws.forEach(({ corner: [top, left] }, picture) => {
    for (let y = Math.max(0, top); y < Math.min(side, top + box); y++) {
      const row = (picture * side + y) * side;
      mask.fill(0, row + Math.max(0, left), row + Math.min(side, left + box));
    }
  });
  return tf.tensor4d(mask, [draws.length, side, side, 1]);
}

/** @param x [B, side, side, C] → the same, shifted, then cut */
export function augment(x: tf.Tensor4D, draws: readonly Draw[]): tf.Tensor4D {
  const [, side] = x.shape;
  return tf.tidy(() => {
    const pictures = draws.length === 1 ? [x] : (tf.split(x, draws.length, 0) as tf.Tensor4D[]);
    const shifted = pictures.map((picture, i) => moved(picture, draws[i].shift));
    return tf.mul(shifted.length === 1 ? shifted[0] : tf.concat(shifted, 0), cutouts(draws, side));
  });
}
