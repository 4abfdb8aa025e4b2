/** Scale and shift of channels by each picture's own values, in tfjs's own ops. */
import * as tf from '@tensorflow/tfjs-core';
import { through } from '../../through.ts';

/**
 * x·(1 + s) + t, of each picture's channels.
 * @param x [B, H, W, C]; modulation [B, 2·C]: scales s, then shifts t
 */
export function modulate(x: tf.Tensor4D, modulation: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [scale, shift] = tf.split(modulation, 2, 1).map((part) => tf.reshape(part, [-1, 1, 1, x.shape[3]]));
    return through(
      x,
      (v) => tf.mul(v, tf.add(scale as tf.Tensor, 1)) as tf.Tensor4D,
      (v) => tf.add(v, shift as tf.Tensor) as tf.Tensor4D,
    );
  });
}
