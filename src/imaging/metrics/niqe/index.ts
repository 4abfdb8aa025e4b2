/**
 * NIQE (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 2013) as BasicSR computes it: how far the statistics of a
 * picture's patches are from those of good photographs. It needs no truth and no judgements of people. Smaller is better.
 */
import type { Rgba8 } from '../../image.ts';
import { featureCount, patchFeatures, patchGrid } from './features.ts';

/** A Gaussian over patch features: of a picture, or of the authors' good photographs. */
export interface FeatureModel {
  readonly mean: Float64Array;
  /** Row-major, featureCount². */
  readonly covariance: Float64Array;
}

/** Of the rows that have a number there. */
const meanOf = (rows: readonly (readonly number[])[], i: number) => {
  const values = rows.map((row) => row[i]).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};

/**
 * The mean of each feature over the patches that have it, the covariance (n − 1) over those that have all.
 * @returns null for less than two of the latter, which have no covariance
 */
export function modelOf(rows: readonly (readonly number[])[]): FeatureModel | null {
  const whole = rows.filter((row) => !row.some(Number.isNaN));
  if (whole.length < 2) return null;
  const centre = Float64Array.from({ length: featureCount }, (_, i) => meanOf(whole, i));
  const covariance = new Float64Array(featureCount ** 2);
  for (const row of whole) {
    for (let i = 0; i < featureCount; i++) {
      const deviation = (row[i] - centre[i]) / (whole.length - 1);
      for (let j = 0; j < featureCount; j++) {
        covariance[i * featureCount + j] += deviation * (row[j] - centre[j]);
      }
    }
  }
  return { mean: Float64Array.from({ length: featureCount }, (_, i) => meanOf(rows, i)), covariance };
}

/** xᵀ A⁻¹ x for a symmetric positive definite A, by Cholesky. @throws RangeError when A is not */
export function inverseForm(matrix: Float64Array, x: Float64Array): number {
  const n = x.length;
  const lower = new Float64Array(n * n);
  const solved = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j];
      for (let k = 0; k < j; k++) rest -= lower[i * n + k] * lower[j * n + k];
      if (i === j && !(rest > 0)) throw new RangeError('The covariance is not positive definite.');
      lower[i * n + j] = i === j ? Math.sqrt(rest) : rest / lower[j * n + j];
    }
    let rest = x[i];
    for (let k = 0; k < i; k++) rest -= lower[i * n + k] * solved[k];
    solved[i] = rest / lower[i * n + i];
    sum += solved[i] ** 2;
  }
  return sum;
}

/**
 * √((μ₁ − μ₂)ᵀ ((Σ₁ + Σ₂) / 2)⁺ (μ₁ − μ₂)), eq. 10. The authors' covariance is positive definite (condition number 1.6e5), so
 * half its sum with another is too, and its pseudo-inverse is its inverse.
 */
export function modelDistance(a: FeatureModel, b: FeatureModel): number {
  const difference = a.mean.map((value, i) => value - b.mean[i]);
  const pooled = a.covariance.map((value, i) => (value + b.covariance[i]) / 2);
  return Math.sqrt(inverseForm(pooled, difference));
}

/** The authors' model of good photographs, and the window it was made with. */
export interface NiqeModel extends FeatureModel {
  /** Of one axis, sum 1. */
  readonly window: Float64Array;
}

/** Shapes of the arrays that the model is made from. */
export const niqeShapes: ReadonlyMap<string, readonly number[]> = new Map([
  ['mean', [featureCount]],
  ['covariance', [featureCount, featureCount]],
  ['window', [7, 7]],
]);

/** @param window 7 × 7, a product of two equal ones: those of its axes */
export function niqeModel(mean: Float32Array, covariance: Float32Array, window: Float32Array): NiqeModel {
  const side = Math.sqrt(window.length);
  const sums = Float64Array.from({ length: side }, (_, row) =>
    window.subarray(row * side, (row + 1) * side).reduce((sum, value) => sum + value, 0),
  );
  const total = sums.reduce((sum, value) => sum + value, 0);
  return {
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance),
    window: sums.map((value) => value / total),
  };
}

/** Whether a picture is large enough. */
function niqeFits(picture: Pick<Rgba8, 'width' | 'height'>): boolean {
  const { columns, rows } = patchGrid(picture);
  return columns * rows >= 2;
}

/** Null for pictures that are too small, or flat but for one patch. Alpha is ignored, no border left out. */
export function niqe(picture: Rgba8, good: NiqeModel): number | null {
  const found = niqeFits(picture) ? modelOf(patchFeatures(picture, good.window)) : null;
  return found && modelDistance(found, good);
}
