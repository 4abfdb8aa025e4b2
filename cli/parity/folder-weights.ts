/** Weights for a parity check from a preset's folder: the files' whole route, from the checkpoint to the network. */
import { findAutoencoder, findUpscaler, readParams } from '../../src/engine/runtime/networks.ts';
import type { WeightReader } from '../../tests/support/golden.ts';
import { directoryModelSource } from '../model-directory.ts';

export function folderWeights(folder: string): WeightReader {
  const source = directoryModelSource(folder);
  return async (shapes, salt) => {
    const manifest = await source.manifest();
    const entry = salt.endsWith('.autoencoder') ? findAutoencoder(manifest) : findUpscaler(manifest, 'auto');
    return readParams(await source.file(entry, () => undefined), shapes, entry.name);
  };
}
