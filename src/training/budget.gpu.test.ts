/** The GPU work of one co-training iteration. Counts are the same on every adapter and in every iteration. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { countsBetween } from '../gpu/counters.ts';
import { flushGpu } from '../gpu/custom-op.ts';
import { disposeBatch } from '../paper/batch.ts';
import { finish, TrainingIteration } from '../training/step.ts';

const adapter = await findAdapter('the GPU work of an iteration');

/** Less than a quarter of what stock ops take for the same iteration: 12,975 (docs/performance.md). */
const mostDispatches = 3212;

/** Tensors that tfjs has made so far. */
function tensorsMade(): number {
  const tensor = tf.scalar(0);
  tensor.dispose();
  return tensor.id;
}

/** Four iterations. @returns bytes of GPU buffers held at their end */
async function held(way: 'through tfjs' | 'replayed'): Promise<number> {
  const backend = await openNodeBackend('webgpu');
  const { run, batch } = await loadFixture('iteration_default');
  const recordings = way === 'replayed' ? backend.recordings : null;
  flushGpu();
  let recorded = 0;
  for (let step = 0; step < 4; step++) {
    const [before, made] = [backend.counts(), tensorsMade()];
    const iteration = new TrainingIteration({ ...run, recordings }, batch, step);
    await finish(iteration);
    iteration.dispose();
    const { dispatches, submits, maps, buffers, bytes, writes } = countsBetween(before, backend.counts());
    expect(dispatches).toBeLessThanOrEqual(mostDispatches);
    expect(submits).toBeLessThanOrEqual(8);
    expect(maps).toBe(1);
    if (step === 3) expect({ buffers, bytes }).toEqual({ buffers: 0, bytes: 0 });
    if (!recordings || step === 0) continue;
    // The batch, six phases and the numbers.
    expect([recordings.count, recordings.refusal]).toEqual([8, null]);
    // Settings of each network's update are all that is made and written.
    expect([writes, tensorsMade() - made]).toEqual([4, 5]);
    if (step === 1) recorded = recordings.bytes;
    expect(recordings.bytes).toBe(recorded);
  }
  const bytes = backend.memory().gpuBytes as number;
  disposeBatch(batch);
  for (const learner of run.learners.values()) learner.dispose();
  recordings?.forget(run.learners);
  expect(backend.recordings?.bytes).toBe(0);
  run.models.autoencoder.params.dispose();
  backend.dispose();
  return bytes;
}

describe.runIf(adapter)('an iteration of all networks', () => {
  it('takes a quarter of stock dispatches, 8 submits, one read-back and, once settled, no new buffer; replayed, no more memory', {
    timeout: 600_000,
  }, async () => {
    const plain = await held('through tfjs');
    expect(await held('replayed')).toBeLessThan(1.02 * plain);
  });
});
