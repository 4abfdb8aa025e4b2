/** The parity checks on WebGPU: they pass on the small golden files. */
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCompact, compactNetworks } from '../tests/support/compact-parity.ts';
import { findAdapter, onBoth } from '../tests/support/gpu.ts';
import { checkFile } from './parity/check-file.ts';

const adapter = onBoth && (await findAdapter('parity on WebGPU'));
const folder = resolve(import.meta.dirname, '../tests/golden');

describe.skipIf(!adapter)('golden files', () => {
  it('perceptual, on webgpu', async () => {
    const { rows, unchecked } = await checkFile(join(folder, 'perceptual.json'), 'webgpu');
    expect(rows.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(rows).toHaveLength(5 * 4);
    expect(unchecked).toEqual(['lpipsVgg', 'dists']);
  });

  // One file: on a software adapter most of the time goes into compiling shaders. --backend webgpu checks the others.
  it('unet_swin_two_level on WebGPU, gradients included', async () => {
    const { rows, backend, unchecked } = await checkFile(join(folder, 'unet_swin_two_level.safetensors'), 'webgpu');
    expect(backend).toBe('webgpu');
    expect(rows.filter(({ error, tolerance }) => error > tolerance)).toEqual([]);
    expect(unchecked).toEqual([]);
  });
});

describe.skipIf(!adapter)('compact’s networks and PyTorch’s are the same', () => {
  it.each(compactNetworks)('%s on WebGPU', (name, tensors) => checkCompact(name, 'webgpu', tensors));
});
