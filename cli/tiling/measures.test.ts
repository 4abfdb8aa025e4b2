/** The measures find what they are for, and nothing else. */
import { describe, expect, it } from 'vitest';
import type { Rgba8 } from '../../src/imaging/image.ts';
import { differences, edgeDifference } from './differences.ts';
import { tilePeriod } from './period.ts';

function picture(width: number, height: number, value: (x: number, y: number) => number): Rgba8 {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
    return i % 4 === 3 ? 255 : value(x, y);
  });
  return { width, height, data };
}

const flat = picture(128, 128, () => 100);

describe('differences', () => {
  it('are none between a picture and itself', () => {
    expect(differences(flat, flat)).toEqual({ mean: 0, most: 0 });
  });

  it('have a mean, and a percentile that a thousandth may exceed', () => {
    const apart = (count: number) => picture(100, 100, (x, y) => (y * 100 + x < count ? 140 : 101));
    const grey = picture(100, 100, () => 100);
    expect(differences(grey, apart(10))).toEqual({ mean: (10 * 40 + 9990) / 10000, most: 1 });
    expect(differences(grey, apart(11)).most).toBe(40);
  });
});

describe('edgeDifference', () => {
  it('is that of the frame, and that of the inside', () => {
    const framed = picture(128, 128, (x, y) => {
      const distance = Math.min(x, y, 127 - x, 127 - y);
      return distance < 4 ? 109 : distance < 32 ? 180 : 103;
    });
    expect(edgeDifference(flat, framed)).toEqual({ border: 9, inside: 3 });
  });

  it('wants an inside', () => {
    const small = picture(64, 200, () => 0);
    expect(() => edgeDifference(small, small)).toThrow('no inside');
  });
});

describe('tilePeriod', () => {
  it('sees no tile in a flat picture, nor in the lattice of the latent', () => {
    for (const image of [flat, picture(128, 128, (x, y) => 100 + 5 * (x % 4) + 3 * (y % 4))]) {
      const { amplitude, deviation } = tilePeriod(image, 32);
      expect(Math.max(amplitude, deviation)).toBeLessThan(1e-9);
    }
  });

  it('sees a wave of the tile’s length, and a line between tiles', () => {
    const wave = picture(128, 128, (x) => 100 + 40 * Math.sin((2 * Math.PI * x) / 32));
    expect(tilePeriod(wave, 32).amplitude).toBeCloseTo(40, 0);
    const lines = picture(128, 128, (_, y) => (y % 32 === 0 ? 116 : 100));
    expect(tilePeriod(lines, 32).deviation).toBeCloseTo(14, 10);
  });

  it('does not see what has another period', () => {
    const other = picture(192, 192, (x) => (x % 48 === 0 ? 150 : 100));
    expect(tilePeriod(other, 32).amplitude).toBeLessThan(1e-9);
  });
});
