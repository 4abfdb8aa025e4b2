/**
 * NIQE's features: luma normalised by its local mean and deviation, patch by patch on two scales, and how its values and
 * the products of its neighbours are spread (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 2013, eqs. 1–8).
 * Maps are kept in float32, as the reference implementation does: whether a flat place is exactly 0 or nearly so decides
 * which side of the Gaussian it counts to.
 *
 * The Gaussian is the asymmetric generalised one that NIQE and BRISQUE fit to a patch by its moments (Lasmar, Stitou, Berthoumieu
 * 2009; Mittal, Moorthy, Bovik, IEEE TIP 2012, eqs. 9–15).
 */
import { type FloatImage, floatImage, type Rgba8 } from '../../image.ts';
import { resize } from '../../resize.ts';
import { niqePatch, studioLuma } from '../planes.ts';

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

const perScale = 18;
/** Values that describe a patch, both scales together. */
export const featureCount = 2 * perScale;

/** Patches across and down. */
export const patchGrid = ({ width, height }: Pick<Rgba8, 'width' | 'height'>) => ({
  columns: Math.floor(width / niqePatch),
  rows: Math.floor(height / niqePatch),
});

/** Filtered along both axes; beyond the border the outermost pixel goes on. @param window of odd length, sum 1 */
function blurred(values: Float32Array, width: number, height: number, window: Float64Array): Float32Array {
  const radius = (window.length - 1) / 2;
  const along = (
    from: ArrayLike<number>,
    to: Float32Array | Float64Array,
    length: number,
    stride: number,
    lines: number,
    lineStride: number,
  ) => {
    for (let line = 0; line < lines; line++) {
      const start = line * lineStride;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k));
          sum += window[k + radius] * from[start + at * stride];
        }
        to[start + i * stride] = sum;
      }
    }
    return to;
  };
  const rows = along(values, new Float64Array(values.length), width, 1, height, width);
  return along(rows, new Float32Array(values.length), height, width, width, 1) as Float32Array;
}

/** (I − μ) / (σ + 1): eq. 1. */
function normalised({ width, height, data }: FloatImage, window: Float64Array): Float32Array {
  const mean = blurred(data, width, height, window);
  const squares = blurred(
    data.map((value) => value * value),
    width,
    height,
    window,
  );
  return data.map((value, i) => {
    const mu = mean[i];
    const sigma = Math.fround(Math.sqrt(Math.abs(squares[i] - Math.fround(mu * mu))));
    return (value - mu) / (sigma + 1);
  });
}

/** Neighbours to the left, above, and on both diagonals; a patch's edges meet, as in the authors' program. */
const shifts = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
] as const;

/** NaN where a patch has no structure to fit. */
function describePatch(patch: Float32Array, side: number): number[] {
  const whole = fitGaussian(patch);
  const features = [whole.shape, (whole.left + whole.right) / 2];
  for (const [dx, dy] of shifts) {
    const products = patch.map((value, i) => {
      const [x, y] = [((i % side) - dx + side) % side, (Math.floor(i / side) - dy + side) % side];
      return value * patch[y * side + x];
    });
    const fit = fitGaussian(products);
    features.push(fit.shape, fit.mean, fit.left, fit.right);
  }
  return features;
}

const cut = (values: Float32Array, width: number, x: number, y: number, side: number) =>
  Float32Array.from({ length: side * side }, (_, i) => values[(y + Math.floor(i / side)) * width + x + (i % side)]);

/** Luma in 16 … 235, rounded, cut to whole patches from the top left. */
function lumaImage({ width, data }: Rgba8, across: number, down: number): FloatImage {
  const image = floatImage(across, down, 1);
  for (let i = 0; i < across * down; i++) {
    image.data[i] = Math.round(studioLuma(data, (Math.floor(i / across) * width + (i % across)) * 4));
  }
  return image;
}

/**
 * The patches of a picture, row by row, without those at the right and below that are not whole. Alpha is ignored.
 * @param window the Gaussian that local means are taken with, sum 1
 * @returns `featureCount` values a patch; NaN where it has no structure
 */
export function patchFeatures(picture: Rgba8, window: Float64Array): number[][] {
  const { columns, rows } = patchGrid(picture);
  if (columns === 0 || rows === 0) return [];
  const full = lumaImage(picture, columns * niqePatch, rows * niqePatch);
  const half = resize(full, full.width / 2, full.height / 2, 'matlab-bicubic');
  const [fine, coarse] = [normalised(full, window), normalised(half, window)];
  return Array.from({ length: rows * columns }, (_, i) => {
    const [x, y] = [(i % columns) * niqePatch, Math.floor(i / columns) * niqePatch];
    return [
      ...describePatch(cut(fine, full.width, x, y, niqePatch), niqePatch),
      ...describePatch(cut(coarse, half.width, x / 2, y / 2, niqePatch / 2), niqePatch / 2),
    ];
  });
}
