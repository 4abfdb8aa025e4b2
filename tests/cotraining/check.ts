/** One iteration against the trainer's fixture (README.md). */
import { expect } from 'vitest';
import type { BackendKind } from '../../src/gpu/backend.ts';
import { disposeBatch } from '../../src/paper/batch.ts';
import { finish, TrainingIteration } from '../../src/training/step.ts';
import { openNodeBackend } from '../support/backend.ts';
import { type fixtures, loadFixture } from './load.ts';

const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));

/** The largest |ours − theirs| over all names, relative to |theirs| where that is over `floor`. */
function worst(ours: object, theirs: object, floor = 0): number {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  const values = ours as Record<string, number>;
  const errors = Object.entries(theirs as Record<string, number>).map(
    ([name, value]) => Math.abs(values[name] - value) / Math.max(Math.abs(value), floor),
  );
  return Math.max(...errors);
}

/**
 * Losses and scores to 1e-4, gradient norms and shares to 1e-3, changes of whole matrices to 5 %, buffers to 1e-5.
 *
 * @throws an assertion of Vitest's
 */
export async function checkIteration(kind: BackendKind, name: (typeof fixtures)[number]): Promise<void> {
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
      return (after.get(parameter) as Float32Array).map((value, i) => value - before[i]);
    };
    for (const { name: parameter, values: theirs } of changes.filter((change) => change.network === network)) {
      const difference = norm(changed(parameter).map((value, i) => value - theirs[i]));
      expect(difference).toBeLessThan(5e-2 * norm(theirs));
    }
    for (const { name: u, values: theirs } of buffers.filter((buffer) => buffer.network === network)) {
      expect(norm((ours.get(u) as Float32Array).map((value, i) => value - theirs[i]))).toBeLessThan(1e-5);
    }
  }
  iteration.dispose();
  disposeBatch(batch);
  for (const learner of run.learners.values()) learner.dispose();
  run.models.autoencoder.params.dispose();
  run.models.perceptual?.dispose();
  backend.dispose();
}
