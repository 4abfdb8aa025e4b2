/**
 * The first ten blocks of MobileNetV2 (Sandler et al., CVPR 2018), width 1, as a feature network for comparing pictures. The
 * weights are those in the npm package `nsfwjs` (public/models/perceptual/README.md), with each batch norm folded into the
 * convolution before it, so every layer is a convolution with a bias.
 */
import * as tf from '@tensorflow/tfjs-core';
import { through } from '../gpu/ops.ts';
import type { ParamShapes } from '../presets/architecture.ts';
import type { Params } from './params.ts';

interface Block {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Channels in the middle are this many times `inputs`. */
  readonly expansion: number;
  readonly stride: 1 | 2;
}

const stem = 32;

/** Table 2 of the paper, up to the first block of 96 channels. */
const blocks: readonly Block[] = (
  [
    [16, 1, 1],
    [24, 6, 2],
    [24, 6, 1],
    [32, 6, 2],
    [32, 6, 1],
    [32, 6, 1],
    [64, 6, 2],
    [64, 6, 1],
    [64, 6, 1],
    [64, 6, 1],
    [96, 6, 1],
  ] as const
).map(([outputs, expansion, stride], i, all) => {
  return { name: `block_${i}`, inputs: all[i - 1]?.[0] ?? stem, outputs, expansion, stride };
});

/** Blocks whose expanded features are taken: the last at each resolution, ½ to 1⁄16 of the picture. */
const taken = ['block_1', 'block_3', 'block_6', 'block_10'];
const last = taken.at(-1);

/** What one place of the coarsest features is in pixels of the picture. */
export const mobilenetStride = 16;

/** Names and PyTorch shapes: `[out, in, k, k]`, depthwise `[channels, 1, 3, 3]`. */
export function mobilenetParamShapes(): ParamShapes {
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, shape: readonly number[]) => {
    shapes.set(`${name}.weight`, shape);
    shapes.set(`${name}.bias`, [shape[0] as number]);
  };
  conv('stem', [stem, 3, 3, 3]);
  for (const { name, inputs, outputs, expansion } of blocks) {
    const hidden = inputs * expansion;
    if (expansion > 1) conv(`${name}.expand`, [hidden, inputs, 1, 1]);
    if (name === last) break;
    conv(`${name}.depthwise`, [hidden, 1, 3, 3]);
    conv(`${name}.project`, [outputs, hidden, 1, 1]);
  }
  return shapes;
}

/** Keras pads at the end alone before a stride of 2, whatever the size. */
const padded = (x: tf.Tensor4D, stride: number) =>
  tf.pad4d(x, [
    [0, 0],
    [2 - stride, 1],
    [2 - stride, 1],
    [0, 0],
  ]);

function convolve(params: Params, name: string, x: tf.Tensor4D, stride: 1 | 2 = 1): tf.Tensor4D {
  const weight = params.get<tf.Tensor4D>(`${name}.weight`);
  const input = weight.shape[0] > 1 ? padded(x, stride) : x;
  return tf.add(tf.conv2d(input, weight, stride, 'valid'), params.get(`${name}.bias`));
}

function depthwise(params: Params, name: string, x: tf.Tensor4D, stride: 1 | 2): tf.Tensor4D {
  const weight = params.get<tf.Tensor4D>(`${name}.weight`);
  const [height, width, , channels] = weight.shape;
  const filter = tf.reshape(weight, [height, width, channels, 1]) as tf.Tensor4D;
  return tf.add(tf.depthwiseConv2d(padded(x, stride), filter, stride, 'valid'), params.get(`${name}.bias`));
}

/**
 * @param x [B, H, W, 3] in [0, 1], sides of at least `mobilenetStride`
 * @returns features [B, h, w, C] of ½, ¼, ⅛ and 1⁄16 of the sides, in [0, 6]; the caller's to dispose of
 */
export function mobilenetFeatures(params: Params, x: tf.Tensor4D): tf.Tensor4D[] {
  return tf.tidy(() => {
    const features: tf.Tensor4D[] = [];
    let h = tf.tidy(() => tf.relu6(convolve(params, 'stem', x, 2)));
    for (const { name, inputs, outputs, expansion, stride } of blocks) {
      const wide = expansion > 1 ? tf.tidy(() => tf.relu6(convolve(params, `${name}.expand`, h))) : h;
      if (taken.includes(name)) features.push(wide);
      if (name === last) break;
      const next = through(
        wide,
        (t) => tf.relu6(depthwise(params, `${name}.depthwise`, t, stride)),
        (t) => convolve(params, `${name}.project`, t),
        (t) => (stride === 1 && inputs === outputs ? tf.add(t, h) : t),
      );
      if (wide !== h && !taken.includes(name)) wide.dispose();
      h.dispose();
      h = next;
    }
    return features;
  });
}
