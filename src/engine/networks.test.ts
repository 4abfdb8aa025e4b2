import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../formats/safetensors.ts';
import { autoencoderCost } from '../nn/cost.ts';
import { presets } from '../presets/presets.ts';
import { isHalf, leastMemory } from './networks.ts';
import { defaultOptions } from './protocol.ts';

describe('isHalf', () => {
  it('is true only where all weights came as f16', async () => {
    const file = (dtypes: readonly ('F16' | 'F32')[]) =>
      writeSafetensors(dtypes.map((dtype, i) => ({ name: `w${i}`, dtype, shape: [2], data: Float32Array.of(1, 2) })));
    expect(await isHalf(file(['F16', 'F16']))).toBe(true);
    expect(await isHalf(file(['F16', 'F32']))).toBe(false);
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
