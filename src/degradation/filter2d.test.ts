import { describe, expect, it } from 'vitest';
import { largestDifference, noiseImage, paint } from '../../tests/support/test-images.ts';
import { reflectIndex } from '../imaging/image.ts';
import { filter2d, makeKernel } from './kernels.ts';

const skewed = Float64Array.from({ length: 25 }, (_, i) => (i + 1) / 325);

describe('filter2d', () => {
  it('is a cross-correlation with reflected borders, for sizes that fill no block', () => {
    for (const [width, height, channels] of [
      [13, 9, 3],
      [6, 7, 1],
      [3, 4, 3],
    ] as const) {
      const image = noiseImage(width, height, channels, width);
      const expected = paint(width, height, channels, (x, y, c) => {
        let sum = 0;
        for (let i = 0; i < 25; i++) {
          const [row, column] = [reflectIndex(y + Math.floor(i / 5) - 2, height), reflectIndex(x + (i % 5) - 2, width)];
          sum += skewed[i] * image.data[(row * width + column) * channels + c];
        }
        return sum;
      });
      const actual = filter2d(image, { size: 5, weights: skewed });
      expect(largestDifference(actual.data, expected.data)).toBeLessThan(1e-6);
    }
  });

  it('gives the same along the two axes one by one', () => {
    const image = noiseImage(23, 17, 3, 2);
    const kernel = makeKernel({ shape: 'iso', size: 9, sigma: [1.7, 1.7], theta: 0, beta: 1 });
    expect(kernel.line).toBeDefined();
    const direct = filter2d(image, { size: 9, weights: kernel.weights });
    expect(largestDifference(filter2d(image, kernel).data, direct.data)).toBeLessThan(1e-6);
  });

  it('keeps flat pictures flat, down to one pixel', () => {
    const kernel = makeKernel({ shape: 'sinc', size: 13, cutoff: 1.3 });
    for (const [width, height] of [
      [1, 1],
      [2, 1],
      [5, 3],
    ] as const) {
      const flat = paint(width, height, 3, (_x, _y, c) => c / 2 - 0.5);
      expect(largestDifference(filter2d(flat, kernel).data, flat.data)).toBeLessThan(1e-6);
    }
  });
});
