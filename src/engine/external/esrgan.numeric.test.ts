/** UpscalerJS's models against the pictures that their packages bring as their own results. */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { nodeExternal, packageFolder } from '../../../tests/support/external.ts';
import { readImage } from '../../../tests/support/node.ts';
import type { Backend } from '../../gpu/backend.ts';
import { cropRgba8, type Rgba8 } from '../../imaging/image.ts';
import { psnrRgb } from '../../imaging/metrics/index.ts';
import type { EsrganName } from '../../report/methods.ts';
import { type EsrganFiles, openEsrgan } from './esrgan.ts';
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
