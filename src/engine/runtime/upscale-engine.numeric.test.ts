/** Opening the engine: what it does when memory, weights or the backend fail it. */

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { directoryModelSource } from '../../../tests/support/node.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import type { Backend } from '../../gpu/backend.ts';
import { watchPeakBytes } from '../../gpu/counters.ts';
import { floatImage } from '../../imaging/image.ts';
import { computedSide } from '../../imaging/tiling.ts';
import type { Event } from '../../protocol/index.ts';
import type { ModelSource } from './model-source.ts';
import type { EngineEnvironment } from './open-networks.ts';
import { UpscaleEngine } from './upscale-engine.ts';

const model = await tinyModel();
const request = { backend: 'wasm', preset: 'compact', method: 'sinsr', tile: 64, memoryBudget: 2 ** 30 } as const;

/** A WASM backend whose device reports that memory ran out for the first `failures` tiles. */
async function scarce(failures: number): Promise<Backend> {
  let left = failures;
  const device = {
    pushErrorScope: () => {},
    popErrorScope: async () => (left-- > 0 ? { message: 'out of memory' } : null),
  };
  return { ...(await openNodeBackend('wasm')), device: device as unknown as GPUDevice };
}

const environment = (change: Partial<EngineEnvironment> = {}): EngineEnvironment => ({
  openBackend: openNodeBackend,
  models: () => model.source,
  ...change,
});

