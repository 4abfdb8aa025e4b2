/** Least squares of one picture's values on the 3×3 neighbourhoods of another's. */
import type { FloatImage } from '../imaging/image.ts';
import type { LinearMap } from './linear-start.ts';

/** Keeps what the pictures leave open near zero, as a share of the number of places. */
const ridge = 1e-4;

/** Solves A·x = b for several b by Cholesky decomposition; A [n, n] positive definite, B [n, m], both overwritten; B becomes x. */
function solve(a: Float64Array, b: Float64Array, n: number, m: number): void {
  const at = (row: number, column: number) => a[row * n + column] as number;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  for (let c = 0; c < m; c++) {
    for (let i = 0; i < n; i++) {
      let sum = b[i * m + c] as number;
      for (let k = 0; k < i; k++) sum -= at(i, k) * (b[k * m + c] as number);
      b[i * m + c] = sum / at(i, i);
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[i * m + c] as number;
      for (let k = i + 1; k < n; k++) sum -= at(k, i) * (b[k * m + c] as number);
      b[i * m + c] = sum / at(i, i);
    }
  }
}

/** @param pairs pictures of equal size; inner places count */
export function linearFit(pairs: readonly (readonly [input: FloatImage, target: FloatImage])[]): LinearMap {
  const [first] = pairs;
  if (!first) throw new Error('There is nothing to fit a linear map to.');
  const [inputs, outputs] = [first[0].channels, first[1].channels];
  const n = inputs * 9 + 1;
  const [gram, moment] = [new Float64Array(n * n), new Float64Array(n * outputs)];
  const patch = new Float64Array(n).fill(1);
  let places = 0;
  for (const [input, target] of pairs) {
    const { width, height } = input;
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        for (let c = 0, to = 0; c < inputs; c++) {
          for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++)
              patch[to++] = input.data[((y + dy) * width + x + dx) * inputs + c] as number;
          }
        }
        for (let i = 0; i < n; i++) {
          const value = patch[i] as number;
          for (let j = 0; j <= i; j++) gram[i * n + j] = (gram[i * n + j] as number) + value * (patch[j] as number);
          for (let c = 0; c < outputs; c++) {
            const wanted = target.data[(y * width + x) * outputs + c] as number;
            moment[i * outputs + c] = (moment[i * outputs + c] as number) + value * wanted;
          }
        }
        places++;
      }
    }
  }
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) + ridge * places;
  solve(gram, moment, n, outputs);
  const weight = new Float32Array(outputs * inputs * 9);
  for (let c = 0; c < outputs; c++) {
    for (let i = 0; i < n - 1; i++) weight[c * (n - 1) + i] = moment[i * outputs + c] as number;
  }
  const bias = Float32Array.from({ length: outputs }, (_, c) => moment[(n - 1) * outputs + c] as number);
  return { weight, bias, inputs, outputs };
}
