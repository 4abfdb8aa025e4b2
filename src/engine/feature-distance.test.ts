/**
 * The feature distance against another program's numbers: PyTorch in float64 on nsfwjs's own tensors, batch norms not folded,
 * on the same photographs with distortions that both sides make exactly. Ours has fp16 weights, hence the tolerance.
 */
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../cli/backend.ts';
import { readImage } from '../../cli/image-file.ts';
import { directoryModelSource } from '../../cli/model-directory.ts';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../imaging/image.ts';
import { RandomStream } from '../imaging/random.ts';
import { resize } from '../imaging/resize.ts';
import { FeatureDistance } from './feature-distance.ts';

const root = resolve(import.meta.dirname, '../..');
const photo = (name: string) => readImage(`${root}/tests/images/hr/crop_${name}.png`);
const [chelsea, china] = [await photo('animal_chelsea'), await photo('urban_china-0')];
const backend = await openNodeBackend('wasm');
const distance = await FeatureDistance.load(directoryModelSource(`${root}/public/models/perceptual`));
afterAll(() => {
  distance.dispose();
  backend.dispose();
});

const change = (image: Rgba8, value: (old: number) => number): Rgba8 => ({
  ...image,
  data: image.data.map((old, i) => (i % 4 === 3 ? old : value(old))),
});
const posterised = change(chelsea, (value) => (value & 0xc0) | 32);

function noisy(image: Rgba8, deviation: number): Rgba8 {
  const random = new RandomStream(5);
  return change(image, (value) => value + deviation * random.normal());
}

function blurred(image: Rgba8, factor: number): Rgba8 {
  const small = resize(rgba8ToFloat(image), image.width / factor, image.height / factor, 'bicubic');
  return floatToRgba8(resize(small, image.width, image.height, 'bicubic'));
}

const measureAll = async (images: readonly Rgba8[]) => {
  const values = [];
  for (const image of images) values.push(await distance.measure(chelsea, image));
  return values;
};
const rising = (values: readonly number[]) => values.every((value, i) => i === 0 || value > Number(values[i - 1]));

describe('the feature distance', () => {
  it('equals the reference', async () => {
    expect(Math.abs((await distance.measure(chelsea, posterised)) - 0.407017613611261)).toBeLessThan(1e-3);
    expect(Math.abs((await distance.measure(chelsea, china)) - 0.8051244469170117)).toBeLessThan(1e-3);
  });

  it('equals it for odd sides', async () => {
    const [left, right] = [cropRgba8(chelsea, 0, 0, 97, 101), cropRgba8(chelsea, 1, 3, 97, 101)];
    expect(Math.abs((await distance.measure(left, right)) - 0.29584004247004525)).toBeLessThan(1e-3);
  });

  it('is 0 for equal pictures and symmetric', async () => {
    expect(await distance.measure(china, china)).toBe(0);
    expect(await distance.measure(posterised, chelsea)).toBeCloseTo(await distance.measure(chelsea, posterised), 6);
  });

  it('rises with blur and with noise', async () => {
    expect(rising(await measureAll([chelsea, ...[2, 4, 8].map((factor) => blurred(chelsea, factor))]))).toBe(true);
    expect(rising(await measureAll([chelsea, ...[4, 12, 36].map((deviation) => noisy(chelsea, deviation))]))).toBe(
      true,
    );
  });

  it('measures large pictures in parts, and a picture of parts like the parts', async () => {
    const wide = (image: Rgba8): Rgba8 => {
      const data = new Uint8ClampedArray(4 * 1024 * 16);
      for (let row = 0; row < 16; row++) {
        const line = image.data.subarray(row * 256 * 4, (row * 256 + 256) * 4);
        for (let copy = 0; copy < 4; copy++) data.set(line, (row * 1024 + copy * 256) * 4);
      }
      return { width: 1024, height: 16, data };
    };
    const half = (image: Rgba8) => cropRgba8(wide(image), 0, 0, 512, 16);
    const [whole, part] = [
      await distance.measure(wide(chelsea), wide(china)),
      await distance.measure(half(chelsea), half(china)),
    ];
    expect(whole).toBeCloseTo(part, 5);
  });

  it('refuses pictures that can’t be compared, and leaves no tensors behind', async () => {
    const before = backend.memory().tensors;
    await expect(distance.measure(chelsea, cropRgba8(china, 0, 0, 200, 256))).rejects.toThrow("can't be compared");
    const small = cropRgba8(china, 0, 0, 15, 40);
    await expect(distance.measure(small, small)).rejects.toThrow('too small');
    await distance.measure(cropRgba8(chelsea, 0, 0, 16, 16), cropRgba8(china, 0, 0, 16, 16));
    expect(backend.memory().tensors).toBe(before);
  });
});
