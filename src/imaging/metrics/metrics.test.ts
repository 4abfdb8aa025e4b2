import { describe, expect, it } from 'vitest';
import { noiseRgba } from '../../../tests/support/test-images.ts';
import { cropRgba8, type Rgba8 } from '../image.ts';
import { psnrRgb, psnrY, ssimRgb, ssimY } from './fidelity.ts';

const a = noiseRgba(30, 24, 1);
const shifted = (by: number): Rgba8 => ({
  ...a,
  data: a.data.map((value, i) => (i % 4 === 3 ? value : (value & 127) + by)),
});

describe('PSNR', () => {
  it('is infinite for equal images, whatever their alpha', () => {
    const b = { ...a, data: a.data.map((value, i) => (i % 4 === 3 ? 255 - value : value)) };
    expect(psnrY(a, b)).toBe(Number.POSITIVE_INFINITY);
    expect(psnrRgb(a, b)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is 20 log₁₀(255 / difference) for a constant difference', () => {
    expect(psnrRgb(shifted(0), shifted(5))).toBeCloseTo(20 * Math.log10(255 / 5), 9);
    // Luma in studio range: a step of 1 in all three channels is 219 / 255.
    expect(psnrY(shifted(0), shifted(5))).toBeCloseTo(20 * Math.log10(255 / ((5 * 218.999) / 255)), 3);
  });

  it('leaves the border out', () => {
    const b = { ...a, data: a.data.slice() };
    b.data.fill(0, 0, 30 * 4 * 3);
    expect(psnrY(a, b, 2)).toBeLessThan(60);
    expect(psnrY(a, b, 3)).toBe(Number.POSITIVE_INFINITY);
    const c = noiseRgba(30, 24, 2);
    const inner = (image: Rgba8) => cropRgba8(image, 4, 4, 22, 16);
    expect(psnrRgb(a, c, 4)).toBe(psnrRgb(inner(a), inner(c)));
    expect(ssimY(a, c, 4)).toBeCloseTo(ssimY(inner(a), inner(c)), 12);
  });
});

describe('SSIM', () => {
  it('is 1 for equal images, symmetric, and near 0 for unrelated noise', () => {
    const b = noiseRgba(30, 24, 2);
    expect(ssimY(a, a)).toBeCloseTo(1, 12);
    expect(ssimRgb(a, a)).toBeCloseTo(1, 12);
    expect(ssimY(a, b)).toBeCloseTo(ssimY(b, a), 12);
    expect(Math.abs(ssimRgb(a, b))).toBeLessThan(0.1);
  });

  it('takes images of exactly one window', () => {
    expect(ssimY(noiseRgba(11, 11, 3), noiseRgba(11, 11, 3))).toBeCloseTo(1, 12);
  });
});

describe('both', () => {
  it('refuse images that can’t be compared', () => {
    for (const metric of [psnrY, psnrRgb, ssimY, ssimRgb]) {
      expect(() => metric(a, noiseRgba(30, 25, 1))).toThrow("30 × 24 and 30 × 25 px can't be compared");
      expect(() => metric(a, a, 12)).toThrow('too small');
      expect(() => metric(a, a, -1)).toThrow(RangeError);
      expect(() => metric(a, a, 0.5)).toThrow(RangeError);
    }
    expect(() => ssimY(noiseRgba(10, 40, 1), noiseRgba(10, 40, 1))).toThrow('too small');
  });
});
