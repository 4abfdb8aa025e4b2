/** The networks of compact against PyTorch's (tests/networks/README.md), for tests of the parity check. */
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { checkFile } from '../../cli/parity/check-file.ts';

/** Golden files with tensors that each must compare. */
export const compactNetworks = [
  ['tiny_autoencoder_compact', ['decoded', 'grad.x', 'grad_l2_norms']],
  ['unet_swin_compact', ['output', 'grad.x', 'grad_l2_norms']],
  ['one_step_compact', ['image']],
  ['discriminator_hr_compact', ['logits.4', 'grad.x', 'grad_l2_norms']],
  ['discriminator_lr_compact', ['logits.2', 'grad.features.stem.weight', 'grad_l2_norms']],
] as const;

/** @throws an assertion of Vitest's where a tensor differs by more than its tolerance, or is not compared */
export async function checkCompact(name: string, wanted: 'wasm' | 'webgpu', tensors: readonly string[]): Promise<void> {
  const file = resolve(import.meta.dirname, `../networks/${name}.safetensors`);
  const { rows, backend, unchecked } = await checkFile(file, wanted);
  expect(backend).toBe(wanted);
  expect(rows.filter(({ error, tolerance }) => error > tolerance)).toEqual([]);
  expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining([...tensors]));
  expect(unchecked).toEqual([]);
}
