/** LPIPS of 8-bit pictures: in parts as in one piece, and how it moves. Its numbers are checked with the golden pictures. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { directoryModelSource, readImage } from '../../../tests/support/node.ts';
import { cropRgba8, pasteRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { RandomStream } from '../../imaging/random.ts';
import { lpips, lpipsParamShapes } from '../../nn/lpips.ts';
import { Lpips, loadMetrics } from './metrics.ts';
import { readParams } from './networks.ts';

const root = resolve(import.meta.dirname, '../../..');
const weights = `${root}/public/models/metrics`;
const photo = (name: string) => readImage(`${root}/tests/images/hr/crop_${name}.png`);
const [chelsea, china] = [await photo('animal_chelsea'), await photo('urban_china-0')];
const backend = await openNodeBackend('wasm');
const metric = await Lpips.load(directoryModelSource(weights));
const folder = await mkdtemp(join(tmpdir(), 'cosr-lpips-'));
afterAll(async () => {
  metric.dispose();
  backend.dispose();
  await rm(folder, { recursive: true });
});

function noisy(image: Rgba8, deviation: number): Rgba8 {
  const random = new RandomStream(5);
  return { ...image, data: image.data.map((old, i) => (i % 4 === 3 ? old : old + deviation * random.normal())) };
}

/** Copies side by side, cut to a size. */
function tiled(image: Rgba8, width: number, height: number): Rgba8 {
  const [across, down] = [Math.ceil(width / image.width), Math.ceil(height / image.height)];
  const data = new Uint8ClampedArray(4 * across * image.width * down * image.height);
  const large = { width: across * image.width, height: down * image.height, data };
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) pasteRgba8(large, image, x * image.width, y * image.height);
  }
  return cropRgba8(large, 0, 0, width, height);
}

describe('LPIPS of pictures', () => {
  it('is 0 for equal ones, symmetric, and rises with noise', async () => {
    expect(await metric.measure(china, china)).toBe(0);
    const [there, back] = [await metric.measure(chelsea, china), await metric.measure(china, chelsea)];
    expect(there).toBeCloseTo(Number(back), 6);
    const values = [];
    for (const deviation of [4, 12, 36]) values.push(Number(await metric.measure(noisy(chelsea, deviation), chelsea)));
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it('measures a large picture in parts, with the value of the whole', async () => {
    const [a, b] = [tiled(chelsea, 1037, 530), noisy(tiled(chelsea, 1037, 530), 20)];
    const params = await readParams(
      new Blob([new Uint8Array(await readFile(join(weights, 'lpips-alex.safetensors')))]),
      lpipsParamShapes(),
      'the file',
    );
    const tensor = ({ data, width, height }: ReturnType<typeof rgba8ToFloat>) =>
      tf.tensor4d(data, [1, height, width, 3]);
    const whole = tf.tidy(() => lpips(params, tensor(rgba8ToFloat(a)), tensor(rgba8ToFloat(b))));
    expect(await metric.measure(a, b)).toBeCloseTo(Number((await whole.data())[0]), 6);
    whole.dispose();
    params.dispose();
  });

  it('has none for less than 31 px a side, refuses pictures of two sizes, and leaves no tensors behind', async () => {
    const before = backend.memory().tensors;
    const cut = (side: number) => cropRgba8(chelsea, 0, 0, side, 40);
    expect(await metric.measure(cut(30), cut(30))).toBeNull();
    expect(await metric.measure(cut(31), noisy(cut(31), 9))).toBeGreaterThan(0);
    await expect(metric.measure(cut(40), cut(31))).rejects.toThrow("can't be compared");
    expect(backend.memory().tensors).toBe(before);
  });

  it('takes the file it knows and no other', async () => {
    for (const name of ['lpips-alex.safetensors', 'niqe.safetensors']) {
      const bytes = await readFile(join(weights, name));
      bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
      await writeFile(join(folder, name), bytes);
    }
    const damaged = directoryModelSource(folder);
    await expect(Lpips.load(damaged)).rejects.toThrow('lpips-alex.safetensors: differs from its manifest');
    await expect(loadMetrics(damaged, false)).rejects.toThrow('niqe.safetensors: differs from its manifest');
  });
});
