/** Start of a run from the weights that ship. */
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { shippedFolder } from '../../../tests/support/node.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import { defaultConfig, readTrainingConfig } from '../../paper/config.ts';
import { TrainingRun } from '../../training/run.ts';
import { loadTrainingNetworks } from './training-networks.ts';

const backend = await openNodeBackend('wasm');
afterAll(() => backend.dispose());

const pictures = {
  count: 1,
  picture: async () => ({ width: 64, height: 64, channels: 3 as const, data: new Float32Array(64 * 64 * 3) }),
};

describe('G, D_H and D_L from shipped weights', () => {
  it.each(['diffusion', 'convolutional'] as const)(
    'begin as the files have them, buffers included: %s G',
    async (downsampler) => {
      const source = shippedFolder('compact');
      const config = readTrainingConfig({ partnerStart: 'shipped', downsampler });
      const before = backend.memory().tensors;
      const networks = await loadTrainingNetworks({ preset: source, folders: shippedFolder }, config);
      const run = new TrainingRun('compact', networks.models, networks.teacher, pictures, config, networks.start);
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

  it('begin with pretrained features otherwise, their heads random', async () => {
    const { source } = await tinyModel([], true);
    const config = readTrainingConfig({ lambdaLr: 0 });
    const networks = await loadTrainingNetworks({ preset: source, folders: shippedFolder }, config);
    const run = new TrainingRun('compact', networks.models, networks.teacher, pictures, config, networks.start);
    await run.prepare();
    const learner = run.learners.get('discriminatorHR');
    const state = await learner?.state();
    const values = learner?.network.layout.toTorch(state?.values ?? new Float32Array());
    const features = (await networks.start.features?.()) ?? new Map();
    expect(features.size).toBe(66);
    for (const [name, pretrained] of features) expect(values?.get(name), name).toEqual(pretrained);
    const spread = (name: string) => Math.hypot(...(values?.get(name) ?? []));
    expect(spread('heads.0.conv_in.weight')).toBeGreaterThan(1);
    run.dispose();
    networks.dispose();
  });

  it('are refused in a sentence where there are none, or they don’t fit; nothing stays allocated', async () => {
    const before = backend.memory().tensors;
    const { source } = await tinyModel([], true);
    const shipped = { ...defaultConfig, partnerStart: 'shipped' as const };
    await expect(loadTrainingNetworks({ preset: source, folders: shippedFolder }, shipped)).rejects.toThrow(
      'The tiny weights have no downsampler of ours to start from: let G and the D’s start fresh.',
    );
    const latent = { ...shipped, downsamplerSpace: 'latent' as const };
    await expect(
      loadTrainingNetworks({ preset: shippedFolder('compact'), folders: shippedFolder }, latent),
    ).rejects.toThrow(/shipped downsampler does not fit these settings/);
    expect(backend.memory().tensors).toBe(before);
  });
});

describe('the perceptual term', () => {
  it('is loaded where it has a weight, and reaches the student', async () => {
    const { source } = await tinyModel([], true);
    const config = readTrainingConfig({
      perceptualWeight: 1,
      denoiseWeight: 0,
      distillWeight: 0,
      lambdaHr: 0,
      lambdaLr: 0,
      pool: 1,
      degradation: 'bicubic',
    });
    const before = backend.memory().tensors;
    const networks = await loadTrainingNetworks({ preset: source, folders: shippedFolder }, config);
    const run = new TrainingRun('compact', networks.models, networks.teacher, pictures, config, networks.start);
    const { losses, gradNorms, termShares } = await run.iterate();
    expect(losses.perceptual).toBeGreaterThan(0.01);
    expect(losses.student).toBeCloseTo(losses.perceptual as number, 5);
    expect(gradNorms.student).toBeGreaterThan(1e-4);
    expect(termShares).toEqual({ perceptual: 1 });
    run.dispose();
    networks.dispose();
    expect(backend.memory().tensors).toBe(before);
  });
});
