/** The exponential moving average of a network's parameters: what is evaluated and exported. */
import * as tf from '@tensorflow/tfjs-core';

/** A young average forgets faster, until its decay reaches the final value. @param step counts from 0 */
export const decayAt = (decay: number, step: number): number => Math.min(decay, (1 + step) / (10 + step));

export function follow(average: tf.Tensor1D, values: tf.Tensor1D, decay: number): tf.Tensor1D {
  return tf.tidy(() => tf.add(average, tf.mul(tf.sub(values, average), 1 - decay)));
}
