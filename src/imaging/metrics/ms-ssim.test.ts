/**
 * MS-SSIM against numbers of another program: PyTorch in float64, the 11 × 11 window as one `conv2d`, scales by
 * `avg_pool2d(2, padding=side % 2)`, relu on the mean of each scale (as pytorch-msssim does), luma as in §7.2, on the
 * same photographs with distortions that both sides make exactly.
 */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../../tests/support/node.ts';
import { noiseRgba } from '../../../tests/support/test-images.ts';
import { cropRgba8, type Rgba8 } from '../image.ts';
import { msSsimY } from './fidelity.ts';
import { msSsimSmallestSide } from './planes.ts';

const photo = (name: string) => readImage(resolve(import.meta.dirname, `../../../tests/images/hr/crop_${name}.png`));
const chelsea = await photo('animal_chelsea');
const china = await photo('urban_china-0');
/** Four levels a colour. */
const posterised = (image: Rgba8): Rgba8 => ({
  ...image,
  data: image.data.map((value, i) => (i % 4 === 3 ? value : (value & 0xc0) | 32)),
});

describe('MS-SSIM', () => {
  it('equals the reference', () => {
    expect(msSsimY(chelsea, posterised(chelsea))).toBeCloseTo(0.938107585042888, 9);
    expect(msSsimY(chelsea, china)).toBeCloseTo(0.09699421217330433, 9);
  });

  it('equals it for odd sides, which are padded at each scale', () => {
    const [left, right] = [cropRgba8(chelsea, 0, 0, 255, 253), cropRgba8(chelsea, 1, 3, 255, 253)];
    expect(msSsimY(left, right)).toBeCloseTo(0.7509347968122808, 9);
  });

  it('goes down to 161 px a side, and says when an image is too small', () => {
    expect(msSsimSmallestSide).toBe(161);
    const small = cropRgba8(chelsea, 0, 0, 161, 161);
    expect(msSsimY(small, posterised(small))).toBeCloseTo(0.9566508948550045, 9);
    const smaller = cropRgba8(chelsea, 0, 0, 161, 160);
    expect(() => msSsimY(smaller, smaller)).toThrow('too small');
  });

  it('is 1 for equal images, symmetric, and leaves the border out', () => {
    const [a, b] = [noiseRgba(200, 180, 1), noiseRgba(200, 180, 2)];
    expect(msSsimY(a, a)).toBeCloseTo(1, 12);
    expect(msSsimY(a, b)).toBeCloseTo(msSsimY(b, a), 12);
    const framed = { ...a, data: a.data.slice() };
    framed.data.fill(0, 0, 200 * 4 * 3);
    expect(msSsimY(a, framed)).toBeLessThan(0.9999);
    expect(msSsimY(a, framed, 3)).toBeCloseTo(1, 12);
  });
});
