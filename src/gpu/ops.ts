/**
 * The op module: everything the networks are made of, on NHWC float tensors. Each op is differentiable where it says
 * nothing else. On WebGPU those that cost most run on kernels of our own (kernels/); all others, and all elsewhere, on
 * tfjs's (stock-ops.ts).
 */
import type * as tf from '@tensorflow/tfjs-core';
import { conv2dFits, conv2dKernel } from './kernels/conv/conv2d.ts';
import { groupNormFits, groupNormKernel } from './kernels/group-norm.ts';
import { ownKernels } from './kernels/own-op.ts';
import * as stock from './stock-ops.ts';

export {
  attention,
  bicubicUpsample4,
  type ConvOptions,
  type GroupNormOptions,
  gelu,
  linear,
  nearestCode,
  roll,
  silu,
  through,
  upsampleNearest2,
  windowPartition,
  windowReverse,
} from './stock-ops.ts';

/** See stock-ops.ts. */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  eps: number,
  options: stock.GroupNormOptions = {},
): tf.Tensor4D {
  const { groups = 32, silu = false, modulation } = options;
  return ownKernels() && groupNormFits(x.shape[3], groups)
    ? groupNormKernel(x, gamma, beta, modulation, { groups, eps, silu })
    : stock.groupNorm(x, gamma, beta, eps, options);
}

/** See stock-ops.ts. */
export function conv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: stock.ConvOptions = {},
): tf.Tensor4D {
  const { stride = 1, pad = 'torch', residual } = options;
  const kernel = weight.shape[0];
  if (!ownKernels() || !conv2dFits(stride)) return stock.conv2d(x, weight, bias, options);
  if (pad === 'torch') {
    const around = (kernel - 1) / 2;
    return conv2dKernel(x, weight, bias, residual, { stride, pad: around, after: around });
  }
  const [, height, width] = x.shape;
  const [rows, columns] = [height, width].map((side) =>
    Math.max(0, (Math.ceil((side as number) / stride) - 1) * stride + kernel - (side as number)),
  );
  if (rows !== columns) return stock.conv2d(x, weight, bias, options);
  const before = (rows as number) >> 1;
  return conv2dKernel(x, weight, bias, residual, { stride, pad: before, after: (rows as number) - before });
}
