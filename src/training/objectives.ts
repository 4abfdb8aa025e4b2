/**
 * Equations 2–8 of the paper, in the readings of spec §8. A discriminator gives a list of logit maps [B, h, w, 1], one for
 * each head; every head counts alike. All results are scalars.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Schedule } from '../diffusion/schedule.ts';
import type { TrainingConfig } from './config.ts';

export type LogitMaps = readonly tf.Tensor4D[];

/** hinge: as StyleGAN-T and ADD; bce: cross-entropy; literal: eqs. 3 and 5 as they are printed (§8.1). */
export const discriminatorLosses = ['hinge', 'bce', 'literal'] as const;
export type DiscriminatorLoss = (typeof discriminatorLosses)[number];

/** L_denoise (§8.6) and L_distill, eq. 2 (§8.10). */
export function meanSquaredError(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.square(tf.sub(a, b))));
}

function meanOverHeads(maps: LogitMaps, value: (logits: tf.Tensor4D, head: number) => tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const means = maps.map((logits, head) => tf.mean(value(logits, head)));
    return tf.div(tf.addN(means), maps.length);
  });
}

/** Mean over places, then over heads. */
export const meanLogit = (maps: LogitMaps): tf.Scalar => meanOverHeads(maps, (logits) => logits);

/** Where the literal loss, which falls without bound, stops. */
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
export const spread = (pictures: tf.Tensor4D): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.sqrt(tf.moments(pictures, [1, 2]).variance)));

/** (1 − η)² / (κ²η) at the last index: this process's counterpart of ᾱ/(1 − ᾱ) in eqs. 7 and 8 (§8.4). */
export function signalToNoise({ etas, kappa, steps }: Schedule): number {
  const eta = etas[steps - 1] as number;
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
