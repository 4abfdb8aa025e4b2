import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { shippedFolder } from '../../tests/support/node.ts';
import { modelOf, tinyModel } from '../../tests/support/tiny-model.ts';
import { loadTrainingNetworks, plannedNetworks } from '../engine/runtime/training-networks.ts';
import type { Backend } from '../gpu/backend.ts';
import { floatImage } from '../imaging/image.ts';
import { readTrainingConfig } from '../paper/config.ts';
import { presets } from '../presets/presets.ts';
import { advance } from '../training/step.ts';
import { bytesInUse, estimateBytes, proposeSizes } from './memory.ts';
import { TrainingRun } from './run.ts';

const model = await tinyModel([], true);
const plain = await modelOf(presets.tiny, [], true);
const planned = (settings: object, { manifest } = model) => plannedNetworks(manifest, readTrainingConfig(settings));
const base = { pool: 1, degradation: 'bicubic' };

/** Most bytes of tensors at any kernel of an iteration. */
async function mostInUse(settings: object, { source } = model): Promise<number> {
  const config = readTrainingConfig(settings);
  const networks = await loadTrainingNetworks({ preset: source, folders: shippedFolder }, config);
  const picture = floatImage(128, 128, 3);
  const pictures = { count: 1, picture: async () => picture };
  const run = new TrainingRun('compact', networks.models, networks.teacher, pictures, config, networks.start);
  const iteration = await run.begin();
  let most = 0;
  while (iteration.phase) {
    const { peakBytes } = await tf.profile(() => {
      advance(iteration);
      // A phase that is left out runs no kernel, and there would be no peak.
      return tf.zeros([1]);
    });
    if (Number.isFinite(peakBytes)) most = Math.max(most, peakBytes);
  }
  run.discard(iteration);
  run.dispose();
  networks.dispose();
  return most;
}

describe('the estimate of memory', { timeout: 120_000 }, () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openNodeBackend('wasm');
  });
  afterAll(() => backend.dispose());

  it.each([
    {},
    { downsampler: 'convolutional' },
    { lambdaHr: 0, lambdaLr: 0, batch: 2 },
    { downsampler: 'convolutional', window: 16 },
    { lambdaLr: 0, crop: 32, windowMargin: 12 },
    { lambdaHr: 0, lambdaLr: 0, perceptualWeight: 1 },
  ])('is near what an iteration takes: %j', async (change) => {
    const settings = { ...base, ...change };
    const ratio = (await mostInUse(settings)) / bytesInUse(planned(settings), readTrainingConfig(settings));
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.3);
  });

  it.each([
    {},
    { lambdaHr: 0, lambdaLr: 0, batch: 8 },
    { window: 16, batch: 8 },
    { lambdaHr: 0, lambdaLr: 0, perceptualWeight: 1 },
    { crop: 32, window: 32, batch: 4, lambdaHr: 0, perceptualWeight: 1 },
  ])('is near what an iteration of networks without norms takes: %j', async (change) => {
    const settings = { ...base, ...change };
    const ratio =
      (await mostInUse(settings, plain)) / bytesInUse(planned(settings, plain), readTrainingConfig(settings));
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.3);
  });

  it('grows with batch and crop, and proposes a batch within the budget', () => {
    const bytes = (settings: object) => estimateBytes(planned(settings), readTrainingConfig(settings));
    expect(bytes({ batch: 4 })).toBeGreaterThan(bytes({ batch: 2 }));
    expect(bytes({ crop: 32 }) - bytes({ crop: 16 })).toBeGreaterThan(bytes({ batch: 2 }) - bytes({}));
    const propose = (budget: number) => proposeSizes(planned({}), readTrainingConfig({}), budget, 8);
    expect(propose(2 ** 34)).toEqual({ crop: 16, batch: 8 });
    expect(propose(1.01 * bytes({ batch: 2 }))).toEqual({ crop: 16, batch: 2 });
    expect(propose(1)).toEqual({ crop: 16, batch: 1 });
  });
});
