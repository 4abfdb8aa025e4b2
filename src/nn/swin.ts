/** The Swin layer of UNetModelSwin (spec §2.3): two transformer blocks on windows between two 1×1 convolutions. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, gelu, groupNorm, linear, roll, windowPartition, windowReverse } from '../gpu/ops.ts';
import type { UnetConfig } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import type { Layer } from './unet-plan.ts';

type SwinLayer = Extract<Layer, { kind: 'swin' }>;

/** UNet GroupNorms (§2.2). */
export const unetEps = 1e-5;

/** Row of the bias table for each (query, key) pair of a window: ((a÷w) − (b÷w) + w−1)·(2w−1) + ((a mod w) − (b mod w) + w−1). */
function relativeIndex(window: number): Int32Array {
  const tokens = window * window;
  const index = new Int32Array(tokens * tokens);
  for (let a = 0; a < tokens; a++) {
    for (let b = 0; b < tokens; b++) {
      const rows = Math.floor(a / window) - Math.floor(b / window) + window - 1;
      const columns = (a % window) - (b % window) + window - 1;
      index[a * tokens + b] = rows * (2 * window - 1) + columns;
    }
  }
  return index;
}

/**
 * What the shifted blocks of all released weights were trained with, a slip of the public code (§2.3): only the last row
 * of windows is masked, and in it only between columns left and right of the shift. [nW, 1, N, N], 0 or −100.
 */
function shiftedMask(rows: number, columns: number, window: number, shift: number): tf.Tensor4D {
  const tokens = window * window;
  const mask = new Float32Array(rows * columns * tokens * tokens);
  for (let w = (rows - 1) * columns; w < rows * columns; w++) {
    for (let a = 0; a < tokens; a++) {
      for (let b = 0; b < tokens; b++) {
        if (a % window < window - shift !== b % window < window - shift) mask[(w * tokens + a) * tokens + b] = -100;
      }
    }
  }
  return tf.tensor4d(mask, [rows * columns, 1, tokens, tokens]);
}

/** Multi-head attention inside each window. @param x [B·nW, N, C], windows of one image next to each other */
function windowAttention(
  params: Params,
  name: string,
  x: tf.Tensor3D,
  heads: number,
  window: number,
  mask: tf.Tensor4D | null,
): tf.Tensor3D {
  const [windows, tokens, channels] = x.shape;
  const depth = channels / heads;
  return tf.tidy(() => {
    const qkv = linear(x, params.get(`${name}.qkv.weight`), params.get(`${name}.qkv.bias`));
    const split = tf.transpose(tf.reshape(qkv, [windows, tokens, 3, heads, depth]), [2, 0, 3, 1, 4]);
    const [q, k, v] = tf.unstack(split) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const rows = tf.gather(
      params.get<tf.Tensor2D>(`${name}.relative_position_bias_table`),
      tf.tensor1d(relativeIndex(window), 'int32'),
    );
    const bias = tf.reshape(tf.transpose(rows, [1, 0]), [1, heads, tokens, tokens]);
    let scores = tf.add(tf.matMul(tf.mul(q, depth ** -0.5), k, false, true), bias);
    if (mask) {
      const perImage = mask.shape[0];
      const grouped = tf.reshape(scores, [-1, perImage, heads, tokens, tokens]);
      scores = tf.reshape(tf.add(grouped, tf.expandDims(mask, 0)), [windows, heads, tokens, tokens]);
    }
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
    const joined = tf.reshape(mixed, [windows, tokens, channels]);
    return linear(joined, params.get(`${name}.proj.weight`), params.get(`${name}.proj.bias`)) as tf.Tensor3D;
  });
}

/** 1×1 convolution. */
const pointwise = (params: Params, name: string, x: tf.Tensor4D) =>
  conv2d(x, params.get(`${name}.weight`), params.get(`${name}.bias`));

const norm = (params: Params, name: string, x: tf.Tensor4D) =>
  groupNorm(x, params.get(`${name}.weight`), params.get(`${name}.bias`), unetEps);

function swinBlock(
  params: Params,
  name: string,
  x: tf.Tensor4D,
  heads: number,
  window: number,
  shift: number,
): tf.Tensor4D {
  const [, height, width] = x.shape;
  return tf.tidy(() => {
    const normed = norm(params, `${name}.norm1`, x);
    const mask = shift > 0 ? shiftedMask(height / window, width / window, window, shift) : null;
    const windows = windowPartition(roll(normed, -shift), window);
    const attended = windowAttention(params, `${name}.attn`, windows, heads, window, mask);
    const h = tf.add(x, roll(windowReverse(attended, window, height, width), shift)) as tf.Tensor4D;
    const hidden = gelu(pointwise(params, `${name}.mlp.fc1`, norm(params, `${name}.norm2`, h)));
    return tf.add(h, pointwise(params, `${name}.mlp.fc2`, hidden));
  });
}

/** @param x [B, H, W, C], sides multiples of the window. There is no residual around the whole layer. */
export function swinLayer(params: Params, config: UnetConfig, layer: SwinLayer, x: tf.Tensor4D): tf.Tensor4D {
  const { name, window, shift } = layer;
  const heads = config.swin_embed_dim / config.num_head_channels;
  return tf.tidy(() => {
    let h = pointwise(params, `${name}.patch_embed.proj`, x);
    for (let b = 0; b < config.swin_depth; b++) {
      h = swinBlock(params, `${name}.blocks.${b}`, h, heads, window, b % 2 === 1 ? shift : 0);
    }
    return pointwise(params, `${name}.patch_unembed.proj`, h);
  });
}
