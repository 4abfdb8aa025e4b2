/**
 * Fréchet distance between two sets of feature vectors, each taken as a Gaussian (Heusel et al., NeurIPS 2017, eq. 6):
 * ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½. With Inception's features it is FID. The
 * trace of the root takes singular values, here by one-sided Jacobi rotations (Hestenes 1958): short, and exact for small
 * values too.
 */

/** Rotations below this cosine between two rows change nothing any more. */
const tolerance = 1e-14;
const mostSweeps = 60;
/** Of all squares: a row with less is rounding, and has no direction to turn. */
const negligible = 1e-30;

const squares = (row: Float64Array) => row.reduce((sum, value) => sum + value * value, 0);

/** @param matrix rows of equal length @returns a value a row, largest first; those beyond the rank are zero */
export function singularValues(matrix: readonly Float64Array[]): number[] {
  const rows = matrix.map((row) => row.slice());
  const nothing = negligible * rows.reduce((sum, row) => sum + squares(row), 0);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let turned = false;
    for (let p = 0; p < rows.length; p++) {
      for (let q = p + 1; q < rows.length; q++) turned = orthogonalise(rows[p], rows[q], nothing) || turned;
    }
    if (!turned) break;
  }
  return rows.map((row) => Math.sqrt(squares(row))).sort((a, b) => b - a);
}

/** Turns two rows in their plane until they are orthogonal. False when they are. */
function orthogonalise(a: Float64Array, b: Float64Array, nothing: number): boolean {
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  if (aa <= nothing || bb <= nothing || Math.abs(ab) <= tolerance * Math.sqrt(aa * bb)) return false;
  const zeta = (bb - aa) / (2 * ab);
  const tangent = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
  return true;
}

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
