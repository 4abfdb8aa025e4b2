import { describe, expect, it } from 'vitest';
import { noiseImage, noiseRgba, paint } from '../../tests/support/test-images.ts';
import {
  cropReflect,
  cropReflectRgb,
  cropRgba8,
  floatToRgba8,
  pasteRgba8,
  type Rgba8,
  reflectIndex,
  rgba8ToFloat,
} from './image.ts';
import { RandomStream } from './random.ts';

describe('rgba8ToFloat and floatToRgba8', () => {
  it('bring every byte back', () => {
    const data = Uint8ClampedArray.from({ length: 256 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i >> 2) ^ (i % 4)));
    const image: Rgba8 = { width: 16, height: 16, data };
    const floats = rgba8ToFloat(image);
    expect(floats.data.length).toBe(16 * 16 * 3);
    expect(Math.min(...floats.data)).toBe(-1);
    expect(Math.max(...floats.data)).toBe(1);
    expect(floatToRgba8(floats)).toEqual(image);
  });

  it('clamp and round to nearest', () => {
    const level = (byte: number) => byte / 127.5 - 1;
    const values = [-1.5, level(0.49), level(0.51), level(1.49), 0, level(254.51), 1, 9, Number.NaN];
    const image = paint(3, 1, 3, (x, _, c) => values[x * 3 + c]);
    expect([...floatToRgba8(image).data].filter((_, i) => i % 4 < 3)).toEqual([0, 0, 1, 1, 128, 255, 255, 255, 0]);
  });

  it('convert a rectangle alone', () => {
    const image = rgba8ToFloat(noiseRgba(7, 5, 1));
    expect(floatToRgba8(image, 2, 1, 4, 3)).toEqual(cropRgba8(floatToRgba8(image), 2, 1, 4, 3));
    expect(() => floatToRgba8(image, 4, 0, 4, 1)).toThrow(RangeError);
    expect(() => floatToRgba8(paint(1, 1, 1, () => 0))).toThrow('not RGB');
  });
});

describe('cropRgba8 and pasteRgba8', () => {
  it('undo each other', () => {
    const image = noiseRgba(9, 8, 2);
    const copy: Rgba8 = { width: 9, height: 8, data: new Uint8ClampedArray(9 * 8 * 4) };
    for (const y of [0, 5])
      for (const x of [0, 4]) pasteRgba8(copy, cropRgba8(image, x, y, x ? 5 : 4, y ? 3 : 5), x, y);
    expect(copy).toEqual(image);
    expect(() => cropRgba8(image, 5, 0, 5, 1)).toThrow(RangeError);
    expect(() => pasteRgba8(copy, image, 0, 1)).toThrow(RangeError);
  });
});

describe('reflectIndex', () => {
  it('reflects without repeating the border', () => {
    expect(Array.from({ length: 17 }, (_, i) => reflectIndex(i - 6, 4))).toEqual([
      0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2,
    ]);
    expect(Array.from({ length: 7 }, (_, i) => reflectIndex(i - 3, 2))).toEqual([1, 0, 1, 0, 1, 0, 1]);
  });

  it('stays inside, moves by at most one, and mirrors, for every size and distance', () => {
    for (let n = 1; n < 20; n++) {
      for (let i = -100; i < 100; i++) {
        const index = reflectIndex(i, n);
        expect(index >= 0 && index < n && Number.isInteger(index)).toBe(true);
        expect(Math.abs(reflectIndex(i + 1, n) - index)).toBe(n === 1 ? 0 : 1);
        expect(reflectIndex(-i, n)).toBe(index);
        expect(reflectIndex(2 * (n - 1) - i, n)).toBe(index);
      }
    }
  });

  it('never gives −0', () => {
    expect(Object.is(reflectIndex(-4, 3), 0)).toBe(true);
  });
});

describe('cropReflect', () => {
  it('is the plain crop inside and the reflection outside', () => {
    const random = new RandomStream(3);
    for (let i = 0; i < 60; i++) {
      const [w, h] = [1 + random.integer(9), 1 + random.integer(9)];
      const image = noiseImage(w, h, 2, i);
      const [x, y] = [random.integer(40) - 20, random.integer(40) - 20];
      const [width, height] = [1 + random.integer(20), 1 + random.integer(20)];
      const expected = paint(width, height, 2, (column, row, c) => {
        return image.data[(reflectIndex(y + row, h) * w + reflectIndex(x + column, w)) * 2 + c];
      });
      expect(cropReflect(image, x, y, width, height)).toEqual(expected);
    }
  });

  it('fills a tile from one pixel', () => {
    const tile = cropReflect(
      paint(1, 1, 3, (_x, _y, c) => c / 4),
      -30,
      7,
      64,
      64,
    );
    expect(tile.data.every((value, i) => value === (i % 3) / 4)).toBe(true);
  });

  it('is the same straight from bytes', () => {
    const image = noiseRgba(5, 7, 8);
    expect(cropReflectRgb(image, -9, 3, 16, 16)).toEqual(cropReflect(rgba8ToFloat(image), -9, 3, 16, 16));
  });

  it('refuses an empty image', () => {
    expect(() =>
      cropReflect(
        paint(0, 0, 3, () => 0),
        0,
        0,
        1,
        1,
      ),
    ).toThrow(RangeError);
  });
});
