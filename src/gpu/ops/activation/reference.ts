/** Activations in tfjs's own ops, any shape. */
import * as tf from '@tensorflow/tfjs-core';
import { through } from '../../through.ts';

/** x·σ(x), any shape. */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)) as T);
}

/** GELU in its exact form, ½x(1 + erf(x/√2)), any shape. */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    const twice = through<tf.Tensor>(
      x,
      (t) => tf.mul(t, Math.SQRT1_2),
      (t) => tf.erf(t),
      (t) => tf.add(t, 1),
    );
    return through<tf.Tensor>(
      x,
      (t) => tf.mul(t, twice),
      (t) => tf.mul(t, 0.5),
    ) as T;
  });
}

/** LeakyReLU with slope 0.2, any shape. */
export function leakyRelu<T extends tf.Tensor>(x: T): T {
  return tf.leakyRelu(x, 0.2) as T;
}

/** Between 0 and 6, any shape. */
export const relu6 = <T extends tf.Tensor>(x: T): T => tf.relu6(x) as T;
