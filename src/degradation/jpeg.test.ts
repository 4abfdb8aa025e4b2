import { describe, expect, it } from 'vitest';
import { largestDifference, noiseImage, paint } from '../../tests/support/test-images.ts';
import { type FloatImage, floatImage } from '../imaging/image.ts';
import { jpeg } from './jpeg.ts';

const waves = (width: number, height: number) =>
  paint(width, height, 3, (x, y, c) => 0.6 * Math.sin(x / 3 + c) * Math.cos(y / 5));

const meanDifference = (a: FloatImage, b: FloatImage) =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;

describe('jpeg', () => {
  it('loses more the lower the quality, and nearly nothing of a grey picture at 100', () => {
    const image = waves(48, 32);
    const losses = [100, 90, 60, 30, 10, 1].map((quality) => meanDifference(jpeg(image, quality), image));
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    const grey = paint(48, 32, 3, (x, y) => 0.6 * Math.sin(x / 3) * Math.cos(y / 5));
    expect(largestDifference(jpeg(grey, 100).data, grey.data)).toBeLessThan(1e-4);
  });

  it('finds nothing more to round the second time', () => {
    const once = jpeg(waves(32, 32), 40);
    expect(largestDifference(jpeg(once, 40).data, once.data)).toBeLessThan(1e-5);
  });

  it('has one chroma value for 2 × 2 pixels', () => {
    // Cb of the result, which is linear in it.
    const { data } = jpeg(
      paint(32, 32, 3, (x, y, c) => 0.3 * Math.sin(x + 2 * c) * Math.sin(y)),
      80,
    );
    const cb = (x: number, y: number) => {
      const [red = 0, green = 0, blue = 0] = data.subarray((y * 32 + x) * 3);
      return -0.168736 * red - 0.331264 * green + 0.5 * blue;
    };
    for (let y = 0; y < 32; y += 2) {
      for (let x = 0; x < 32; x += 2) {
        for (const [dx, dy] of [
          [1, 0],
          [0, 1],
          [1, 1],
        ] as const) {
          expect(cb(x + dx, y + dy)).toBeCloseTo(cb(x, y), 4);
        }
      }
    }
  });

  it('pads odd sizes with black on the right and below', () => {
    for (const [width, height] of [
      [1, 1],
      [17, 5],
      [30, 19],
    ] as const) {
      const image = noiseImage(width, height, 3, width);
      const frame = paint(32, 32, 3, (x, y, c) => (x < width && y < height ? image.data[(y * width + x) * 3 + c] : -1));
      const framed = jpeg(frame, 50);
      const cut = paint(width, height, 3, (x, y, c) => framed.data[(y * 32 + x) * 3 + c]);
      expect(jpeg(image, 50).data).toEqual(cut.data);
    }
  });

  it('stays in [−1, 1]', () => {
    for (const quality of [1, 20, 99.5]) {
      const { data } = jpeg(noiseImage(40, 24, 3, 4), quality);
      expect(Math.max(...data)).toBeLessThanOrEqual(1);
      expect(Math.min(...data)).toBeGreaterThanOrEqual(-1);
    }
    expect(jpeg(floatImage(16, 16, 3), 10).data.every(Number.isFinite)).toBe(true);
  });
});
