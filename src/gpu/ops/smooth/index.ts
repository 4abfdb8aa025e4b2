/** A level of the à-trous wavelet. */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { smoothKernel } from './kernel.ts';

/** [1 2 1] / 4 along both axes with taps `reach` pixels apart, the border repeated; not differentiable. @param x [B, H, W, C] */
export const atrousSmooth = (x: tf.Tensor4D, reach: number): tf.Tensor4D =>
  customKernelsEnabled() ? smoothKernel(x, reach) : smoothReference(x, reach);

/** `atrousSmooth` in tfjs's own ops. */
export function smoothReference(x: tf.Tensor4D, reach: number): tf.Tensor4D {
  const along = (of: tf.Tensor4D, axis: 1 | 2) => {
    const length = of.shape[axis];
    const part = (whole: tf.Tensor4D, first: number, count: number) =>
      tf.slice(whole, axis === 1 ? [0, first] : [0, 0, first], axis === 1 ? [-1, count] : [-1, -1, count]);
    const edge = (at: number) => tf.tile(part(of, at, 1), axis === 1 ? [1, reach, 1, 1] : [1, 1, reach, 1]);
    const wide = tf.concat([edge(0), of, edge(length - 1)], axis);
    const outer = tf.add(part(wide, 0, length), part(wide, 2 * reach, length));
    return tf.add(tf.mul(of, 0.5), tf.mul(outer, 0.25)) as tf.Tensor4D;
  };
  return tf.tidy(() => along(along(x, 2), 1));
}
