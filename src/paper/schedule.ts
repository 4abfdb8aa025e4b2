/**
 * ResShift's residual-shifting schedule and every table derived from it (§1.2–1.5), in float64. Index i = 0 … T−1
 * stands for the papers' t = i + 1. A respaced schedule keeps some of the indices; the network is told the old ones.
 */
import type { DiffusionConfig } from '../presets/architecture.ts';

export interface Schedule {
  readonly steps: number;
  readonly kappa: number;
  /** The time that the network is told at each index: the index itself where the schedule is not respaced. */
  readonly times: readonly number[];
  /** √η_t, rising to `etas_end`. */
  readonly sqrtEtas: Float64Array;
  readonly etas: Float64Array;
  /** Posterior q(x_{t−1} | x_t, x₀): mean = coef1·x_t + coef2·x₀, and its variance κ²(η_{t−1}/η_t)α_t. */
  readonly posteriorCoef1: Float64Array;
  readonly posteriorCoef2: Float64Array;
  readonly posteriorVariance: Float64Array;
  /** log of the variance, with index 0 (variance 0) clipped to that of index 1; −∞ where that is the only one. */
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
  const times = Array.from({ length: steps }, (_, i) => i);
  const sqrtEta = (i: number) => start * Math.exp(growth * (i / (steps - 1)) ** power * (steps - 1));
  return tablesOf(kappa, times, Float64Array.from(times, sqrtEta));
}

/**
 * The schedule on `count` of its indices, evenly spaced, the last one among them: every prior sample is x_T's still.
 * @throws one sentence when it has not as many
 */
export function respaced({ steps, kappa, times, sqrtEtas }: Schedule, count: number): Schedule {
  if (!Number.isInteger(count) || count < 1 || count > steps) {
    throw new Error(`The teacher has ${steps} steps: it can be sampled in 1 to ${steps}, not in ${count}.`);
  }
  const kept = Array.from({ length: count }, (_, i) => Math.round(((i + 1) * steps) / count) - 1);
  return tablesOf(
    kappa,
    kept.map((i) => times[i]),
    Float64Array.from(kept, (i) => sqrtEtas[i]),
  );
}

function tablesOf(kappa: number, times: readonly number[], sqrtEtas: Float64Array): Schedule {
  const steps = times.length;
  const table = (value: (i: number) => number) => Float64Array.from({ length: steps }, (_, i) => value(i));
  const etas = sqrtEtas.map((s) => s * s);
  const previous = (i: number) => (i === 0 ? 0 : etas[i - 1]);
  const ratio = table((i) => previous(i) / etas[i]);
  const posteriorVariance = table((i) => kappa ** 2 * ratio[i] * (etas[i] - previous(i)));
  const m = ratio.map(Math.sqrt);
  const j = table((i) => previous(i) - Math.sqrt(previous(i) * etas[i]));
  return {
    steps,
    kappa,
    times,
    sqrtEtas,
    etas,
    posteriorCoef1: ratio,
    posteriorCoef2: ratio.map((r) => 1 - r),
    posteriorVariance,
    posteriorLogVarianceClipped: table((i) => Math.log(posteriorVariance[Math.max(Math.min(1, steps - 1), i)])),
    k: table((i) => 1 - m[i] - j[i]),
    m,
    j,
    inputStd: etas.map((eta) => Math.sqrt(kappa ** 2 * eta + 1)),
  };
}
