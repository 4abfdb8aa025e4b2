/** Gaussians over patch features: of a picture, and of the authors' good photographs. */
import { featureCount } from './features.ts';

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
