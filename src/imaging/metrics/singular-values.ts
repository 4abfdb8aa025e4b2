/** Singular values by one-sided Jacobi rotations (Hestenes 1958): short, and exact for small values too. */

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
