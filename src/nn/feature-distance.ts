/** How far apart two pictures are to a network: the distance that LPIPS is built on, without its learnt weights. */
import * as tf from '@tensorflow/tfjs-core';

/** Keeps a place where all features are 0 from dividing by it. */
const tiny = 1e-10;

/**
 * Features as unit vectors at each place, their squared distance, the mean over places and then over layers (Zhang et al.,
 * CVPR 2018, eq. 1 with all w = 1). 0 for equal pictures; at most 2 for features that are never negative.
 * @param layers [2, h, w, C] each: both pictures side by side
 * @returns a scalar
 */
export function featureDistance(layers: readonly tf.Tensor4D[]): tf.Scalar {
  return tf.tidy(() => {
    const distances = layers.map((layer) =>
      tf.tidy(() => {
        const norms = tf.sqrt(tf.sum(tf.square(layer), 3, true));
        const [a, b] = tf.split(tf.div(layer, tf.add(norms, tiny)), 2) as [tf.Tensor, tf.Tensor];
        return tf.mean(tf.sum(tf.squaredDifference(a, b), 3)) as tf.Scalar;
      }),
    );
    return tf.div(tf.addN(distances), layers.length);
  });
}
