/** Fréchet distances against numpy's: covariances by `numpy.cov`, the root's trace from the eigenvalues of their product. */
import { describe, expect, it } from 'vitest';
import { frechetDistance, singularValues } from './frechet.ts';

const vectors = (count: number, length: number, start: number) =>
  Array.from({ length: count }, (_, i) =>
    Float32Array.from({ length }, (_, j) => Math.sin(start + 1.7 * i * i + 2.3 * j + 0.9 * i * j)),
  );

describe('the Fréchet distance', () => {
  it('equals the reference, with more pictures than features and with fewer', () => {
    expect(frechetDistance(vectors(12, 4, 0.3), vectors(9, 4, 1.1))).toBeCloseTo(0.8051533829555142, 6);
    expect(frechetDistance(vectors(5, 7, 0.3), vectors(6, 7, 1.1))).toBeCloseTo(2.911064448642215, 6);
  });

  it('is 0 for equal sets and symmetric', () => {
    const [a, b] = [vectors(6, 9, 0.3), vectors(8, 9, 1.1)];
    expect(frechetDistance(a, a)).toBeCloseTo(0, 9);
    expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 9);
  });

  it('refuses sets that have no spread', () => {
    expect(() => frechetDistance(vectors(1, 3, 0), vectors(4, 3, 0))).toThrow('two pictures');
    expect(() => frechetDistance(vectors(2, 3, 0), vectors(2, 4, 0))).toThrow('different lengths');
  });
});

describe('singular values', () => {
  it('are those of a matrix that is known', () => {
    // Rotations of diag(3, 2), with a column of nothing.
    const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
    const values = singularValues([Float64Array.of(3 * c, 2 * s, 0), Float64Array.of(-3 * s, 2 * c, 0)]);
    expect(values[0]).toBeCloseTo(3, 12);
    expect(values[1]).toBeCloseTo(2, 12);
    expect(singularValues([Float64Array.of(1, 1), Float64Array.of(1, 1)])[1]).toBeCloseTo(0, 12);
  });
});
