/**
 * Equations 2–8 of the paper, in the readings of §8. A discriminator gives a list of logit maps [B, h, w, 1], one for
 * each head; every head counts alike. All results are scalars.
 */
import * as tf from '@tensorflow/tfjs-core';
import { upsampleNearest2 } from '../gpu/ops/upsample/index.ts';
import type { TrainingConfig } from './config.ts';
import { scaleInput } from './sampler.ts';
import type { Schedule } from './schedule.ts';

export type LogitMaps = readonly tf.Tensor4D[];

/** hinge: as StyleGAN-T and ADD; bce: cross-entropy; literal: eqs. 3 and 5 as they are printed (§8.1). */
export const discriminatorLosses = ['hinge', 'bce', 'literal'] as const;
export type DiscriminatorLoss = (typeof discriminatorLosses)[number];

const meanSquaredError = (a: tf.Tensor, b: tf.Tensor, weights: tf.Tensor | null = null): tf.Scalar =>
  tf.tidy(() => {
    const squares = tf.square(tf.sub(a, b));
    return tf.mean(weights ? tf.mul(squares, weights) : squares);
  });

/** L_denoise (§8.6): of x̂ against z₀, and of ŷ against y. Tensors of one shape. @param weights of the pictures [B, 1, 1, 1]; null: all 1 */
export const denoiseObjective = (output: tf.Tensor, truth: tf.Tensor, weights: tf.Tensor4D | null = null): tf.Scalar =>
  meanSquaredError(output, truth, weights);

/** L_distill, eq. 2 (§8.10): of x̂ against the teacher's sample from the same x_T. Tensors of one shape. */
export const distillObjective = (output: tf.Tensor, target: tf.Tensor): tf.Scalar => meanSquaredError(output, target);

function meanOverHeads(maps: LogitMaps, value: (logits: tf.Tensor4D, head: number) => tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const means = maps.map((logits, head) => tf.mean(value(logits, head)));
    return tf.div(tf.addN(means), maps.length);
  });
}

/** Mean over places, then over heads. */
export const meanLogit = (maps: LogitMaps): tf.Scalar => meanOverHeads(maps, (logits) => logits);

/** Lower bound of the literal loss, which otherwise diverges. */
const floor = -20;

const perPlace: Readonly<Record<DiscriminatorLoss, (logits: tf.Tensor, isReal: boolean) => tf.Tensor>> = {
  /** relu(1 − D(real)) + relu(1 + D(fake)) */
  hinge: (logits, isReal) => tf.relu(isReal ? tf.sub(1, logits) : tf.add(1, logits)),
  /** −log σ(D(real)) − log(1 − σ(D(fake))) */
  bce: (logits, isReal) => tf.softplus(isReal ? tf.neg(logits) : logits),
  /** log(1 − σ(D(real))) + log σ(D(fake)), clamped */
  literal: (logits, isReal) => tf.maximum(tf.neg(tf.softplus(isReal ? logits : tf.neg(logits))), floor),
};

/** L_D, eqs. 3 and 5. */
export function discriminatorObjective(loss: DiscriminatorLoss, real: LogitMaps, fake: LogitMaps): tf.Scalar {
  const of = perPlace[loss];
  return tf.tidy(() =>
    tf.add(
      meanOverHeads(real, (logits) => of(logits, true)),
      meanOverHeads(fake, (logits) => of(logits, false)),
    ),
  );
}

/** 1 − D(fake), eqs. 4 and 6: D is the logit itself with the hinge loss, elsewhere the probability σ(logit) (§8.2). */
export function generatorObjective(loss: DiscriminatorLoss, fake: LogitMaps): tf.Scalar {
  const of = (logits: tf.Tensor) => (loss === 'hinge' ? logits : tf.sigmoid(logits));
  return tf.tidy(() => tf.sub(1, meanOverHeads(fake, of)));
}

/**
 * VQGAN's adaptive weight: makes an adversarial gradient `share` times as long as the reconstruction's.
 * @param reconstruction, adversarial norms of the gradients
 * @returns a scalar in [0, 1e4]
 */
export function adaptiveWeight(share: number, reconstruction: tf.Scalar, adversarial: tf.Scalar): tf.Scalar {
  return tf.tidy(() => tf.minimum(tf.div(tf.mul(reconstruction, share), tf.maximum(adversarial, 1e-12)), 1e4));
}

