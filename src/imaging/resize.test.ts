import { describe, expect, it } from 'vitest';
import { largestDifference, noiseImage, noiseRgba, paint } from '../../tests/support/test-images.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from './image.ts';
import { enlarge, resize, resizeBy } from './resize.ts';
import { makeTaps, type ResizeKernel } from './resize-kernels.ts';

const kernels: ResizeKernel[] = [
  'torch-bicubic',
  'torch-bilinear',
  'torch-area',
  'bicubic',
  'lanczos3',
  'matlab-bicubic',
];

describe('makeTaps', () => {
  it('has the phase weights of torch’s bicubic ×4 (§1.7)', () => {
    const { indices, weights } = makeTaps('torch-bicubic', 16, 64, 0.25);
    const expected = [
      [-2, -0.065918, 0.42627, 0.749512, -0.109863],
      [-2, -0.010254, 0.114746, 0.967285, -0.071777],
      [-1, -0.071777, 0.967285, 0.114746, -0.010254],
      [-1, -0.109863, 0.749512, 0.42627, -0.065918],
    ];
    for (const [phase, [first, ...values]] of expected.entries()) {
      const at = (4 * 8 + phase) * 4;
      expect([...indices.subarray(at, at + 4)]).toEqual([0, 1, 2, 3].map((k) => 8 + first + k));
      expect(largestDifference(weights.subarray(at, at + 4), values)).toBeLessThan(1e-6);
    }
  });

  it('sums to 1 and stays inside for all sizes', () => {
    for (const kernel of kernels) {
      for (const [inputs, outputs] of [
        [1, 1],
        [1, 9],
        [9, 1],
        [7, 5],
        [5, 7],
        [100, 3],
        [64, 256],
      ]) {
        const { taps, indices, weights } = makeTaps(kernel, inputs, outputs, inputs / outputs);
        expect(indices.every((index) => index >= 0 && index < inputs)).toBe(true);
        for (let i = 0; i < outputs; i++) {
          const sum = weights.subarray(i * taps, (i + 1) * taps).reduce((a, b) => a + b, 0);
          expect(sum).toBeCloseTo(1, 5);
        }
      }
    }
  });
});

describe('resize', () => {
  it('keeps the picture at its own size', () => {
    const image = noiseImage(13, 9, 3, 1);
    for (const kernel of kernels) {
      expect(largestDifference(resize(image, 13, 9, kernel).data, image.data)).toBeLessThan(1e-6);
    }
  });

  it('treats both axes alike', () => {
    const image = noiseImage(11, 17, 2, 2);
    const turned = paint(17, 11, 2, (x, y, c) => image.data[(x * 11 + y) * 2 + c]);
    for (const kernel of kernels) {
      const [a, b] = [resize(image, 23, 6, kernel), resize(turned, 6, 23, kernel)];
      const back = paint(23, 6, 2, (x, y, c) => b.data[(x * 6 + y) * 2 + c]);
      expect(largestDifference(a.data, back.data)).toBeLessThan(1e-6);
    }
  });

  it('keeps a linear ramp away from the border, with the kernels that promise it', () => {
    const ramp = paint(40, 40, 1, (x, y) => x / 40 + y / 80);
    for (const kernel of ['bicubic', 'torch-bilinear'] as const) {
      const up = resizeBy(ramp, 4, kernel);
      const expected = paint(160, 160, 1, (x, y) => ((x + 0.5) / 4 - 0.5) / 40 + ((y + 0.5) / 4 - 0.5) / 80);
      const inner = ({ data }: typeof up) =>
        data.filter((_, i) => Math.abs((i % 160) - 80) < 60 && Math.abs(i / 160 - 80) < 60);
      expect(largestDifference(inner(up), inner(expected))).toBeLessThan(1e-5);
    }
  });

  it('does not alias when reducing with the antialiased kernels', () => {
    const stripes = paint(64, 64, 1, (x) => (x % 2 ? 1 : -1));
    for (const kernel of ['bicubic', 'lanczos3', 'torch-area'] as const) {
      const small = resize(stripes, 16, 16, kernel);
      for (let x = 3; x < 13; x++) expect(Math.abs(small.data[8 * 16 + x])).toBeLessThan(0.05);
    }
  });

  it('mirrors at the border as MATLAB does: like a picture that goes on mirrored', () => {
    const image = noiseImage(12, 8, 1, 7);
    const mirrored = (i: number, length: number) => (i < 0 ? -1 - i : i < length ? i : 2 * length - 1 - i);
    const wide = paint(20, 16, 1, (x, y) => image.data[mirrored(y - 4, 8) * 12 + mirrored(x - 4, 12)]);
    const [own, large] = [resize(image, 6, 4, 'matlab-bicubic'), resize(wide, 10, 8, 'bicubic')];
    const inner = paint(6, 4, 1, (x, y) => large.data[(y + 2) * 10 + x + 2]);
    expect(largestDifference(own.data, inner.data)).toBeLessThan(1e-6);
  });

  it('gives ⌊size · factor⌋ pixels, at least one', () => {
    const image = noiseImage(10, 3, 1, 3);
    const small = resizeBy(image, 0.29, 'torch-bicubic');
    expect([small.width, small.height]).toEqual([2, 1]);
    const large = resizeBy(image, 4, 'torch-bicubic');
    expect([large.width, large.height]).toEqual([40, 12]);
  });

  it('refuses impossible sizes', () => {
    const image = noiseImage(2, 2, 1, 4);
    for (const width of [0, -1, 1.5, Number.NaN]) {
      expect(() => resize(image, width, 2, 'bicubic')).toThrow(RangeError);
    }
  });
});

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
