/** One iteration against the trainer's fixture (tests/cotraining/README.md), on every backend that is here. */

import { describe, expect, it } from 'vitest';
import { fixtures, loadFixture } from '../../tests/cotraining/load.ts';
import { nodeGpu, openNodeBackend } from '../../tests/support/node.ts';
import { disposeBatch } from '../paper/batch.ts';
import { finish, TrainingIteration } from './step.ts';

const adapter = await (await nodeGpu())?.requestAdapter().catch(() => null);
if (!adapter) console.warn('No WebGPU adapter here: co-training is not tested on WebGPU.');

const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));

/** The largest |ours − theirs| over all names, relative to |theirs| where that is over `floor`. */
function worst(ours: object, theirs: object, floor = 0): number {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  const values = ours as Record<string, number>;
  const errors = Object.entries(theirs as Record<string, number>).map(
    ([name, value]) => Math.abs((values[name] as number) - value) / Math.max(Math.abs(value), floor),
  );
  return Math.max(...errors);
}

// On a software adapter most of the time goes into compiling shaders: two that have all ops between them.
const cases = [
  ...fixtures.map((name) => ['wasm', name] as const),
  ...(adapter
    ? (['iteration_switches', 'iteration_efficientnet'] as const).map((name) => ['webgpu', name] as const)
    : []),
];

describe("an iteration is the trainer's", () => {
  it.each(cases)('on %s: %s', { timeout: 600_000 }, async (kind, name) => {
    const backend = await openNodeBackend(kind);
    const { run, batch, expected, start } = await loadFixture(name);
    const iteration = new TrainingIteration(run, batch, 0);
    const row = await finish(iteration);
    expect(worst(row.losses, expected.losses)).toBeLessThan(1e-4);
    // Means of logits of either sign, which may come to nothing.
    expect(worst(row.scores, expected.scores, 0.1)).toBeLessThan(1e-4);
    expect(worst(row.gradNorms, expected.gradNorms)).toBeLessThan(1e-3);
    expect(worst(row.termGrads, expected.termGrads)).toBeLessThan(1e-3);
    expect(worst(row.termShares, expected.termShares)).toBeLessThan(1e-3);
    const changes = await expected.changes();
    const buffers = await expected.buffers();
    for (const [network, learner] of run.learners) {
      const { values, buffers: ours } = await learner.state();
      const after = learner.network.layout.toTorch(values);
      const changed = (parameter: string) => {
        const before = start(network, parameter);
        return (after.get(parameter) as Float32Array).map((value, i) => value - (before[i] as number));
      };
      for (const { name: parameter, values: theirs } of changes.filter((change) => change.network === network)) {
        const difference = norm(changed(parameter).map((value, i) => value - (theirs[i] as number)));
        expect(difference).toBeLessThan(5e-2 * norm(theirs));
      }
      for (const { name: u, values: theirs } of buffers.filter((buffer) => buffer.network === network)) {
        expect(norm((ours.get(u) as Float32Array).map((value, i) => value - (theirs[i] as number)))).toBeLessThan(1e-5);
      }
    }
    iteration.dispose();
    disposeBatch(batch);
    for (const learner of run.learners.values()) learner.dispose();
    run.models.autoencoder.params.dispose();
    run.models.perceptual?.dispose();
    backend.dispose();
  });
});
