import { describe, expect, it } from 'vitest';
import { largestDifference, noiseRgba } from '../../tests/support/test-images.ts';
import { enlarge } from './enlarge.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from './image.ts';
import { resizeBy } from './resize.ts';

const opaque = (image: Rgba8): Rgba8 => ({ ...image, data: image.data.map((value, i) => (i % 4 === 3 ? 255 : value)) });

describe('enlarge', () => {
  it('is the float resize, rounded', () => {
    const image = opaque(noiseRgba(23, 14, 1));
    for (const [method, kernel] of [
      ['bicubic', 'bicubic'],
      ['lanczos', 'lanczos3'],
    ] as const) {
      const expected = floatToRgba8(resizeBy(rgba8ToFloat(image), 4, kernel));
      const actual = enlarge(image, 4, method);
      expect([actual.width, actual.height]).toEqual([92, 56]);
      expect(largestDifference(actual.data, expected.data)).toBeLessThanOrEqual(1);
      const off = actual.data.reduce((count, value, i) => count + (value === expected.data[i] ? 0 : 1), 0);
      expect(off).toBeLessThan(actual.data.length * 1e-3);
    }
  });

  it('repeats the nearest pixel', () => {
    const image = noiseRgba(5, 3, 4);
    const out = enlarge(opaque(image), 4, 'nearest');
    const at = (x: number, y: number) => out.data.subarray((y * 20 + x) * 4, (y * 20 + x) * 4 + 3);
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 20; x++) {
        const from = ((y >> 2) * 5 + (x >> 2)) * 4;
        expect(at(x, y)).toEqual(image.data.subarray(from, from + 3));
      }
    }
  });

  it('keeps the picture at factor 1, a single pixel, and full opacity', () => {
    const image = opaque(noiseRgba(9, 5, 2));
    expect(enlarge(image, 1, 'lanczos')).toEqual(image);
    const pixel = enlarge({ width: 1, height: 1, data: Uint8ClampedArray.of(9, 8, 7, 255) }, 4, 'bicubic');
    expect(pixel.data.every((value, i) => value === [9, 8, 7, 255][i % 4])).toBe(true);
  });

  it('does not darken the rim of a cut-out', () => {
    const data = Uint8ClampedArray.from({ length: 16 * 16 * 4 }, (_, i) => ((i >> 2) % 16 < 8 ? 200 : 0));
    const { data: out } = enlarge({ width: 16, height: 16, data }, 4, 'bicubic');
    for (let i = 0; i < out.length; i += 4) if (out[i + 3] > 0) expect(out[i]).toBeGreaterThan(195);
  });

  it('refuses factors that are no whole number', () => {
    for (const factor of [0, -1, 1.5]) expect(() => enlarge(noiseRgba(2, 2, 3), factor, 'bicubic')).toThrow(RangeError);
  });
});
