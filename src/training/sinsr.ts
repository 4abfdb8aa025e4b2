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

const error = (target: tf.Tensor4D, output: tf.Tensor4D) =>
  tf.mean(tf.squaredDifference(target, output), [1, 2, 3]) as tf.Tensor1D;

/** One evaluation. The steps back to the noise are scaled with the last index too, as in the released training. */
const evaluate = (schedule: Schedule, student: Student, x: tf.Tensor4D, index: number) =>
  student(scaleInput(schedule, x, schedule.steps - 1), index);

/** L_inv [B]: from the teacher's sample back to x_T. */
export function inverseTerm(schedule: Schedule, student: Student, teacher: tf.Tensor4D, xT: tf.Tensor4D): tf.Tensor1D {
  return error(xT, evaluate(schedule, student, teacher, 0));
}

/** x̃_T, the student's noise for the ground truth. */
export function invertTruth(schedule: Schedule, student: Student, groundTruth: tf.Tensor4D): tf.Tensor4D {
  return evaluate(schedule, student, groundTruth, 0);
}

/** L_gt [B]: from x̃_T to the ground truth. @param inverted x̃_T, through which no gradient goes */
export function groundTruthTerm(
  schedule: Schedule,
  student: Student,
  groundTruth: tf.Tensor4D,
  inverted: tf.Tensor4D,
): tf.Tensor1D {
  return error(groundTruth, evaluate(schedule, student, inverted, schedule.steps - 1));
}

const stopGradient = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: (dy) => tf.zerosLike(dy) }));

/** L = L_dist + L_inv + L_gt; the gradient reaches the student through its outputs, not through x̃_T. */
export function sinsrTerms(
  schedule: Schedule,
  student: Student,
  { xT, teacher, groundTruth }: SinsrInputs,
): SinsrTerms {
  const inverted = stopGradient(invertTruth(schedule, student, groundTruth)) as tf.Tensor4D;
  return {
    distill: error(teacher, evaluate(schedule, student, xT, schedule.steps - 1)),
    inverse: inverseTerm(schedule, student, teacher, xT),
    groundTruth: groundTruthTerm(schedule, student, groundTruth, inverted),
  };
}
