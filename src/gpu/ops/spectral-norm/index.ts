/**
 * Spectral normalisation (§5.1): a kernel divided by an estimate of its largest singular value. The kernel counts as
 * a matrix of Cout columns; `u` [Cout] is the estimate's state, moved by an explicit power iteration and by nothing else.
 */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { powerIterationKernel, spectralNormKernel } from './kernel.ts';

/** As PyTorch's `normalize`: also a vector of zeros stays one. */
function normalized(vector: tf.Tensor): tf.Tensor {
  return tf.div(vector, tf.maximum(tf.sqrt(tf.sum(tf.square(vector))), 1e-12));
}

/** [k·k·Cin, Cout]: the transpose of PyTorch's matrix, with its columns in another order, which no singular value minds. */
const matrixOf = (weight: tf.Tensor4D) => tf.reshape(weight, [-1, weight.shape[3]]) as tf.Tensor2D;

/**
 * W / σ with σ = vᵀ W u and v = W u / ‖W u‖.
 *
 * That is ‖W u‖, whose derivative by W is v uᵀ: the same as with u and v as constants, so nothing needs to be stopped.
 * @param weight [k, k, Cin, Cout]; u [Cout] of length 1
 */
export function spectrallyNormalized(weight: tf.Tensor4D, u: tf.Tensor1D): tf.Tensor4D {
  if (customKernelsEnabled()) return spectralNormKernel(weight, u);
  return tf.tidy(() => {
    const product = tf.matMul(matrixOf(weight), tf.reshape(u, [-1, 1]));
    const sigma = tf.sqrt(tf.sum(tf.square(product)));
    return tf.div(weight, sigma);
  });
}

/** One power iteration: u ← Wᵀ W u, of length 1. @returns the new u [Cout] */
export function powerIteration(weight: tf.Tensor4D, u: tf.Tensor1D): tf.Tensor1D {
  if (customKernelsEnabled()) return powerIterationKernel(weight, u);
  return tf.tidy(() => {
    const matrix = matrixOf(weight);
    const v = normalized(tf.matMul(matrix, tf.reshape(u, [-1, 1]))) as tf.Tensor2D;
    return tf.reshape(normalized(tf.matMul(v, matrix, true)), [-1]) as tf.Tensor1D;
  });
}
