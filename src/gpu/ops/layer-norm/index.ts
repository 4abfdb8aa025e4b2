/** LayerNorm over the channels of each pixel. */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { through } from '../../through.ts';
import { layerNormKernel } from './kernel.ts';

/** Biased variance. Differentiable. @param x [B, H, W, C]; gamma and beta [C] */
export const layerNorm = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D =>
  customKernelsEnabled() ? layerNormKernel(x, gamma, beta, eps) : layerNormReference(x, gamma, beta, eps);

/** In tfjs's own ops. */
function layerNormReference(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): tf.Tensor4D {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, 3, true));
    const variance = tf.mean(tf.square(centred), 3, true);
    return through<tf.Tensor>(
      centred,
      (t) => tf.div(t, tf.sqrt(tf.add(variance, eps))),
      (t) => tf.mul(t, gamma),
      (t) => tf.add(t, beta),
    ) as tf.Tensor4D;
  });
}
