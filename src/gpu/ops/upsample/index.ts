/** Nearest-neighbour enlargement. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Nearest-neighbour ×2. The gradient is our own: tfjs's resize gradient is wrong on its CPU backend.
 * @param x [B, H, W, C]
 */
export function upsampleNearest2(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  const double = tf.customGrad((input) => ({
    value: tf.image.resizeNearestNeighbor(input as tf.Tensor4D, [height * 2, width * 2]),
    // Each pixel went to four: their gradients add up.
    gradFunc: (dy) => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4),
  }));
  return tf.tidy(() => double(x) as tf.Tensor4D);
}
