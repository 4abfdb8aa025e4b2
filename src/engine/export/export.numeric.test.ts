/** Exported files, run by onnxruntime, against our own inference. */
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { largestDifference, noiseImage } from '../../../tests/support/test-images.ts';
import { modelOf, tinyModel } from '../../../tests/support/tiny-model.ts';
import { inspectOnnx } from '../../formats/onnx/inspect.ts';
import { fillNoise } from '../../imaging/random.ts';
import { upscaleTile } from '../../paper/upscale.ts';
import { presets } from '../../presets/presets.ts';
import type { MethodRequest } from '../../report/methods.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { fetchNetworks, loadNetworks } from '../runtime/networks.ts';
import { type ExportOptions, exportUpscaler } from './upscaler.ts';

const tile = 16;
const latentChannels = 4;
const seed = 3;
const model = await tinyModel(['sinsr'], true);
await openNodeBackend('wasm');
const picture = noiseImage(tile, tile, 3, 5);
/** The field at the picture's top left. */
const noise = new Float32Array(tile * tile * latentChannels);
fillNoise(noise, seed, 0, 0, tile, tile, latentChannels);

const options: ExportOptions = { method: 'sinsr', tile, weights: 'float32', noiseSeed: null };

/** Planes out of interleaved channels. */
const planes = (data: Float32Array, channels: number) =>
  Float32Array.from(data, (_, i) => {
    const places = data.length / channels;
    return data[(i % places) * channels + Math.floor(i / places)];
  });

/** [0, 1], planes. */
async function ours(source: ModelSource, method: MethodRequest): Promise<Float32Array> {
  const networks = await loadNetworks(await fetchNetworks(source, method, () => {}), 'wasm');
  const output = tf.tidy(() =>
    upscaleTile(
      networks,
      tf.tensor4d(picture.data, [1, tile, tile, 3]),
      tf.tensor4d(noise, [1, tile, tile, latentChannels]),
      networks.sampling,
    ),
  );
  const values = planes(output.dataSync() as Float32Array, 3).map((v) => (v + 1) / 2);
  output.dispose();
  networks.dispose();
  return values;
}

async function theirs(file: Blob, withNoise: boolean): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(new Uint8Array(await file.arrayBuffer()));
  expect(session.inputNames).toEqual(withNoise ? ['image', 'noise'] : ['image']);
  const image = new ort.Tensor(
    'float32',
    planes(picture.data, 3).map((v) => (v + 1) / 2),
    [1, 3, tile, tile],
  );
  const epsilon = new ort.Tensor('float32', planes(noise, latentChannels), [1, latentChannels, tile, tile]);
  const { upscaled } = await session.run(withNoise ? { image, noise: epsilon } : { image });
  expect(upscaled?.dims).toEqual([1, 3, 4 * tile, 4 * tile]);
  await session.release();
  return upscaled?.data as Float32Array;
}

const files = (source: ModelSource, change: Partial<ExportOptions>) =>
  exportUpscaler(source, { ...options, ...change });

describe('an exported upscaler', () => {
  it('gives the picture of our own inference in onnxruntime', async () => {
    const { file, method } = await files(model.source, { method: 'auto' });
    expect(method).toBe('sinsr');
    const expected = await ours(model.source, 'sinsr');
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.5);
    expect(largestDifference(await theirs(file, true), expected)).toBeLessThan(2e-5);
  });

  it('does so of networks without norms, in one step and in the teacher’s', async () => {
    const { source } = await modelOf(presets.tiny, ['sinsr'], true);
    for (const method of ['sinsr', 'resshift'] as const) {
      const { file } = await files(source, { method });
      expect(
        largestDifference(
          await theirs(file, true),
          await ours(source, method === 'resshift' ? 'resshift-det' : method),
        ),
      ).toBeLessThan(1e-4);
      const { metadata } = await inspectOnnx(file);
      expect(metadata.tile_context).toBe(method === 'sinsr' ? '16' : '32');
    }
  });

  it('does so through a codebook', async () => {
    const { source } = await tinyModel(['sinsr'], false, 64);
    const { file } = await files(source, {});
    expect(largestDifference(await theirs(file, true), await ours(source, 'sinsr'))).toBeLessThan(2e-5);
  });

  it('has all steps of the teacher', async () => {
    const { file } = await files(model.source, { method: 'resshift' });
    expect(largestDifference(await theirs(file, true), await ours(model.source, 'resshift-det'))).toBeLessThan(1e-4);
  });

  it('takes the picture alone where the noise is fixed, and half the bytes with weights in float16', async () => {
    const fixed = await files(model.source, { noiseSeed: seed });
    const { file } = await files(model.source, { noiseSeed: seed, weights: 'float16' });
    expect(file.size).toBeLessThan(0.7 * fixed.file.size);
    // The weights came as float16: nothing is lost.
    expect(largestDifference(await theirs(file, false), await ours(model.source, 'sinsr'))).toBeLessThan(2e-5);
  });

  it('leaves the backend and its tensors as they were', async () => {
    const { numTensors } = tf.memory();
    await files(model.source, {});
    expect(tf.getBackend()).toBe('wasm');
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('refuses a tile that windows do not fill, and a method without weights', async () => {
    await expect(files(model.source, { tile: 24 })).rejects.toThrow('a multiple of 16 px');
    await expect(files(model.source, { method: 'ours' })).rejects.toThrow('no "ours" network');
  });
});