describe('UpscaleEngine.open', () => {
  it('halves the tile until it fits, and says so', async () => {
    const events: Event[] = [];
    const compute = await UpscaleEngine.open(environment({ openBackend: () => scarce(2) }), request, (e) =>
      events.push(e),
    );
    expect(compute.ready.tile).toBe(16);
    expect(events.filter(({ type }) => type === 'notice').length).toBe(2);
    expect(compute.ready.tileReason).toBe('16 px, because 32 px did not fit the memory.');
    compute.dispose();
  });

  it('decodes the smallest tile in strips before it gives up', async () => {
    const compute = await UpscaleEngine.open(environment({ openBackend: () => scarce(3) }), request, () => {});
    expect(compute.ready.tile).toBe(16);
    expect(compute.ready.tileReason).toBe('16 px, decoded in 4 strips, because it did not fit the memory whole.');
    expect(compute.networks.decodeRows).toBe(4);
    compute.dispose();
  });

  it('gives one sentence when nothing fits', async () => {
    const opening = UpscaleEngine.open(environment({ openBackend: () => scarce(9) }), request, () => {});
    await expect(opening).rejects.toThrow(/Not even a 16 px tile fits .* close other tabs/);
  });

  it('reports byte progress, the backend and the tile with their reasons', async () => {
    const events: Event[] = [];
    const source: ModelSource = {
      manifest: model.source.manifest,
      async file(entry, onProgress) {
        onProgress(1, false);
        await new Promise((resolve) => setTimeout(resolve));
        onProgress(entry.bytes, false);
        return model.source.file(entry, onProgress);
      },
    };
    const compute = await UpscaleEngine.open(environment({ models: () => source }), { ...request, tile: 16 }, (e) =>
      events.push(e),
    );
    const logs = events.flatMap((e) => (e.type === 'log' ? [e.message] : []));
    expect(logs).toEqual([expect.stringMatching(/^Backend: /), expect.stringMatching(/^Tile: 16 px as asked/)]);
    const progress = events.flatMap((e) => (e.type === 'model-progress' ? [e] : []));
    const total = [...model.files.values()].reduce((sum, { size }) => sum + size, 0);
    // Of both, which come side by side.
    expect(progress.map(({ loaded }) => loaded)).toEqual([1, 2, expect.any(Number), total]);
    expect(progress.every((e) => e.total === total && !e.cached)).toBe(true);
    expect(compute.ready.parameters).toBe(compute.networks.parameters);
    compute.dispose();
  });

  it('loads both files of weights before the backend is there, and times nothing', async () => {
    const asked: string[] = [];
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const source: ModelSource = {
      manifest: model.source.manifest,
      file(entry, onProgress) {
        asked.push(entry.name);
        // Neither waits for the other: the second opens the backend.
        if (asked.length === 2) open();
        return opened.then(() => model.source.file(entry, onProgress));
      },
    };
    const openBackend = () => opened.then(() => openNodeBackend('wasm'));
    const compute = await UpscaleEngine.open(environment({ openBackend, models: () => source }), request, () => {});
    expect(asked).toHaveLength(2);
    expect(compute.ready.msPerTile).toBeNull();
    expect(compute.msOf([{ width: 1, height: 1 }])).toBeNull();
    compute.dispose();
  });

  it('tells why the backend does not open, whatever the weights do', async () => {
    const refuse = async () => Promise.reject(new Error('No backend today.'));
    const gone = { ...model.source, manifest: async () => Promise.reject(new Error('No weights today.')) };
    await expect(
      UpscaleEngine.open(environment({ openBackend: refuse, models: () => gone }), request, () => {}),
    ).rejects.toThrow('No backend today.');
  });

  it.each([
    ['a GPU', false, 2],
    ['a software adapter', true, 1],
  ])('runs the probe tile often enough on %s for a time without the compiling', async (_, isSoftware, runs) => {
    let count = 0;
    const device = { pushErrorScope: () => count++, popErrorScope: async () => null } as unknown as GPUDevice;
    const adapter = { vendor: '', architecture: '', device: '', description: '', isSoftware };
    const openBackend = async (): Promise<Backend> => ({
      ...(await openNodeBackend('wasm')),
      kind: 'webgpu',
      device,
      adapter,
    });
    const compute = await UpscaleEngine.open(environment({ openBackend }), { ...request, tile: 16 }, () => {});
    // Compiling takes memory too.
    expect(count).toBe(1);
    await compute.probe(() => {});
    expect(count).toBe(1 + runs);
    expect(compute.ready.msPerTile).toBeGreaterThan(0);
    compute.dispose();
  });

  it('tells what its tile takes by the tiles that were timed', async () => {
    const compute = await UpscaleEngine.open(environment({}), { ...request, tile: 16 }, () => {});
    compute.recordTileTime(1024, 3);
    expect(compute.msOf([{ width: 32, height: 64 }])).toBeCloseTo(6, 9);
    compute.recordTileTime(2048, 4);
    const side = computedSide(compute.tiling, 16);
    expect(compute.ready.msPerTile).toBeCloseTo(2 + side ** 2 / 1024, 9);
    compute.dispose();
  });

  it('refuses weights that do not fit their configuration, and leaves nothing behind', async () => {
    const swapped = new Map([...model.files].map(([name], i) => [name, [...model.files.values()].at(1 - i) as Blob]));
    const source = { ...model.source, file: async ({ name }: { name: string }) => swapped.get(name) as Blob };
    const backend = await openNodeBackend('wasm');
    const before = backend.memory().tensors;
    await expect(UpscaleEngine.open(environment({ models: () => source }), request, () => {})).rejects.toThrow(
      /autoencoder.safetensors does not fit its configuration: encoder.conv_in.weight is missing/,
    );
    expect(backend.memory().tensors).toBe(before);
  });

  it('predicts the memory that a tile is measured to take', async () => {
    const source = directoryModelSource(resolve(import.meta.dirname, '../../../public/models/compact'));
    for (const [method, side] of [
      ['ours', 64],
      ['resshift@2', 48],
    ] as const) {
      const compute = await UpscaleEngine.open(environment({ models: () => source }), { ...request, method }, () => {});
      const bytes = watchPeakBytes();
      const noise = new Float32Array(compute.noiseDraws * side * side * compute.latentChannels);
      await compute.runTile(floatImage(side, side, 3), noise, 'off').finally(bytes.stop);
      const measured = 4 * compute.ready.parameters + bytes.read();
      const { tensors } = compute.own.tileCost(side, side);
      expect(tensors / measured, method).toBeGreaterThan(0.9);
      expect(tensors / measured, method).toBeLessThan(1.1);
      compute.dispose();
    }
  });

  it('takes strips where the budget wants them, and counts them in', async () => {
    const { source } = await tinyModel(['sinsr'], false, null, [1, 2, 2]);
    const open = (memoryBudget: number) =>
      UpscaleEngine.open(environment({ models: () => source }), { ...request, tile: 16, memoryBudget }, () => {});
    const whole = await open(2 ** 30);
    const { peak } = whole.networks.tileCost(16, 16);
    whole.dispose();
    const cut = await open(peak - 1);
    const { decodeRows } = cut.networks;
    expect(decodeRows).toBe(8);
    expect(cut.networks.tileCost(16, 16, decodeRows).peak).toBeLessThan(peak);
    cut.dispose();
  });

  it('says which method the weights lack, and which they have', async () => {
    await expect(UpscaleEngine.open(environment(), { ...request, method: 'resshift' }, () => {})).rejects.toThrow(
      'The tiny weights have no "resshift" network: choose sinsr.',
    );
    const gone = { ...request, method: 'taught:My owls@0123abcd' } as const;
    await expect(UpscaleEngine.open(environment(), gone, () => {})).rejects.toThrow('have no "My owls" network');
  });

  it('takes the best method by itself', async () => {
    const { source } = await tinyModel(['sinsr', 'ours-conv', 'ours']);
    const compute = await UpscaleEngine.open(
      environment({ models: () => source }),
      { ...request, method: 'auto' },
      () => {},
    );
    expect(compute.ready).toMatchObject({ method: 'ours', methods: ['ours', 'ours-conv', 'sinsr'] });
    compute.dispose();
  });
});
