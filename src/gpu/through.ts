/** A chain of ops that frees each value in between. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Passes `x` through the steps, one by one. Each value in between is freed as soon as the next exists: a plain chain
 * within one tf.tidy keeps them all to its end, which multiplies the memory a network needs.
 */
export function through<T extends tf.Tensor>(x: T, ...steps: readonly ((value: T) => T)[]): T {
  return steps.reduce((value, step) => {
    const next = tf.tidy(() => step(value));
    if (value !== x && value !== next) value.dispose();
    return next;
  }, x);
}
