import { describe, expect, it } from 'vitest';
import { noiseRgba } from '../../tests/support/test-images.ts';
import { bleedColour, hasAlpha, upscaleAlpha4 } from './alpha.ts';
import { cropRgba8, type Rgba8 } from './image.ts';
import { RandomStream } from './random.ts';

function rgba(width: number, height: number, pixel: (x: number, y: number) => readonly number[]): Rgba8 {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) data.set(pixel(i % width, Math.floor(i / width)), i * 4);
  return { width, height, data };
}

const blank = (width: number, height: number) => rgba(width, height, () => [1, 2, 3, 4]);

function upscaled(image: Rgba8): Rgba8 {
  const out = blank(image.width * 4, image.height * 4);
  upscaleAlpha4(image, { x: 0, y: 0, width: out.width, height: out.height }, out);
  return out;
}

const alphaOf = ({ data }: Rgba8) => data.filter((_, i) => i % 4 === 3);

describe('hasAlpha', () => {
  it('sees a single pixel that is not opaque', () => {
    const image = rgba(5, 5, () => [0, 0, 0, 255]);
    expect(hasAlpha(image)).toBe(false);
    image.data[24 * 4 + 3] = 254;
    expect(hasAlpha(image)).toBe(true);
  });
});

describe('bleedColour', () => {
  it('changes nothing but the colour of fully transparent pixels', () => {
    const random = new RandomStream(2);
    for (let i = 0; i < 30; i++) {
      const image = noiseRgba(1 + random.integer(30), 1 + random.integer(30), i);
      for (let at = 3; at < image.data.length; at += 4) if (random.uniform() < 0.6) image.data[at] = 0;
      const before = image.data.slice();
      const out = bleedColour(image);
      expect(image.data).toEqual(before);
      expect(out.data.every((value, at) => value === before[at] || (at % 4 < 3 && before[at | 3] === 0))).toBe(true);
    }
  });

  it('fills everything with the colour when there is only one', () => {
    for (const [width, height] of [
      [1, 9],
      [33, 20],
      [64, 64],
      [7, 1],
    ]) {
      const image = rgba(width, height, (x, y) => (x === width - 1 && y === 0 ? [10, 200, 90, 255] : [255, 0, 255, 0]));
      const out = bleedColour(image);
      expect(out.data.every((value, at) => at % 4 === 3 || value === [10, 200, 90][at % 4])).toBe(true);
    }
  });

  it('stays within the colours around, near ones first', () => {
    const image = rgba(64, 16, (x) => (x < 8 ? [200, 0, 50, 255] : x >= 56 ? [0, 100, 50, 255] : [9, 9, 255, 0]));
    const { data } = bleedColour(image);
    const row = Array.from({ length: 64 }, (_, x) => [...data.subarray((8 * 64 + x) * 4, (8 * 64 + x) * 4 + 3)]);
    expect(row.every(([, , b]) => b === 50)).toBe(true);
    expect(row[10][0]).toBeGreaterThan(150);
    expect(row[53][1]).toBeGreaterThan(75);
    for (let x = 9; x < 56; x++) expect(row[x][0]).toBeLessThanOrEqual(row[x - 1][0] + 1);
  });

  it('trusts faint pixels less than opaque ones', () => {
    const image = rgba(8, 8, (x) => (x === 0 ? [100, 100, 100, 255] : x === 1 ? [255, 0, 255, 1] : [0, 0, 0, 0]));
    const { data } = bleedColour(image);
    expect(Math.abs(data[2 * 4] - 100)).toBeLessThan(5);
    expect([...data.subarray(4, 8)]).toEqual([255, 0, 255, 1]);
  });

  it('returns an image that is transparent everywhere as it is', () => {
    const image = rgba(5, 3, (x) => [x, 7, 9, 0]);
    expect(bleedColour(image)).toEqual(image);
  });
});

describe('upscaleAlpha4', () => {
  it('keeps constants exactly, 255 above all', () => {
    for (const value of [0, 1, 77, 128, 254, 255]) {
      for (const [width, height] of [
        [1, 1],
        [5, 3],
        [20, 30],
      ]) {
        expect(alphaOf(upscaled(rgba(width, height, () => [0, 0, 0, value]))).every((alpha) => alpha === value)).toBe(
          true,
        );
      }
    }
  });

  it('keeps a gradient a gradient', () => {
    const alpha = alphaOf(upscaled(rgba(64, 4, (x) => [0, 0, 0, x * 4])));
    for (let x = 8; x < 248; x++)
      expect(Math.abs(alpha[8 * 256 + x] - ((x + 0.5) / 4 - 0.5) * 4)).toBeLessThanOrEqual(0.5);
    expect(new Set(alpha).size).toBeGreaterThan(240);
  });

  it('clamps the overshoot of a hard edge', () => {
    const alpha = alphaOf(upscaled(rgba(16, 16, (x) => [0, 0, 0, x < 8 ? 0 : 255])));
    expect(alpha[20 * 64 + 20]).toBe(0);
    expect(alpha[20 * 64 + 44]).toBe(255);
    for (let x = 1; x < 64; x++) expect(alpha[x]).toBeGreaterThanOrEqual(alpha[x - 1]);
  });

  it('is the same by rectangles as in one piece, and writes nothing but alpha', () => {
    const image = noiseRgba(23, 17, 5);
    const whole = upscaled(image);
    expect(whole.data.every((value, at) => at % 4 === 3 || value === 1 + (at % 4))).toBe(true);
    const random = new RandomStream(6);
    for (let i = 0; i < 60; i++) {
      const [x, y] = [random.integer(91), random.integer(67)];
      const [width, height] = [1 + random.integer(92 - x - 1), 1 + random.integer(68 - y - 1)];
      const part = blank(width, height);
      upscaleAlpha4(image, { x, y, width, height }, part);
      expect(part).toEqual(cropRgba8(whole, x, y, width, height));
    }
  });

  it('refuses rectangles outside and targets of another size', () => {
    const image = noiseRgba(2, 2, 7);
    expect(() => upscaleAlpha4(image, { x: 1, y: 0, width: 8, height: 8 }, blank(8, 8))).toThrow(RangeError);
    expect(() => upscaleAlpha4(image, { x: -1, y: 0, width: 8, height: 8 }, blank(8, 8))).toThrow(RangeError);
    expect(() => upscaleAlpha4(image, { x: 0, y: 0, width: 8, height: 8 }, blank(8, 7))).toThrow(RangeError);
  });
});
