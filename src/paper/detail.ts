/** Detail of a latent: all but its blocks' means, in which the terms of D_H's window have no say (§8.33). */
import * as tf from '@tensorflow/tfjs-core';
import { upsampleNearest2 } from '../gpu/ops/upsample/index.ts';

/** Latents a side of a block. */
const side = 4;

/** Less the means over blocks of 4 × 4. @param latent [B, H, W, C], H and W multiples of 4 */
export const detail = (latent: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => tf.sub(latent, upsampleNearest2(upsampleNearest2(tf.avgPool(latent, side, side, 'valid')))));

/**
 * `latent`, whose gradient is its detail. D_H and LPIPS ask a smooth student for energy, and the cheapest is one pattern a
 * latent: a lattice. L_denoise and L_distill keep it at the truth's.
 */
export function byDetail(latent: tf.Tensor4D): tf.Tensor4D {
  const same = tf.customGrad((t) => ({
    value: tf.clone(t as tf.Tensor),
    gradFunc: (dy) => detail(dy as tf.Tensor4D),
  }));
  return tf.tidy(() => same(latent) as tf.Tensor4D);
}
