import { describe, expect, it } from 'vitest';
import { histogramBins } from '../paper/names.ts';
import { accuracy, histogram } from './measurements.ts';

const heads = [Float32Array.of(0.5, -0.5, 2, 3), Float32Array.of(-100, 0)];

describe('accuracy', () => {
  it('is the share on the right side of 0, every head alike; 0 itself is on neither', () => {
    expect(accuracy(heads, true)).toBe((3 / 4 + 0) / 2);
    expect(accuracy(heads, false)).toBe((1 / 4 + 1 / 2) / 2);
  });
});

describe('histogram', () => {
  it('counts every head alike, what lies beyond its range at the ends', () => {
    const shares = histogram(heads);
    expect(shares.length).toBe(histogramBins);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    // −100 below, 3 above, 0 just right of the middle.
    expect([shares[0], shares.at(-1), shares[histogramBins / 2]]).toEqual([0.25, 0.125, 0.25]);
  });
});
