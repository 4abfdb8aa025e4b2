/** GroupNorm, with the modulation and SiLU that follow it (§2.2). */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { groupNormFits, groupNormKernel } from './kernel.ts';
import * as reference from './reference.ts';

export type { GroupNormOptions } from './reference.ts';

/**
 * Biased variance over each group's channels and all places; then, where asked for, modulation and SiLU. Differentiable.
 * @param x [B, H, W, C], C a multiple of the groups; gamma and beta [C]
 */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  eps: number,
  options: reference.GroupNormOptions = {},
): tf.Tensor4D {
  const { groups = 32, silu = false, modulation } = options;
  return customKernelsEnabled() && groupNormFits(x.shape[3], groups)
    ? groupNormKernel(x, gamma, beta, modulation, { groups, eps, silu })
    : reference.groupNorm(x, gamma, beta, eps, options);
}
