/**
 * ResShift's residual-shifting schedule and every table derived from it (§1.2–1.5), in float64. Index i = 0 … T−1
 * stands for the papers' t = i + 1.
 */
import type { DiffusionConfig } from '../presets/architecture.ts';

export interface Schedule {
  readonly steps: number;
  readonly kappa: number;
  /** √η_t, rising to `etas_end`. */
  readonly sqrtEtas: Float64Array;
  readonly etas: Float64Array;
  /** Posterior q(x_{t−1} | x_t, x₀): mean = coef1·x_t + coef2·x₀, and its variance κ²(η_{t−1}/η_t)α_t. */
  readonly posteriorCoef1: Float64Array;
  readonly posteriorCoef2: Float64Array;
  readonly posteriorVariance: Float64Array;
  /** log of the variance, with index 0 (variance 0) clipped to that of index 1. */
  readonly posteriorLogVarianceClipped: Float64Array;
  /** Deterministic step, eq. 1: x_{t−1} = k·x̂₀ + m·x_t + j·y with k + m + j = 1. */
  readonly k: Float64Array;
  readonly m: Float64Array;
  readonly j: Float64Array;
  /** Standard deviation √(κ²η_t + 1) by which the noisy input is divided (§1.5). */
  readonly inputStd: Float64Array;
}

/** @throws when a constant can't make a rising schedule */
export function buildSchedule(config: DiffusionConfig): Schedule {
  const { steps, kappa, power, etas_end, min_noise_level } = config;
  if (!Number.isInteger(steps) || steps < 2)
    throw new Error(`A schedule needs at least 2 steps; ${steps} is not enough.`);
  if (!(kappa > 0 && power > 0 && min_noise_level > 0 && etas_end > 0 && etas_end <= 1)) {
    throw new Error('The schedule needs kappa, power and min_noise_level above 0, and etas_end in (0, 1].');
  }
  const start = Math.min(min_noise_level / kappa, min_noise_level);
  const growth = Math.log(etas_end / start) / (steps - 1);
  const table = (value: (i: number) => number) => Float64Array.from({ length: steps }, (_, i) => value(i));

  const sqrtEtas = table((i) => start * Math.exp(growth * (i / (steps - 1)) ** power * (steps - 1)));
  const etas = sqrtEtas.map((s) => s * s);
  const previous = (i: number) => (i === 0 ? 0 : etas[i - 1]);
  const ratio = table((i) => previous(i) / etas[i]);
  const posteriorVariance = table((i) => kappa ** 2 * ratio[i] * (etas[i] - previous(i)));
  const m = ratio.map(Math.sqrt);
  const j = table((i) => previous(i) - Math.sqrt(previous(i) * etas[i]));
  return {
    steps,
    kappa,
    sqrtEtas,
    etas,
    posteriorCoef1: ratio,
    posteriorCoef2: ratio.map((r) => 1 - r),
    posteriorVariance,
    posteriorLogVarianceClipped: table((i) => Math.log(posteriorVariance[Math.max(1, i)])),
    k: table((i) => 1 - m[i] - j[i]),
    m,
    j,
    inputStd: etas.map((eta) => Math.sqrt(kappa ** 2 * eta + 1)),
  };
}
