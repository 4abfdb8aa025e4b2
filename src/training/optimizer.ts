/** Adam (Kingma and Ba, 2015) on a network's parameters as one vector, gradient clipping and the learning-rate schedule. */
import * as tf from '@tensorflow/tfjs-core';

export interface AdamSettings {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** The first `count` values, a multiple of 4, learn at `factor` times the rate. */
  readonly slower?: { readonly count: number; readonly factor: number };
}

export interface AdamState {
  readonly values: tf.Tensor1D;
  /** Running means of the gradient and of its square. */
  readonly first: tf.Tensor1D;
  readonly second: tf.Tensor1D;
}

/** Added to the root of the second moment. */
export const adamEps = 1e-8;

/** w ← w − rate · m̂ / (√v̂ + ε). @param update counts from 1 */
export function adamStep(
  { values, first, second }: AdamState,
  gradient: tf.Tensor1D,
  { rate, beta1, beta2, slower }: AdamSettings,
  update: number,
): AdamState {
  return tf.tidy(() => {
    // Each in a tidy of its own: vectors in between are as large as the network.
    const towards = (mean: tf.Tensor1D, value: () => tf.Tensor1D, beta: number) =>
      tf.tidy(() => tf.add(tf.mul(mean, beta), tf.mul(value(), 1 - beta)) as tf.Tensor1D);
    const nextFirst = towards(first, () => gradient, beta1);
    const nextSecond = towards(second, () => tf.square(gradient), beta2);
    const change = tf.tidy(() => {
      const deviation = tf.add(tf.div(tf.sqrt(nextSecond), Math.sqrt(1 - beta2 ** update)), adamEps);
      return tf.mul(tf.div(nextFirst, deviation), rate / (1 - beta1 ** update));
    });
    return {
      values: tf.sub(values, slower ? slowed(change, slower) : change) as tf.Tensor1D,
      first: nextFirst,
      second: nextSecond,
    };
  });
}

const slowed = (change: tf.Tensor, { count, factor }: Required<AdamSettings>['slower']) =>
  tf.concat([tf.mul(tf.slice(change, 0, count), factor), tf.slice(change, count)]);

/** Vectors are this long a multiple: their norm is summed in short rows, which is more exact in float32 and faster. */
export const rowLength = 1024;

/** ‖g‖ over all parameters. @param gradient of a length that is a multiple of `rowLength` */
export function globalNorm(gradient: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const rows = tf.sum(tf.square(tf.reshape(gradient, [-1, rowLength])), 1);
    return tf.sqrt(tf.sum(rows));
  });
}

/** The gradient made shorter where its norm is over the limit. */
export function clipByNorm(gradient: tf.Tensor1D, norm: tf.Scalar, limit: number): tf.Tensor1D {
  return tf.tidy(() => tf.mul(gradient, tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1)));
}

export interface RateSchedule {
  readonly learningRate: number;
  readonly learningRateEnd: number;
  /** Iterations of linear rise. */
  readonly warmup: number;
  /** Iterations of the half cosine from the first rate to the last; 0: the rate stays. */
  readonly decaySteps: number;
}

/** @param step counts from 0 */
export function rateAt({ learningRate, learningRateEnd, warmup, decaySteps }: RateSchedule, step: number): number {
  const warm = warmup > 0 ? Math.min(1, (step + 1) / warmup) : 1;
  if (decaySteps === 0) return warm * learningRate;
  const progress = Math.min(1, step / decaySteps);
  return warm * (learningRateEnd + (learningRate - learningRateEnd) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

// The exponential moving average of a network's parameters: what is evaluated and exported.

/** A young average forgets faster, until its decay reaches the final value. @param step counts from 0 */
export const decayAt = (decay: number, step: number): number => Math.min(decay, (1 + step) / (10 + step));

export function follow(average: tf.Tensor1D, values: tf.Tensor1D, decay: number): tf.Tensor1D {
  return tf.tidy(() => tf.add(average, tf.mul(tf.sub(values, average), 1 - decay)));
}
