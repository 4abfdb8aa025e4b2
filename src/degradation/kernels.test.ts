import { describe, expect, it } from 'vitest';
import { besselJ1, type GaussianKernel, makeKernel } from './kernels.ts';
import { gaussianShapes } from './settings.ts';

const kernel = (changes: Partial<GaussianKernel>) =>
  makeKernel({ shape: 'aniso', size: 11, sigma: [2.5, 0.7], theta: 0, beta: 1, ...changes });
const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

/** Second moments about the centre. */
function moments({ size, weights }: { size: number; weights: Float64Array }) {
  let [xx, yy, xy] = [0, 0, 0];
  for (const [i, weight] of weights.entries()) {
    const [x, y] = [(i % size) - (size >> 1), Math.floor(i / size) - (size >> 1)];
    xx += weight * x * x;
    yy += weight * y * y;
    xy += weight * x * y;
  }
  return { xx, yy, xy };
}

describe('Gaussian kernels', () => {
  it('sum to 1, are symmetric about their centre and largest there', () => {
    for (const shape of gaussianShapes) {
      for (const size of [3, 11, 19]) {
        const { weights } = kernel({ shape, size, theta: 0.6, beta: 0.7 });
        expect(sum(weights)).toBeCloseTo(1, 12);
        expect(Math.max(...weights)).toBe(weights[weights.length >> 1]);
        for (const [i, weight] of weights.entries()) {
          expect(weight).toBeCloseTo(weights[weights.length - 1 - i], 14);
        }
      }
    }
  });

  it('have the variance σ² along their axes, x across and y down', () => {
    const { xx, yy, xy } = moments(kernel({ size: 31 }));
    expect(xx).toBeCloseTo(2.5 ** 2, 2);
    expect(yy).toBeCloseTo(0.7 ** 2, 2);
    expect(xy).toBeCloseTo(0, 12);
  });

  it('turn their long axis from x towards y', () => {
    const { xx, yy, xy } = moments(kernel({ size: 31, theta: Math.PI / 4 }));
    expect(xx).toBeCloseTo(yy, 10);
    expect(xy).toBeCloseTo((2.5 ** 2 - 0.7 ** 2) / 2, 2);
  });

  it('are an outer product when isotropic', () => {
    const { line, weights, size } = kernel({ shape: 'iso', sigma: [1.3, 1.3] });
    if (!line) throw new Error('no line');
    for (const [i, weight] of weights.entries()) {
      expect(line[i % size] * line[Math.floor(i / size)]).toBeCloseTo(weight, 14);
    }
  });

  it('stay finite for the smallest and largest σ and β', () => {
    for (const sigma of [0.01, 50]) {
      for (const beta of [0.1, 10]) {
        for (const shape of gaussianShapes) {
          expect(sum(kernel({ shape, sigma: [sigma, sigma], beta, size: 51 }).weights)).toBeCloseTo(1, 10);
        }
      }
    }
  });
});

describe('sinc kernels', () => {
  it('know J₁ (values of torch.special.bessel_j1)', () => {
    const known: [number, number][] = [
      [0, 0],
      [1, 0.4400505857],
      [5, -0.3275791376],
      [10, 0.0434727462],
      [17.5, -0.1634199694],
      [111, -0.0196331702],
    ];
    for (const [x, value] of known) expect(besselJ1(x)).toBeCloseTo(value, 9);
  });

  it('pass low frequencies and stop those above the cut-off', () => {
    const { size, weights } = makeKernel({ shape: 'sinc', size: 41, cutoff: Math.PI / 2 });
    const response = (frequency: number) =>
      weights.reduce((total, weight, i) => total + weight * Math.cos(frequency * ((i % size) - (size >> 1))), 0);
    expect(sum(weights)).toBeCloseTo(1, 12);
    for (const frequency of [0.2, 0.6, 1]) expect(Math.abs(response(frequency) - 1)).toBeLessThan(0.1);
    for (const frequency of [2.2, 2.6, 3.1]) expect(Math.abs(response(frequency))).toBeLessThan(0.1);
  });
});
