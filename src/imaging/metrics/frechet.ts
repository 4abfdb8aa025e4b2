/**
 * Fréchet distance between two sets of feature vectors, each taken as a Gaussian (Heusel et al., NeurIPS 2017, eq. 6):
 * ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½. With Inception's features it is FID.
 */
import { singularValues } from './singular-values.ts';

interface Centred {
  readonly mean: Float64Array;
  /** A row a vector, its mean taken off. */
  readonly rows: readonly Float64Array[];
  /** tr Σ. */
  readonly trace: number;
}

function centre(vectors: readonly Float32Array[], length: number): Centred {
  const mean = new Float64Array(length);
  for (const vector of vectors) for (let i = 0; i < length; i++) mean[i] += vector[i] / vectors.length;
  const rows = vectors.map((vector) => Float64Array.from(vector, (value, i) => value - mean[i]));
  const squares = rows.reduce((sum, row) => sum + dot(row, row), 0);
  return { mean, rows, trace: squares / (vectors.length - 1) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * No covariance is ever formed: with the centred vectors as rows of A and B the eigenvalues of Σ₁Σ₂ are the squared singular
 * values of ABᵀ over (n − 1)(m − 1), so the root's trace is their sum, and a few pictures need a few rows however long the
 * vectors are. With fewer pictures than features the distance is biased upwards, as FID is.
 * @throws RangeError for less than two vectors a set, or vectors of different lengths
 */
export function frechetDistance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const length = a[0]?.length ?? 0;
  if (a.length < 2 || b.length < 2) throw new RangeError('A Fréchet distance takes two pictures of each set at least.');
  if ([...a, ...b].some((vector) => vector.length !== length))
    throw new RangeError('The feature vectors have different lengths.');
  const [first, second] = [centre(a, length), centre(b, length)];
  const products = first.rows.map((row) => Float64Array.from(second.rows, (other) => dot(row, other)));
  const root = singularValues(products).reduce((sum, value) => sum + value, 0);
  const difference = first.mean.map((value, i) => value - second.mean[i]);
  const degrees = Math.sqrt((a.length - 1) * (b.length - 1));
  return Math.max(0, dot(difference, difference) + first.trace + second.trace - (2 * root) / degrees);
}
