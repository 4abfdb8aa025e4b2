/** Gaussians over patch features: of a picture, and of many good ones. */
import { featureCount, type PatchFeatures } from './features.ts';

export interface FeatureModel {
  readonly mean: Float64Array;
  /** Row-major, featureCount². */
  readonly covariance: Float64Array;
}

/** @param rows of at least one patch; the covariance of a single one is zero */
export function modelOf(rows: readonly (readonly number[])[]): FeatureModel {
  const mean = new Float64Array(featureCount);
  for (const row of rows) for (let i = 0; i < featureCount; i++) mean[i] += (row[i] as number) / rows.length;
  const covariance = new Float64Array(featureCount ** 2);
  if (rows.length === 1) return { mean, covariance };
  for (const row of rows) {
    for (let i = 0; i < featureCount; i++) {
      const deviation = ((row[i] as number) - (mean[i] as number)) / (rows.length - 1);
      for (let j = 0; j < featureCount; j++) {
        covariance[i * featureCount + j] += deviation * ((row[j] as number) - (mean[j] as number));
      }
    }
  }
  return { mean, covariance };
}

/** A patch counts for the model of good pictures when it is this sharp, of the sharpest patch of its picture. */
const sharpEnough = 0.75;

/** The patches of a good picture that its model is made from: what is out of focus says nothing about how pictures look. */
export function sharpPatches(patches: readonly PatchFeatures[]): readonly number[][] {
  const most = patches.reduce((largest, { sharpness }) => Math.max(largest, sharpness), 0);
  return patches.filter(({ sharpness }) => sharpness > sharpEnough * most).map(({ features }) => [...features]);
}

/** xᵀ A⁻¹ x for a symmetric positive definite A, by Cholesky. @throws RangeError when A is not */
export function inverseForm(matrix: Float64Array, x: Float64Array): number {
  const n = x.length;
  const lower = new Float64Array(n * n);
  const solved = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j] as number;
      for (let k = 0; k < j; k++) rest -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      if (i === j && !(rest > 0)) throw new RangeError('The covariance is not positive definite.');
      lower[i * n + j] = i === j ? Math.sqrt(rest) : rest / (lower[j * n + j] as number);
    }
    let rest = x[i] as number;
    for (let k = 0; k < i; k++) rest -= (lower[i * n + k] as number) * (solved[k] as number);
    solved[i] = rest / (lower[i * n + i] as number);
    sum += (solved[i] as number) ** 2;
  }
  return sum;
}

/** √((μ₁ − μ₂)ᵀ ((Σ₁ + Σ₂) / 2)⁻¹ (μ₁ − μ₂)): NIQE's distance. */
export function modelDistance(a: FeatureModel, b: FeatureModel): number {
  const difference = a.mean.map((value, i) => value - (b.mean[i] as number));
  const pooled = a.covariance.map((value, i) => (value + (b.covariance[i] as number)) / 2);
  return Math.sqrt(inverseForm(pooled, difference));
}

/** How a model is kept: the covariance's rows up to the diagonal, one after the other. */
export interface StoredModel {
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
  /** What it was made from. */
  readonly pictures: number;
  readonly patches: number;
}

export function storeModel({ mean, covariance }: FeatureModel, pictures: number, patches: number): StoredModel {
  const lower = [...covariance].filter((_, i) => i % featureCount <= Math.floor(i / featureCount));
  const rounded = (value: number) => Number(value.toPrecision(8));
  return { pictures, patches, mean: [...mean].map(rounded), covariance: lower.map(rounded) };
}

export function restoreModel({ mean, covariance }: StoredModel): FeatureModel {
  const full = Float64Array.from({ length: featureCount ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / featureCount), i % featureCount];
    const [larger, smaller] = [Math.max(row, column), Math.min(row, column)];
    return covariance[(larger * (larger + 1)) / 2 + smaller] as number;
  });
  return { mean: Float64Array.from(mean), covariance: full };
}
