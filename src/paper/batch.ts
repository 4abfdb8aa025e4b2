/** The inputs of one iteration: B crops of s × s latents, and all of its random draws. */
import * as tf from '@tensorflow/tfjs-core';
import { cropped, type Place, placesTensor } from '../gpu/ops/crop/index.ts';
import type { RandomStream } from '../imaging/random.ts';

/** The purposes for which a discriminator sees a picture: each has draws of its own. */
export const drawNames = {
  hr: ['hrReal', 'hrFake', 'hrStudent'],
  lr: ['lrReal', 'lrFake', 'lrStudent', 'lrDownsampler'],
} as const;
export type DrawName = (typeof drawNames)[keyof typeof drawNames][number];

/** A square part of x, in its pixels. */
export interface Square {
  readonly y: number;
  readonly x: number;
  readonly side: number;
}

/** A square as networks see it: sizes are numbers, places are tensors [1, 4] for `cropped`. */
export interface Window {
  /** Pixels. */
  readonly side: number;
  /** Rows and columns of the latent that the decoder sees for it. */
  readonly seen: readonly [rows: number, columns: number];
  readonly inPicture: tf.Tensor2D;
  /** Of the part that the decoder sees. */
  readonly inLatent: tf.Tensor2D;
  /** In that part, decoded. */
  readonly inSeen: tf.Tensor2D;
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
  /** Of the crops in the student's L_denoise, [B, 1, 1, 1] (§8.34); null: all count alike. */
  readonly weights: tf.Tensor4D | null;
  /** The window that D_H and the perceptual term see. */
  readonly window: Window;
  /** For each purpose, of each of the iteration's updates: DiffAugment's, [B, 4] for `augment`. */
  readonly draws: Readonly<Record<DrawName, readonly tf.Tensor2D[]>>;
}

/**
 * A window that is decoded with a margin around it, as far as the latent reaches: the frame that the decoder's zero padding
 * makes is cut away.
 * @param latentSide s; margin in latents
 */
export function windowOn({ y, x, side }: Square, latentSide: number, margin: number): Window {
  const part = (start: number): [first: number, count: number] => {
    const place = Math.floor(start / 4);
    const first = Math.max(0, place - margin);
    const end = Math.min(latentSide, place + side / 4 + Math.max(margin, start % 4 > 0 ? 1 : 0));
    return [first, end - first];
  };
  const [[top, rows], [left, columns]] = [part(y), part(x)];
  const place = (y: number, x: number) => placesTensor([[y, x, 0, 0]]);
  return {
    side,
    seen: [rows, columns],
    inPicture: place(y, x),
    inLatent: place(top, left),
    inSeen: place(y - 4 * top, x - 4 * left),
  };
}

/** A batch with a function of each of its tensors in the tensor's place. */
export function mapBatch(batch: Batch, of: <T extends tf.Tensor>(tensor: T) => T): Batch {
  const { window, draws } = batch;
  const { inPicture, inLatent, inSeen } = window;
  const drawn = Object.entries(draws).map(([name, tensors]) => [name, tensors.map(of)]);
  return {
    z0: of(batch.z0),
    zy: of(batch.zy),
    lr: of(batch.lr),
    x: of(batch.x),
    noise: of(batch.noise),
    target: of(batch.target),
    downsamplerNoise: of(batch.downsamplerNoise),
    weights: batch.weights && of(batch.weights),
    window: { ...window, inPicture: of(inPicture), inLatent: of(inLatent), inSeen: of(inSeen) },
    draws: Object.fromEntries(drawn) as Batch['draws'],
  };
}

/** A batch's tensors, in the order of `mapBatch`. */
export function tensorsOf(batch: Batch): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  mapBatch(batch, (tensor) => {
    tensors.push(tensor);
    return tensor;
  });
  return tensors;
}

/** The window of the pictures themselves. */
export const windowed = (picture: tf.Tensor4D, { side, inPicture }: Window): tf.Tensor4D =>
  cropped(picture, inPicture, { height: side, width: side });

export const disposeBatch = (batch: Batch): void => tf.dispose(tensorsOf(batch));

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

/** Draws as a tensor for `augment`: [B, 4]. The caller disposes of it. */
export const drawsTensor = (draws: readonly Draw[]): tf.Tensor2D =>
  placesTensor(draws.map(({ shift: [down, right], corner }): Place => [-down, -right, ...corner]));

/**
 * Each picture moved by whole pixels, where zeros come in, then cut.
 * @param x [B, side, side, C]; draws [B, 4] → as x
 */
export function augment(x: tf.Tensor4D, draws: tf.Tensor2D): tf.Tensor4D {
  const [, side] = x.shape;
  return cropped(x, draws, { height: side, width: side, reach: reachOf(side), box: boxOf(side) });
}
