/** The GPU work of one co-training iteration. Counts are the same on every adapter and in every iteration. */
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { countsBetween } from '../gpu/counters.ts';
import { disposeBatch } from '../paper/batch.ts';
import { finish, TrainingIteration } from '../training/step.ts';

const adapter = await findAdapter('the GPU work of an iteration');

/** A quarter of what stock ops take for the same iteration: 12,850 (docs/performance.md). */
const mostDispatches = 3212;

describe.runIf(adapter)('an iteration of all networks', () => {
  it('takes a quarter of stock dispatches, 8 submits, one read-back and, once settled, no new buffer', {
    timeout: 600_000,
  }, async () => {
    const backend = await openNodeBackend('webgpu');
    const { run, batch } = await loadFixture('iteration_default');
    for (let step = 0; step < 4; step++) {
      const before = backend.counts();
      const iteration = new TrainingIteration(run, batch, step);
      await finish(iteration);
      iteration.dispose();
      const { dispatches, submits, maps, buffers, bytes } = countsBetween(before, backend.counts());
      expect(dispatches).toBeLessThanOrEqual(mostDispatches);
      expect(submits).toBeLessThanOrEqual(8);
      expect(maps).toBe(1);
      if (step === 3) expect({ buffers, bytes }).toEqual({ buffers: 0, bytes: 0 });
    }
    disposeBatch(batch);
    for (const learner of run.learners.values()) learner.dispose();
    run.models.autoencoder.params.dispose();
    backend.dispose();
  });
});
