/** LayerNorm over the channels of each pixel. */
import type * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { layerNormKernel } from './kernel.ts';
import * as reference from './reference.ts';

/** Biased variance. Differentiable. @param x [B, H, W, C]; gamma and beta [C] */
export const layerNorm = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D =>
  customKernelsEnabled() ? layerNormKernel(x, gamma, beta, eps) : reference.layerNorm(x, gamma, beta, eps);
