/**
 * NIQE's parts and properties. That its numbers are those of the reference implementation is checked with the golden pictures
 * (cli/parity.numeric.test.ts).
 */
import { openAsBlob } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../../../tests/support/node.ts';
import { noiseRgba } from '../../../../tests/support/test-images.ts';
import { openSafetensors } from '../../../formats/safetensors.ts';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../../image.ts';
import { RandomStream } from '../../random.ts';
import { resize } from '../../resize.ts';
import { featureCount, fitGaussian, logGamma, patchFeatures } from './features.ts';
import { inverseForm, modelDistance, modelOf, niqeModel, niqe as niqeOf } from './index.ts';

const root = resolve(import.meta.dirname, '../../../..');
const photo = (name: string) => readImage(`${root}/tests/images/hr/crop_${name}.png`);
const [chelsea, china] = [await photo('animal_chelsea'), await photo('urban_china-0')];
const file = await openSafetensors(await openAsBlob(`${root}/public/models/metrics/niqe.safetensors`));
const read = (name: string) => file.readFloat32(name);
const good = niqeModel(await read('mean'), await read('covariance'), await read('window'));
const niqe = (image: Rgba8) => niqeOf(image, good);

const change = (image: Rgba8, value: (old: number, i: number) => number): Rgba8 => ({
  ...image,
  data: image.data.map((old, i) => (i % 4 === 3 ? old : value(old, i))),
});

function noisy(image: Rgba8, deviation: number): Rgba8 {
  const random = new RandomStream(5);
  return change(image, (value) => value + deviation * random.normal());
}

function blurred(image: Rgba8, factor: number): Rgba8 {
  const small = resize(rgba8ToFloat(image), image.width / factor, image.height / factor, 'bicubic');
  return floatToRgba8(resize(small, image.width, image.height, 'bicubic'));
}

describe('NIQE', () => {
  it('rises with blur and with noise', () => {
    const rising = (values: (number | null)[]) => values.every((v, i) => i === 0 || Number(v) > Number(values[i - 1]));
    expect(rising([china, ...[2, 4].map((factor) => blurred(china, factor))].map(niqe))).toBe(true);
    expect(rising([chelsea, ...[18, 54].map((deviation) => noisy(chelsea, deviation))].map(niqe))).toBe(true);
  });

  it('looks at whole patches alone, and at no alpha', () => {
    expect(patchFeatures(chelsea, good.window)).toHaveLength(4);
    expect(niqe(cropRgba8(chelsea, 0, 0, 200, 255))).toBe(niqe(cropRgba8(chelsea, 0, 0, 192, 192)));
    expect(niqe({ ...chelsea, data: chelsea.data.map((v, i) => (i % 4 === 3 ? 7 : v)) })).toBe(niqe(chelsea));
    expect(niqe(cropRgba8(chelsea, 0, 0, 96, 192))).toBeGreaterThan(0);
  });

  it('has nothing to say of pictures of one patch, or flat ones', () => {
    expect(niqe(cropRgba8(chelsea, 0, 0, 95, 256))).toBeNull();
    expect(niqe(cropRgba8(chelsea, 0, 0, 191, 191))).toBeNull();
    expect(niqe({ width: 200, height: 200, data: new Uint8ClampedArray(200 * 200 * 4).fill(90) })).toBeNull();
  });

  it('leaves flat patches out of what varies', () => {
    const lower = (i: number) => Math.floor(i / 4 / chelsea.width) >= 80;
    const half = change(chelsea, (value, i) => (lower(i) ? 90 : value));
    expect(niqe(half)).toBeGreaterThan(0);
    const rows = patchFeatures(half, good.window);
    expect(rows.map((row) => row.some(Number.isNaN))).toEqual([false, false, true, true]);
  });
});

describe('the asymmetric Gaussian', () => {
  it('finds the shape and the widths that numbers were drawn with', () => {
    const random = new RandomStream(3);
    const normal = fitGaussian(Float32Array.from({ length: 40_000 }, () => random.normal()));
    expect(normal.shape).toBeCloseTo(2, 1);
    // A Gaussian's β is √2 σ.
    expect(normal.left).toBeCloseTo(Math.SQRT2, 1);
    const laplace = () => Math.log(1 - random.uniform()) * (random.uniform() < 0.5 ? -1 : 1);
    const wide = fitGaussian(Float32Array.from({ length: 40_000 }, () => laplace()));
    expect(wide.shape).toBeCloseTo(1, 1);
    expect(Math.abs(wide.mean)).toBeLessThan(0.05);
  });

  it('has no width on a side without values', () => {
    const { shape, left, right, mean } = fitGaussian(Float32Array.of(1, 2, 3));
    expect([shape, left, mean]).toEqual([0.2, Number.NaN, Number.NaN]);
    expect(right).toBeGreaterThan(0);
  });

  it('knows log Γ', () => {
    for (const [x, gamma] of [
      [0.1, 9.51350769866873],
      [0.5, Math.sqrt(Math.PI)],
      [5, 24],
      [10.5, 1133278.3889487856],
    ] as const) {
      expect(logGamma(x)).toBeCloseTo(Math.log(gamma), 12);
    }
  });
});

describe('a model of patches', () => {
  const rows = patchFeatures(noiseRgba(288, 192, 4), good.window);

  it('has means over the patches that have a number, and a covariance over those that have all', () => {
    const whole = modelOf(rows);
    const broken = modelOf([...rows, rows[0]?.map((value, i) => (i === 3 ? Number.NaN : value + 1)) as number[]]);
    expect(broken?.covariance).toEqual(whole?.covariance);
    expect(broken?.mean[3]).toBe(whole?.mean[3]);
    expect(broken?.mean[4]).not.toBe(whole?.mean[4]);
    expect(modelOf(rows.slice(0, 1))).toBeNull();
  });

  it('is as far from another as their means are, by their covariances', () => {
    const identity = Float64Array.from({ length: featureCount ** 2 }, (_, i) => (i % (featureCount + 1) === 0 ? 1 : 0));
    const at = (value: number) => ({ mean: new Float64Array(featureCount).fill(value), covariance: identity });
    expect(modelDistance(at(1), at(3))).toBeCloseTo(2 * Math.sqrt(featureCount), 12);
  });

  it('solves what it must, and refuses a singular covariance', () => {
    const matrix = Float64Array.of(4, 2, 2, 3);
    expect(inverseForm(matrix, Float64Array.of(2, 1))).toBeCloseTo(1, 12);
    expect(() => inverseForm(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 2))).toThrow('positive definite');
  });
});
