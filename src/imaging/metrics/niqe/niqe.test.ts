/**
 * NIQE against numbers of another program: numpy in float64, windows as one sum of 49 shifted pictures, `numpy.roll`,
 * `numpy.linalg.solve`, the same photographs and the same stored model. Ours holds luma as float32, hence the tolerance.
 */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../../../cli/image-file.ts';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../../image.ts';
import { RandomStream } from '../../random.ts';
import { resize } from '../../resize.ts';
import { noiseRgba } from '../../test-images.ts';
import { patchFeatures } from './features.ts';
import { fitGaussian, logGamma } from './gaussian-fit.ts';
import { niqe, niqeSmallestSide } from './index.ts';
import { inverseForm, modelDistance, modelOf, restoreModel, sharpPatches, storeModel } from './model.ts';

const photo = (name: string) => readImage(resolve(import.meta.dirname, `../../../../tests/images/hr/crop_${name}.png`));
const [chelsea, china] = [await photo('animal_chelsea'), await photo('urban_china-0')];

const change = (image: Rgba8, value: (old: number) => number): Rgba8 => ({
  ...image,
  data: image.data.map((old, i) => (i % 4 === 3 ? old : value(old))),
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
  it('equals the reference', () => {
    expect(niqe(chelsea)).toBeCloseTo(1.7355579031229025, 4);
    expect(niqe(china)).toBeCloseTo(4.406991888679558, 4);
    const patches = patchFeatures(chelsea);
    expect(patches).toHaveLength(16);
    const expected = [3.803, 1.0936855658673146, 0.982, 0.15646095826589693, 0.20051115297230632, 0.35292062055687456];
    for (const [i, value] of expected.entries()) expect(patches[0]?.features[i]).toBeCloseTo(value, 5);
    expect(patches[5]?.features[20]).toBeCloseTo(0.82, 5);
  });

  it('rises with blur and with noise', () => {
    const rising = (values: (number | null)[]) => values.every((v, i) => i === 0 || Number(v) > Number(values[i - 1]));
    expect(rising([chelsea, ...[2, 4, 8].map((factor) => blurred(chelsea, factor))].map(niqe))).toBe(true);
    expect(rising([chelsea, ...[6, 18, 54].map((deviation) => noisy(chelsea, deviation))].map(niqe))).toBe(true);
  });

  it('looks at whole patches alone, and at no alpha', () => {
    expect(niqe(cropRgba8(chelsea, 0, 0, 200, 255))).toBe(niqe(cropRgba8(chelsea, 0, 0, 192, 192)));
    expect(niqe({ ...chelsea, data: chelsea.data.map((v, i) => (i % 4 === 3 ? 7 : v)) })).toBe(niqe(chelsea));
    expect(niqe(cropRgba8(chelsea, 0, 0, 64, 64))).toBeGreaterThan(0);
  });

  it('has nothing to say of pictures that are too small or flat', () => {
    expect(niqeSmallestSide).toBe(64);
    expect(niqe(cropRgba8(chelsea, 0, 0, 63, 256))).toBeNull();
    expect(niqe({ width: 80, height: 80, data: new Uint8ClampedArray(80 * 80 * 4).fill(90) })).toBeNull();
  });
});

describe('the asymmetric Gaussian', () => {
  it('finds the shape and the widths that numbers were drawn with', () => {
    const random = new RandomStream(3);
    const normal = fitGaussian(Float64Array.from({ length: 40_000 }, () => random.normal()));
    expect(normal?.shape).toBeCloseTo(2, 1);
    // A Gaussian's β is √2 σ.
    expect(normal?.left).toBeCloseTo(Math.SQRT2, 1);
    const laplace = () => Math.log(1 - random.uniform()) * (random.uniform() < 0.5 ? -1 : 1);
    const wide = fitGaussian(Float64Array.from({ length: 40_000 }, () => laplace()));
    expect(wide?.shape).toBeCloseTo(1, 1);
    expect(Math.abs(Number(wide?.mean))).toBeLessThan(0.05);
  });

  it('is none for values of one sign', () => {
    expect(fitGaussian(Float64Array.of(1, 2, 3))).toBeNull();
    expect(fitGaussian(new Float64Array(9))).toBeNull();
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
  const rows = patchFeatures(noiseRgba(192, 128, 4));

  it('is kept and read back', () => {
    const model = modelOf(rows.map(({ features }) => features));
    const back = restoreModel(JSON.parse(JSON.stringify(storeModel(model, 1, 6))));
    for (const [i, value] of model.covariance.entries()) expect(back.covariance[i]).toBeCloseTo(value, 7);
    expect(modelDistance({ ...model, covariance: identity(36) }, { ...back, covariance: identity(36) })).toBeCloseTo(
      0,
      6,
    );
  });

  it('is made of the sharp patches', () => {
    const patches = [1, 0.8, 0.7, 0.1].map((sharpness) => ({ features: [sharpness], sharpness }));
    expect(sharpPatches(patches)).toEqual([[1], [0.8]]);
  });

  it('solves what it must, and refuses a singular covariance', () => {
    const matrix = Float64Array.of(4, 2, 2, 3);
    expect(inverseForm(matrix, Float64Array.of(2, 1))).toBeCloseTo(1, 12);
    expect(() => inverseForm(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 2))).toThrow('positive definite');
  });
});

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}
