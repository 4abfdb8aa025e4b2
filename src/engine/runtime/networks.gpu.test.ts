import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { findAdapter } from '../../../tests/support/gpu.ts';
import { modelOf, tinyModel, tinyNetworks } from '../../../tests/support/tiny-model.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { floatImage } from '../../imaging/image.ts';
import { autoencoderCost } from '../../nn/cost/memory.ts';
import type { ParamShapes } from '../../presets/architecture.ts';
import { presets } from '../../presets/presets.ts';
import { defaultOptions } from '../../protocol/upscale.ts';
import { isHalf, leastMemory, loadWeights } from './networks.ts';
import { UpscaleEngine } from './upscale-engine.ts';

describe('isHalf', () => {
  it('is true only where all weights came as f16', async () => {
    const file = (dtypes: readonly ('F16' | 'F32')[]) =>
      writeSafetensors(dtypes.map((dtype, i) => ({ name: `w${i}`, dtype, shape: [2], data: Float32Array.of(1, 2) })));
    expect(await isHalf(file(['F16', 'F16']))).toBe(true);
    expect(await isHalf(file(['F16', 'F32']))).toBe(false);
  });
});

const adapter = await findAdapter('the memory of half filters');

describe('loadWeights', async () => {
  const half = [...(await tinyModel()).files.values()][0];
  const { shapes } = tinyNetworks()[0] as { shapes: ParamShapes };
  const count = [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);

  it('counts 32 bits a weight where nothing else is kept', async () => {
    const backend = await openNodeBackend('wasm');
    const { params, bytes } = await loadWeights(half, shapes, 'half');
    expect(bytes).toBe(4 * count);
    params.dispose();
    backend.dispose();
  });

  it.runIf(adapter?.features.has('shader-f16'))('counts filters that came as f16 as what they take', async () => {
    const file = await openSafetensors(half);
    const tensors = [...shapes].map(async ([name, shape]) => ({
      name,
      shape,
      dtype: 'F32' as const,
      data: await file.readFloat32(name),
    }));
    const whole = writeSafetensors(await Promise.all(tensors));
    const backend = await openNodeBackend('webgpu');
    const taken = async (blob: Blob) => {
      const { params, bytes } = await loadWeights(blob, shapes, 'file');
      backend.trim();
      const inUse = backend.memory().gpuBytes as number;
      params.dispose();
      backend.trim();
      return { bytes, inUse: inUse - (backend.memory().gpuBytes as number) };
    };
    const [ofWhole, ofHalf] = [await taken(whole), await taken(half)];
    expect(ofWhole.bytes).toBe(4 * count);
    expect(ofHalf.bytes).toBeLessThan(0.6 * ofWhole.bytes);
    expect(ofWhole.inUse - ofHalf.inUse).toBe(ofWhole.bytes - ofHalf.bytes);
    backend.dispose();
  });
});

describe.runIf(adapter)('the plan of a tile’s memory', () => {
  it.each([
    ['sinsr', 64, ['off', 'wavelet', 'ycbcr']],
    ['resshift@3', 32, ['wavelet']],
  ] as const)('has room for all that compact’s recording holds: %s, %i px', async (method, side, locks) => {
    const { source } = await modelOf(presets.compact, ['sinsr'], true);
    const request = { backend: 'webgpu', preset: 'compact', method, tile: 16, memoryBudget: 2 ** 30 } as const;
    const compute = await UpscaleEngine.open({ openBackend: openNodeBackend, models: () => source }, request, () => {});
    const { backend } = compute;
    const noise = new Float32Array(compute.noiseDraws * side * side * compute.latentChannels);
    const { peak } = compute.networks.tileCost(side, side);
    for (const lock of locks) {
      backend.trim();
      await compute.runTile(floatImage(side, side, 3), noise, lock);
      expect(backend.memory().gpuBytes, lock).toBeLessThanOrEqual(peak);
      expect(backend.memory().gpuBytes, lock).toBeGreaterThan(0.8 * peak);
    }
    compute.dispose();
  });
});

describe('leastMemory', () => {
  const { autoencoder, unet } = presets.paper;

  it('has the published networks fit the default budget on WebGPU, by decoding in strips', () => {
    const least = leastMemory(autoencoder, unet, 'webgpu');
    const [whole, strips] = [64, 16].map((rows) => autoencoderCost(autoencoder, 64, 64, 'webgpu', rows).peak);
    expect(least).toBeLessThan(defaultOptions.memoryBudget);
    expect(least + (whole as number) - (strips as number)).toBeGreaterThan(defaultOptions.memoryBudget);
    // docs/models.md
    expect([least / 1e9, leastMemory(autoencoder, unet, 'wasm') / 1e9]).toEqual([
      expect.closeTo(1.03, 2),
      expect.closeTo(1.83, 2),
    ]);
    expect((least + (whole as number) - (strips as number)) / 1e9).toBeCloseTo(1.37, 2);
  });
});
