import { describe, expect, it } from 'vitest';
import { noiseRgba, paint } from '../../tests/support/test-images.ts';
import { cropRgba8, floatToRgba8, pasteRgba8, type Rgba8, rgba8ToFloat } from './image.ts';

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
