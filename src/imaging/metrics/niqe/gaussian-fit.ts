/**
 * The asymmetric generalised Gaussian that NIQE and BRISQUE fit to a patch by its moments (Lasmar, Stitou, Berthoumieu
 * 2009; Mittal, Moorthy, Bovik, IEEE TIP 2012, eqs. 9–15).
 */

/** Lanczos's approximation, g = 7: relative error below 1e-14 where it is used here, x > 0. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** log Γ(x), x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x - 1 + 7.5;
  const sum = lanczos.reduce((total, c, i) => (i === 0 ? c : total + c / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Shapes α that are tried, as the authors' program does: 0.2, 0.201, … 10. */
const [smallest, step, count] = [0.2, 0.001, 9801];
const shape = (i: number) => smallest + step * i;

/** ρ(α) = Γ(2/α)² / (Γ(1/α) Γ(3/α)); it rises with α. */
const ratios = Float64Array.from({ length: count }, (_, i) => {
  const a = shape(i);
  return Math.exp(2 * logGamma(2 / a) - logGamma(1 / a) - logGamma(3 / a));
});

/** The α whose ρ is nearest; the smallest for no number, as the minimum of none is the first. */
function shapeOf(ratio: number): number {
  if (Number.isNaN(ratio)) return shape(0);
  let [low, high] = [0, count - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ratios[middle] < ratio) low = middle;
    else high = middle;
  }
  return shape(ratio - ratios[low] < ratios[high] - ratio ? low : high);
}

export interface GaussianFit {
  /** α: 2 for a Gaussian, 1 for a Laplacian. */
  readonly shape: number;
  /** β_l and β_r. */
  readonly left: number;
  readonly right: number;
  /** η = (β_r − β_l) Γ(2/α) / Γ(1/α). */
  readonly mean: number;
}

/** Of values without negative ones, or without positive ones, that side's width and the mean are NaN, and α is the smallest. */
export function fitGaussian(values: Float32Array): GaussianFit {
  let [sumLeft, sumRight, left, right, absolute] = [0, 0, 0, 0, 0];
  for (const value of values) {
    absolute += Math.abs(value);
    if (value < 0) {
      sumLeft += value * value;
      left++;
    } else if (value > 0) {
      sumRight += value * value;
      right++;
    }
  }
  const [sigmaLeft, sigmaRight] = [Math.sqrt(sumLeft / left), Math.sqrt(sumRight / right)];
  const gamma = sigmaLeft / sigmaRight;
  const ratio = (absolute / values.length) ** 2 / ((sumLeft + sumRight) / values.length);
  const alpha = shapeOf((ratio * (gamma ** 3 + 1) * (gamma + 1)) / (gamma ** 2 + 1) ** 2);
  const [one, two, three] = [logGamma(1 / alpha), logGamma(2 / alpha), logGamma(3 / alpha)];
  const beta = Math.exp((one - three) / 2);
  const [betaLeft, betaRight] = [sigmaLeft * beta, sigmaRight * beta];
  return { shape: alpha, left: betaLeft, right: betaRight, mean: (betaRight - betaLeft) * Math.exp(two - one) };
}
