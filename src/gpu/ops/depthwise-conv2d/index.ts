/** Depthwise convolution, for EfficientNet. Its gradients: gpu/gradients.ts. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * A channel at a time, k >> 1 zeros on every side.
 * @param x [B, H, W, C]; weight [k, k, 1, C]; bias [C]
 */
export function depthwiseConv2d(x: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D, stride: 1 | 2): tf.Tensor4D {
  const [kernel, , , channels] = weight.shape;
  return tf.tidy(() => {
    const filter = tf.reshape(weight, [kernel, kernel, channels, 1]) as tf.Tensor4D;
    return tf.add(tf.depthwiseConv2d(x, filter, stride, kernel >> 1, 'NHWC', 1, 'floor'), bias);
  });
}
