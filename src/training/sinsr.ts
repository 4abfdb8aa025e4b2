/** SinSR's distillation loss (spec §4.1): the one-step student against the teacher's deterministic chain. */
import * as tf from '@tensorflow/tfjs-core';
import { scaleInput } from '../diffusion/sampler.ts';
import type { Schedule } from '../diffusion/schedule.ts';

/** The student f(·, t): the time index tells the direction, T−1 to the image and 0 back to the noise. */
export type Student = (scaled: tf.Tensor4D, index: number) => tf.Tensor4D;

export interface SinsrInputs {
  /** Noisy start x_T, teacher's sample of it, and the encoded ground truth; [B, H, W, C] each. */
  readonly xT: tf.Tensor4D;
  readonly teacher: tf.Tensor4D;
  readonly groundTruth: tf.Tensor4D;
}

/** Each [B], mean over places and channels. */
export interface SinsrTerms {
  readonly distill: tf.Tensor1D;
  readonly inverse: tf.Tensor1D;
  readonly groundTruth: tf.Tensor1D;
}

/** L = L_dist + L_inv + L_gt; the gradient reaches the student through its outputs, not through x̃_T. */
export function sinsrTerms(
  schedule: Schedule,
  student: Student,
  { xT, teacher, groundTruth }: SinsrInputs,
): SinsrTerms {
  const last = schedule.steps - 1;
  const error = (target: tf.Tensor4D, output: tf.Tensor4D) =>
    tf.mean(tf.squaredDifference(target, output), [1, 2, 3]) as tf.Tensor1D;
  // The steps back to the noise are scaled with the last index too, as in the released training.
  const scaled = (x: tf.Tensor4D) => scaleInput(schedule, x, last);
  const stopGradient = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: (dy) => tf.zerosLike(dy) }));
  const inverted = stopGradient(student(scaled(groundTruth), 0)) as tf.Tensor4D;
  return {
    distill: error(teacher, student(scaled(xT), last)),
    inverse: error(xT, student(scaled(teacher), 0)),
    groundTruth: error(groundTruth, student(scaled(inverted), last)),
  };
}
