/** Activations, any shape; differentiable. */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { through } from '../../through.ts';
import { activationKernel } from './kernel.ts';

/** x·σ(x). */
export const silu = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('silu', x) : siluReference(x);

/** LeakyReLU with slope 0.2. */
export const leakyRelu = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('leaky', x) : leakyReluReference(x);

/** min(max(x, 0), 6). */
export const relu6 = <T extends tf.Tensor>(x: T): T =>
  customKernelsEnabled() ? activationKernel('relu6', x) : relu6Reference(x);

/** `silu` in tfjs's own ops. */
export function siluReference<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)) as T);
}

/** GELU in its exact form, ½x(1 + erf(x/√2)), in tfjs's own ops; the kernels have it within convolutions alone. */
export function geluReference<T extends tf.Tensor>(x: T): T {
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

/** In tfjs's own ops. */
function leakyReluReference<T extends tf.Tensor>(x: T): T {
  return tf.leakyRelu(x, 0.2) as T;
}

/** In tfjs's own ops. */
const relu6Reference = <T extends tf.Tensor>(x: T): T => tf.relu6(x) as T;
