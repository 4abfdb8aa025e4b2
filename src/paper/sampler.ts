/**
 * The forward process and the three ways back from x_T (§1.3–1.5): ResShift's ancestral chain, SinSR's deterministic
 * chain (eq. 1) and the single step. All tensors are latents [B, H, W, C]; y stands for z_y, the encoded LR image.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Schedule } from './schedule.ts';

/** x̂₀ from the scaled noisy latent at index i. */
export type Denoiser = (scaled: tf.Tensor4D, index: number) => tf.Tensor4D;

/** Called after each step with x_{t−1} and x̂₀, which live only during the call. */
export type StepHook = (index: number, x: tf.Tensor4D, x0: tf.Tensor4D) => void;

const at = (table: Float64Array, index: number): number => {
  const value = table[index];
  if (value === undefined) throw new RangeError(`Index ${index} is outside the schedule of ${table.length} steps.`);
  return value;
};

/** x_t = x₀ + η_t(y − x₀) + κ√η_t ε. */
export function qSample(
  schedule: Schedule,
  x0: tf.Tensor4D,
  y: tf.Tensor4D,
  index: number,
  noise: tf.Tensor4D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const shifted = tf.add(x0, tf.mul(tf.sub(y, x0), at(schedule.etas, index)));
    return tf.add(shifted, tf.mul(noise, schedule.kappa * at(schedule.sqrtEtas, index)));
  });
}

/** x_T = y + κ√η_T ε. */
export function priorSample(schedule: Schedule, y: tf.Tensor4D, noise: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.add(y, tf.mul(noise, schedule.kappa * at(schedule.sqrtEtas, schedule.steps - 1))));
}

/** x_t / √(κ²η_t + 1). */
export function scaleInput(schedule: Schedule, x: tf.Tensor4D, index: number): tf.Tensor4D {
  return tf.div(x, at(schedule.inputStd, index));
}

/** x̂₀ from x_T in one evaluation at the last index. */
export function oneStep(schedule: Schedule, denoise: Denoiser, xT: tf.Tensor4D): tf.Tensor4D {
  const last = schedule.steps - 1;
  return tf.tidy(() => denoise(scaleInput(schedule, xT, last), last));
}

/** All steps from x_T down; `step` gives x_{t−1}. At most two latents are alive between steps. */
function chain(
  schedule: Schedule,
  denoise: Denoiser,
  xT: tf.Tensor4D,
  step: (index: number, x: tf.Tensor4D, x0: tf.Tensor4D) => tf.Tensor4D,
  hook?: StepHook,
): tf.Tensor4D {
  let x = tf.clone(xT);
  for (let index = schedule.steps - 1; index >= 0; index--) {
    const next = tf.tidy(() => {
      const x0 = denoise(scaleInput(schedule, x, index), index);
      const stepped = step(index, x, x0);
      hook?.(index, stepped, x0);
      return stepped;
    });
    x.dispose();
    x = next;
  }
  return x;
}

/** Eq. 1, T evaluations, no randomness after x_T. */
export function deterministicChain(
  schedule: Schedule,
  denoise: Denoiser,
  xT: tf.Tensor4D,
  y: tf.Tensor4D,
  hook?: StepHook,
): tf.Tensor4D {
  const { k, m, j } = schedule;
  return chain(
    schedule,
    denoise,
    xT,
    (index, x, x0) => tf.add(tf.add(tf.mul(x0, at(k, index)), tf.mul(x, at(m, index))), tf.mul(y, at(j, index))),
    hook,
  );
}

/** ResShift's sampler: posterior mean plus fresh noise at every index but 0. @param noise standard normals for an index, shape of x_T */
export function ancestralChain(
  schedule: Schedule,
  denoise: Denoiser,
  xT: tf.Tensor4D,
  noise: (index: number) => tf.Tensor4D,
  hook?: StepHook,
): tf.Tensor4D {
  return chain(
    schedule,
    denoise,
    xT,
    (index, x, x0) => {
      const mean = tf.add(
        tf.mul(x, at(schedule.posteriorCoef1, index)),
        tf.mul(x0, at(schedule.posteriorCoef2, index)),
      );
      if (index === 0) return mean as tf.Tensor4D;
      return tf.add(mean, tf.mul(noise(index), Math.exp(0.5 * at(schedule.posteriorLogVarianceClipped, index))));
    },
    hook,
  );
}
