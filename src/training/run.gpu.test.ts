/** Whole runs on WebGPU: the same bits again, and what is read back. */
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter, onBoth, openPromised } from '../../tests/support/gpu.ts';
import { checkRepeats, newRun, small } from '../../tests/support/small-run.ts';
import { countsBetween } from '../gpu/counters.ts';
import { readTrainingConfig } from '../paper/config.ts';
import { panelAtlas } from './panels.ts';

const adapter = await findAdapter('runs on WebGPU');

describe.skipIf(!adapter)('a training run on WebGPU', { timeout: 600_000 }, () => {
  it.runIf(onBoth)(
    'repeats itself to the bit, goes on from a checkpoint to the bit, and leaves no tensor behind',
    async () => {
      const backend = await openNodeBackend('webgpu');
      await checkRepeats(backend, await loadFixture('iteration_default'));
      backend.dispose();
    },
  );

  it('reads back once an iteration, and not at all for its pictures', async () => {
    const backend = await openNodeBackend('webgpu');
    const fixture = await loadFixture('iteration_default');
    const run = newRun(fixture, { ...small, pool: 1 }, undefined, backend.recordings);
    await run.iterate();
    const before = backend.counts();
    await run.iterate();
    const between = backend.counts();
    expect(countsBetween(before, between).maps).toBe(1);
    const iteration = await run.begin();
    await run.complete(iteration);
    const done = backend.counts();
    expect(countsBetween(between, done).maps).toBe(1);
    panelAtlas(iteration).pixels.dispose();
    expect(countsBetween(done, backend.counts()).maps).toBe(0);
    run.discard(iteration);
    run.dispose();
    backend.dispose();
  });

  it('takes no more storage buffers than WebGPU promises, with every term at once', async () => {
    const backend = await openPromised();
    const errors: string[] = [];
    backend.device?.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    const config = readTrainingConfig({ inverseWeight: 1, gtWeight: 1, cycle: true }, small);
    const run = newRun(await loadFixture('iteration_default'), config);
    await run.iterate();
    expect(errors).toEqual([]);
    run.dispose();
    backend.dispose();
  });
});
