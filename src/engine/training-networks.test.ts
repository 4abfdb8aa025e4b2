/** What a run begins with, from the weights that ship. */
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../cli/backend.ts';
import { shippedFolder } from '../../cli/model-directory.ts';
import { tinyModel } from '../../tests/tiny-model.ts';
import { defaultConfig, readTrainingConfig } from '../training/config.ts';
import { TrainingRun } from '../training/run.ts';
import { loadTrainingNetworks } from './training-networks.ts';

const backend = await openNodeBackend('wasm');
afterAll(() => backend.dispose());

const pictures = {
  count: 1,
  picture: async () => ({ width: 64, height: 64, channels: 3 as const, data: new Float32Array(64 * 64 * 3) }),
};

describe('G, D_H and D_L from shipped weights', () => {
  it.each(['diffusion', 'convolutional'] as const)(
    'of the %s G begin as the files have them, buffers included',
    async (downsampler) => {
      const source = shippedFolder('nano');
      const config = readTrainingConfig({ partnerStart: 'shipped', discriminator: 'scratch', downsampler });
      const before = backend.memory().tensors;
      const networks = await loadTrainingNetworks({ preset: source, folders: shippedFolder }, config);
      const run = new TrainingRun('nano', networks.models, networks.teacher, pictures, config, networks.start);
      await run.prepare();
      for (const name of ['downsampler', 'discriminatorHR', 'discriminatorLR'] as const) {
        const [learner, shipped] = [run.learners.get(name), networks.start.shipped?.get(name)];
        for (const tensor of shipped?.names ?? []) {
          const [values, file] = [await learner?.network.params.get(tensor).data(), await shipped?.get(tensor).data()];
          const bytes = (array: typeof values) => Buffer.from(Float32Array.from(array ?? []).buffer);
          expect(bytes(values).equals(bytes(file)), tensor).toBe(true);
        }
      }
      run.dispose();
      networks.dispose();
      expect(backend.memory().tensors).toBe(before);
    },
  );

  it('are refused in a sentence where there are none, or they don’t fit; nothing stays allocated', async () => {
    const before = backend.memory().tensors;
    const { source } = await tinyModel([], true);
    const shipped = { ...defaultConfig, partnerStart: 'shipped' as const };
    await expect(loadTrainingNetworks({ preset: source, folders: shippedFolder }, shipped)).rejects.toThrow(
      'The tiny weights have no downsampler of ours to start from: let G and the D’s start fresh.',
    );
    const latent = { ...shipped, downsamplerSpace: 'latent' as const };
    await expect(
      loadTrainingNetworks({ preset: shippedFolder('nano'), folders: shippedFolder }, latent),
    ).rejects.toThrow(/shipped downsampler does not fit these settings/);
    expect(backend.memory().tensors).toBe(before);
  });
});
