/** UpscalerJS's models against the pictures that their packages bring as their own results. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { nodeExternal, packageFolder } from '../../../tests/support/external.ts';
import { readImage } from '../../../tests/support/node.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import type { Backend } from '../../gpu/backend.ts';
import { watchPeakBytes } from '../../gpu/counters.ts';
import { cropRgba8, floatImage, type Rgba8 } from '../../imaging/image.ts';
import { psnrRgb } from '../../imaging/metrics/fidelity.ts';
import type { EsrganName } from '../../report/methods.ts';
import { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { upscaleImage } from '../upscale/tiled-upscale.ts';
import { type EsrganFiles, esrganNetwork, openEsrgan } from './esrgan.ts';
import { upscaleWith } from './external-model.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await openNodeBackend('wasm');
});
afterAll(() => backend.dispose());

const assets = (name: EsrganName) => join(packageFolder(`@upscalerjs/${name}`), 'assets');

describe('UpscalerJS’s ESRGAN', () => {
  it.each<EsrganName>(['esrgan-slim', 'esrgan-medium'])('%s gives its package’s own result', async (name) => {
    const before = tf.memory().numTensors;
    const model = await openEsrgan(name, await nodeExternal.esrgan(name), 128);
    const output = await upscaleWith(model, await readImage(join(assets(name), 'fixture.png')), 0);
    expect(psnrRgb(output, await readImage(join(assets(name), 'samples/4x/result.png')))).toBeGreaterThan(80);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('thick does so in a corner: the whole would take a minute', async () => {
    const model = await openEsrgan('esrgan-thick', await nodeExternal.esrgan('esrgan-thick'), 32);
    const fixture = await readImage(join(assets('esrgan-thick'), 'fixture.png'));
    const output = await upscaleWith(model, cropRgba8(fixture, 0, 0, 32, 32), 0);
    const theirs = await readImage(join(assets('esrgan-thick'), 'samples/4x/result.png'));
    const corner = (image: Rgba8) => cropRgba8(image, 0, 0, 32, 32);
    expect(psnrRgb(corner(output), corner(theirs))).toBeGreaterThan(60);
    model.dispose();
  });

  it('runs on the upscale engine, by its tiles and clock, to the same picture', async () => {
    const { source } = await tinyModel();
    const files = await nodeExternal.esrgan('esrgan-slim');
    const compute = await UpscaleEngine.open(
      {
        openBackend: async () => ({ ...backend, dispose: () => {} }),
        models: () => source,
        outside: (name) => esrganNetwork(name, files),
      },
      { backend: 'wasm', preset: 'compact', method: 'esrgan-slim', tile: 32, memoryBudget: 2 ** 30 },
      () => {},
    );
    expect(compute.ready).toMatchObject({ method: 'esrgan-slim', methods: ['sinsr'], tile: 32 });
    await compute.probe(() => {});
    expect(compute.ready.msPerTile).toBeGreaterThan(0);
    // A small tile's time predicts a larger one's.
    const bytes = watchPeakBytes();
    await compute.runTile(floatImage(48, 48, 3), new Float32Array(0), 'off');
    const { peak } = compute.networks.tileCost(48, 48);
    expect((peak - 4 * compute.ready.parameters) / bytes.read()).toBeCloseTo(1, 1);
    bytes.stop();
    const fixture = cropRgba8(await readImage(join(assets('esrgan-slim'), 'fixture.png')), 0, 0, 40, 36);
    const options = { preset: 'compact', method: 'esrgan-slim', seed: 1, colourLock: 'off' } as const;
    const output = await upscaleImage(compute, fixture, options, { memoryBudget: 2 ** 30 });
    expect(() => compute.own).toThrow(/choose one of them as the method on Upscale/);
    compute.dispose();
    const model = await openEsrgan('esrgan-slim', files, 32);
    expect(output.data).toEqual((await upscaleWith(model, fixture, 1)).data);
    model.dispose();
  });

  it('with damaged files is refused', async () => {
    const files = await nodeExternal.esrgan('esrgan-slim');
    const open = (change: Partial<EsrganFiles>) => openEsrgan('esrgan-slim', { ...files, ...change });
    await expect(open({ model: { format: 'graph-model' } })).rejects.toThrow('model.json is damaged');
    await expect(open({ file: async () => new ArrayBuffer(8) })).rejects.toThrow('weights have 8 bytes');
    const stray = structuredClone(files.model) as { weightsManifest: { paths: string[] }[] };
    stray.weightsManifest[0]?.paths.push('../../secret.bin');
    await expect(open({ model: stray })).rejects.toThrow('model.json is damaged');
  });
});