/** [−1, 1] in 8 bit; the gradient passes as if nothing were rounded or clamped. */
export function quantised(x: tf.Tensor4D): tf.Tensor4D {
  const round = tf.customGrad((t) => {
    const levels = tf.round(tf.mul(tf.add(tf.clipByValue(t as tf.Tensor, -1, 1), 1), 127.5));
    return { value: tf.sub(tf.div(levels, 127.5), 1), gradFunc: (dy) => tf.clone(dy) };
  });
  return tf.tidy(() => round(x) as tf.Tensor4D);
}

/** Standard deviation over the places of each channel, mean of all: near 0 where a network puts out one colour. */
export const pixelStd = (pictures: tf.Tensor4D): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.sqrt(tf.moments(pictures, [1, 2]).variance)));

/** (1 − η)² / (κ²η) at the last index: this process's counterpart of ᾱ/(1 − ᾱ) in eqs. 7 and 8 (§8.4). */
export function signalToNoise({ etas, kappa, steps }: Schedule): number {
  const eta = etas[steps - 1];
  return (1 - eta) ** 2 / (kappa ** 2 * eta);
}

/** The factor before eqs. 7 and 8 in three readings (§8.4): that of L_denoise, and that of all other terms. */
export function factorsOf(
  mode: TrainingConfig['weightMode'],
  schedule: Schedule,
): { readonly denoise: number; readonly others: number } {
  const factor = mode === 'none' ? 1 : signalToNoise(schedule);
  return { denoise: mode === 'snr' ? factor : 1, others: factor };
}

/** The gradient of one loss term by a network's output. */
export interface TermGradient<Name extends string> {
  readonly name: Name;
  readonly value: tf.Scalar;
  /** ∂value/∂output, without the weight, and its norm. */
  readonly gradient: tf.Tensor4D;
  readonly norm: tf.Scalar;
  readonly weight: tf.Scalar;
}

const normOf = (t: tf.Tensor): tf.Scalar => tf.tidy(() => tf.sqrt(tf.sum(tf.square(t))));

export function termGradient<Name extends string>(
  name: Name,
  weight: number,
  value: (output: tf.Tensor4D) => tf.Scalar,
  output: tf.Tensor4D,
): TermGradient<Name> {
  const found = tf.valueAndGrad((at: tf.Tensor) => value(at as tf.Tensor4D))(output);
  const gradient = found.grad as tf.Tensor4D;
  return { name, value: found.value as tf.Scalar, gradient, norm: normOf(gradient), weight: tf.scalar(weight) };
}

/** Σ weight · gradient. @param output gives the shape where there is no term */
export const totalGradient = <Name extends string>(
  terms: readonly TermGradient<Name>[],
  output: tf.Tensor4D,
): tf.Tensor4D =>
  tf.tidy(
    () =>
      tf.addN([tf.zerosLike(output), ...terms.map(({ gradient, weight }) => tf.mul(gradient, weight))]) as tf.Tensor4D,
  );

/**
 * The same terms with adaptive weights: those with a share are made that many times as long as the reconstruction terms,
 * as weighted, are together.
 */
export function adaptivelyWeighted<Name extends string>(
  terms: readonly TermGradient<Name>[],
  reconstruction: readonly Name[],
  shares: Readonly<Partial<Record<Name, number>>>,
  output: tf.Tensor4D,
): TermGradient<Name>[] {
  const whole = tf.tidy(() =>
    normOf(
      totalGradient(
        terms.filter(({ name }) => reconstruction.includes(name)),
        output,
      ),
    ),
  );
  return terms.map((term) => {
    const share = shares[term.name];
    return share === undefined ? term : { ...term, weight: adaptiveWeight(share, whole, term.norm) };
  });
}

/** Σ weight · value, one by one: all at once they may be more than a GPU's program takes. */
export const weightedSum = (terms: readonly { readonly value: tf.Scalar; readonly weight: tf.Scalar }[]): tf.Scalar =>
  tf.tidy(() => terms.reduce<tf.Scalar>((sum, { value, weight }) => tf.add(sum, tf.mul(value, weight)), tf.scalar(0)));

/** SinSR's student f(·, t) (§4.1): the time index tells the direction, T−1 to the image and 0 back to the noise. */
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

/** Latents a side of a block whose mean is no detail. */
const detailBlock = 4;

/**
 * Detail of a latent: all but its blocks' means, in which the terms of D_H's window have no say (§8.33).
 * @param latent [B, H, W, C], H and W multiples of 4
 */
export const detail = (latent: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() =>
    tf.sub(latent, upsampleNearest2(upsampleNearest2(tf.avgPool(latent, detailBlock, detailBlock, 'valid')))),
  );

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
