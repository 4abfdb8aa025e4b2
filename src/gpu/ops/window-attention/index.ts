/** Self-attention within (shifted) windows, as Swin has it (§2.3). */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { linear } from '../conv2d/index.ts';
import { windowAttentionFits, windowAttentionKernel } from './kernel.ts';
import * as reference from './reference.ts';
import { wasmAttention, wasmAttentionFits } from './wasm.ts';

/**
 * softmax(q·kᵀ/√d + bias)·v of each window and head. Differentiable.
 * @param x [B, H, W, C], sides multiples of the window; weight [C, 3·C] and bias [3·C] of q, k, v; table [(2·window − 1)², heads]
 */
export function windowAttention(
  x: tf.Tensor4D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  table: tf.Tensor2D,
  options: reference.WindowAttentionOptions,
): tf.Tensor4D {
  const { heads, window } = options;
  const depth = x.shape[3] / heads;
  const kernel = customKernelsEnabled()
    ? windowAttentionFits(window, depth) && windowAttentionKernel
    : wasmAttentionFits(window, depth) && wasmAttention;
  if (!kernel) return reference.windowAttention(x, weight, bias, table, options);
  return tf.tidy(() => kernel(linear(x, weight, bias) as tf.Tensor4D, table, options));
}
