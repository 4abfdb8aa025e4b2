/**
 * LPIPS v0.1 with AlexNet (Zhang et al., CVPR 2018): how differently two pictures look, as learnt from people's judgements.
 * Features after each of AlexNet's five ReLUs, as unit vectors at each place; their squared differences, weighted per channel,
 * summed; the mean over places, and the sum over the five. Smaller is better, 0 for equal pictures.
 */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '../gpu/ops/conv2d/index.ts';
import { maxPool3 } from '../gpu/ops/max-pool/index.ts';
import { windowPartition } from '../gpu/ops/window-attention/reference.ts';
import { through } from '../gpu/through.ts';
import { LayerShapes, type ParamShapes } from '../presets/architecture.ts';
import type { Params } from './params.ts';

/** Of the first convolution. */
const firstStride = 4;
const firstPad = 2;

/** Mean and deviation of the photographs that AlexNet was trained on, in [−1, 1]. */
const shift = [-0.03, -0.088, -0.188];
const scale = [0.458, 0.448, 0.45];

/** Keeps a place where all features are 0 from dividing by it; as LPIPS. */
const tiny = 1e-10;

/**
 * The first convolution, 11×11 with stride 4, as one of 3×3 over blocks of 4×4 pixels: the same products, and a gradient
 * that spends nothing on the places a stride leaves out.
 */
function firstConvolution(params: Params, x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, colours] = x.shape;
  const weight = params.get<tf.Tensor4D>('conv0.weight');
  const [kernel, , , channels] = weight.shape;
  const blocks = Math.ceil(kernel / firstStride);
  const side = blocks * firstStride;
  const inBlock = firstStride * colours;
  // Rows and columns of zeros behind the filter reach what lies behind its last pixel.
  const beyond: [number, number] = [0, side - kernel];
  const wide = tf.pad(weight, [beyond, beyond, [0, 0], [0, 0]]);
  const cut = tf.reshape(wide, [blocks, firstStride, blocks, inBlock * channels]);
  const filter = tf.reshape(tf.transpose(cut, [0, 2, 1, 3]), [blocks, blocks, firstStride * inBlock, channels]);
  /** Outputs along a length, and the zeros that make its blocks whole. */
  const outputs = (length: number) => Math.floor((length + 2 * firstPad - kernel) / firstStride) + 1;
  const behind = (length: number) => (outputs(length) + blocks - 1) * firstStride - firstPad - length;
  const padded = fitted(x, behind(height), behind(width));
  const [rows, columns] = [outputs(height) + blocks - 1, outputs(width) + blocks - 1];
  const cells = tf.reshape(windowPartition(padded, firstStride), [batch, rows, columns, firstStride * inBlock]);
  return conv2d(cells as tf.Tensor4D, filter as tf.Tensor4D, params.get('conv0.bias'), { pad: 'valid' });
}

/** Zeros before, and behind as many as said; fewer than none: what lies beyond is left out. */
function fitted(x: tf.Tensor4D, below: number, right: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  const kept = tf.slice(x, [0, 0, 0, 0], [-1, height + Math.min(0, below), width + Math.min(0, right), -1]);
  return tf.pad4d(kept, [
    [0, 0],
    [firstPad, Math.max(0, below)],
    [firstPad, Math.max(0, right)],
    [0, 0],
  ]);
}

const convolution = (params: Params, i: number, x: tf.Tensor4D) =>
  tf.relu(
    i === 0
      ? firstConvolution(params, x)
      : conv2d(x, params.get(`conv${i}.weight`), params.get<tf.Tensor1D>(`conv${i}.bias`)),
  );

/** Of length 1 at each place. Inside the root, so that the gradient is finite where all features are 0. */
const unit = (x: tf.Tensor4D) => tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 3, true), tiny ** 2))) as tf.Tensor4D;

/**
 * @param x [B, H, W, 3] in [−1, 1], sides of at least `lpipsSmallestSide`
 * @returns unit features [B, h, w, C] of the five layers; the caller's to dispose of
 */
export function lpipsFeatures(params: Params, x: tf.Tensor4D): tf.Tensor4D[] {
  return tf.tidy(() => {
    const features: tf.Tensor4D[] = [];
    let h = through(
      x,
      (t) => tf.div(tf.sub(t, shift), scale),
      (t) => convolution(params, 0, t),
    );
    for (const i of lpipsLayers.keys()) {
      if (i > 0) {
        const next = through(
          h,
          (t) => (lpipsPooled.includes(i) ? maxPool3(t) : t),
          (t) => convolution(params, i, t),
        );
        h.dispose();
        h = next;
      }
      features.push(tf.tidy(() => unit(h)));
    }
    return features;
  });
}

/** A map [B, h, w] a layer: the weighted squared differences at each place. @param a, b of `lpipsFeatures` */
export function lpipsMaps(params: Params, a: readonly tf.Tensor4D[], b: readonly tf.Tensor4D[]): tf.Tensor3D[] {
  return lpipsLayers.map((_, i) =>
    tf.tidy(() => {
      const squares = tf.square(tf.sub(a[i] as tf.Tensor, b[i] as tf.Tensor));
      return tf.sum(tf.mul(squares, params.get(`head${i}.weight`)), 3) as tf.Tensor3D;
    }),
  );
}

/**
 * LPIPS of each pair; differentiable in both pictures.
 * @param a, b [B, H, W, 3] in [−1, 1], sides of at least `lpipsSmallestSide`
 * @returns [B]
 */
export function lpips(params: Params, a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor1D {
  return tf.tidy(() => {
    const maps = lpipsMaps(params, lpipsFeatures(params, a), lpipsFeatures(params, b));
    return tf.addN(maps.map((map) => tf.mean(map, [1, 2]))) as tf.Tensor1D;
  });
}

// AlexNet as LPIPS takes it (Krizhevsky 2014, as torchvision has it): its parameters, and what that means for a picture's
// size.

/** Channels of the convolutions and the sides of their filters; the first has stride 4 and 2 rows of zeros around. */
export const lpipsLayers = [
  { channels: 64, kernel: 11 },
  { channels: 192, kernel: 5 },
  { channels: 384, kernel: 3 },
  { channels: 256, kernel: 3 },
  { channels: 256, kernel: 3 },
] as const;
/** Max-pooling stands before these. */
const lpipsPooled: readonly number[] = [1, 2];

/** Pixels between two places of each layer's features. */
export const lpipsStrides: readonly number[] = [4, 8, 16, 16, 16];
/** Pixels that the features of a place look at on either side of it, at most. */
export const lpipsReach = 96;

/** Names and PyTorch shapes of the convolutions and of the weights per channel, `head`. */
export function lpipsParamShapes(): ParamShapes {
  const shapes = new LayerShapes();
  for (const [i, { channels, kernel }] of lpipsLayers.entries()) {
    shapes.conv(`conv${i}`, lpipsLayers[i - 1]?.channels ?? 3, channels, kernel);
    shapes.set(`head${i}.weight`, [channels]);
  }
  return shapes;
}
