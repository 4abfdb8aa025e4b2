/** Recorded phases: the same numbers, pictures and weights as through tfjs, to the bit, whatever changes between iterations. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { newRun, picture, small } from '../../tests/support/small-run.ts';
import type { Backend } from '../gpu/backend.ts';
import { chooseKernels } from '../gpu/custom-op.ts';
import type { Recordings } from '../gpu/replay.ts';
import { editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../paper/config.ts';
import type { IterationRow } from '../paper/names.ts';
import { openCheckpoint } from './checkpoint.ts';
import { HeldOut } from './held-out.ts';
import type { Learner } from './learner.ts';
import { panelAtlas } from './panels.ts';
import type { TrainingRun } from './run.ts';
import { advance } from './step.ts';

const adapter = await findAdapter('recorded phases');

const pictures = { count: 1, picture: async () => picture() };

/** All that comes of some iterations. */
interface Outcome {
  readonly rows: readonly Omit<IterationRow, 'timing'>[];
  readonly sheets: readonly ArrayLike<number>[];
  /** Of all weights, moments, averages and vectors, after each. */
  readonly states: readonly string[];
}

async function stateOf(run: TrainingRun): Promise<string> {
  const hash = createHash('sha256');
  for (const name of [...run.learners.keys()].sort()) {
    const { values, average, first, second, buffers, updates } = await (run.learners.get(name) as Learner).state();
    hash.update(`${name} ${updates}`);
    for (const each of [values, average, first, second]) hash.update(each);
    for (const key of [...buffers.keys()].sort()) hash.update(buffers.get(key) as Float32Array);
  }
  return hash.digest('hex');
}

/** @param between iterations, by how many are done */
async function outcomeOf(
  run: TrainingRun,
  count: number,
  between: (step: number, run: TrainingRun) => unknown = () => {},
): Promise<Outcome> {
  const rows: Omit<IterationRow, 'timing'>[] = [];
  const sheets: ArrayLike<number>[] = [];
  const states: string[] = [];
  for (let step = 0; step < count; step++) {
    const iteration = await run.begin();
    const { timing: _, ...row } = await run.complete(iteration);
    rows.push(row);
    const { pixels } = panelAtlas(iteration);
    sheets.push(await pixels.data());
    pixels.dispose();
    run.discard(iteration);
    states.push(await stateOf(run));
    await between(step + 1, run);
  }
  return { rows, sheets, states };
}

describe.runIf(adapter)('phases on a GPU', { timeout: 600_000 }, () => {
  let backend: Backend;
  let recordings: Recordings;
  let fixture: Fixture;
  beforeAll(async () => {
    backend = await openNodeBackend('webgpu');
    recordings = backend.recordings as Recordings;
    fixture = await loadFixture('iteration_default');
  });
  afterEach(() => {
    const { bytes } = recordings;
    recordings.clear();
    expect(bytes).toBe(0);
  });
  afterAll(() => backend.dispose());

  const recorded = (config: TrainingConfig = small) => newRun(fixture, config, pictures, recordings);

  /** The same through tfjs and recorded. */
  async function checkSame(
    config: TrainingConfig,
    count: number,
    between?: (step: number, run: TrainingRun) => unknown,
  ): Promise<void> {
    const [plain, own] = [newRun(fixture, config, pictures), recorded(config)];
    const expected = await outcomeOf(plain, count, between);
    expect(await outcomeOf(own, count, between)).toEqual(expected);
    // The batch, six phases and the numbers; more where the decoder sees as much as there is around the window.
    expect(recordings.count).toBeGreaterThanOrEqual(8);
    expect(recordings.refusal).toBe(null);
    plain.dispose();
    own.dispose();
  }

  it.each([
    { lambdaMode: 'adaptive', batch: 2, discriminatorSteps: 2 },
    { lambdaMode: 'fixed', latticeFree: true, hrReal: 'original', warmup: 5, decaySteps: 7 },
    { inverseWeight: 0.5, gtWeight: 0.5, cycle: true, freshChains: true, discriminatorLoss: 'bce' },
    { windowMargin: 3, window: 12, quantiseLr: false, pool: 3, flatShare: 0.42 },
  ])('give the bits that tfjs gives: %j', (settings) => checkSame(readTrainingConfig(settings, small), 4));

  it('give them past the warm-up of the D’s, where settings change, networks join, and the average is measured', async () => {
    const heldOut = await HeldOut.prepare(fixture.run.models, pictures, small, null);
    const scores: number[][] = [];
    const edits: Record<number, Partial<TrainingConfig>> = {
      3: { learningRate: 3e-4, ema: 0.5 },
      4: { distillWeight: 2, discriminatorSteps: 3 },
      5: { lambdaLr: 0.3 },
    };
    const config = readTrainingConfig({ discriminatorWarmup: 1, lambdaLr: 0 }, small);
    await checkSame(config, 7, async (step, run) => {
      scores.push([step, (await heldOut.measure(run.learners.get('student') as Learner)).psnrY]);
      if (edits[step]) run.edit(editTrainingConfig(run.config, edits[step]));
    });
    expect(scores.slice(7)).toEqual(scores.slice(0, 7));
    heldOut.dispose();
  });

  it('give them after a checkpoint, after memory was given back at any time, and leave no tensor behind', async () => {
    const whole = newRun(fixture, small, pictures);
    const { rows, states } = await outcomeOf(whole, 5);
    whole.dispose();
    const run = recorded();
    expect((await outcomeOf(run, 2)).rows).toEqual(rows.slice(0, 2));
    const checkpoint = await run.checkpoint();
    await run.iterate();
    await run.restore(await openCheckpoint(checkpoint));
    expect(recordings.count).toBe(0);
    expect((await outcomeOf(run, 1)).rows).toEqual([rows[2]]);
    // In the midst of an iteration, as when a picture is upscaled while training is paused.
    const iteration = await run.begin();
    for (let phase = 0; phase < 3; phase++) advance(iteration);
    backend.trim();
    const { timing: _, ...row } = await run.complete(iteration);
    expect(row).toEqual(rows[3]);
    run.discard(iteration);
    const { tensors } = backend.memory();
    const last = await outcomeOf(run, 1);
    expect([last.rows, last.states]).toEqual([[rows[4]], [states[4]]]);
    expect(recordings.count).toBe(8);
    const more = await outcomeOf(run, 1);
    expect(more.rows).toHaveLength(1);
    run.dispose();
    expect(backend.memory().tensors).toBeLessThanOrEqual(tensors);
  });

  it('belong to one iteration at a time: another that is begun meanwhile runs through tfjs', async () => {
    const run = recorded();
    await outcomeOf(run, 2);
    const first = await run.begin();
    for (let phase = 0; phase < 2; phase++) advance(first);
    const [latent, yHat] = [await first.studentLatent.data(), await first.yHat?.data()];
    const second = await run.begin();
    advance(second);
    advance(second);
    // The same step and weights.
    expect([await second.studentLatent.data(), await second.yHat?.data()]).toEqual([latent, yHat]);
    advance(second);
    run.discard(second);
    expect([await first.studentLatent.data(), await first.yHat?.data()]).toEqual([latent, yHat]);
    run.discard(first);
    expect(await outcomeOf(run, 1)).toBeTruthy();
    run.dispose();
  });

  it('are not recorded of stock ops, whose commands have places and rates in them', async () => {
    const run = recorded();
    const back = chooseKernels('stock');
    const iteration = await run.begin().finally(back);
    expect(recordings.count).toBe(0);
    run.discard(iteration);
    run.dispose();
  });

  it('free what a phase has kept that fails', async () => {
    const run = recorded(readTrainingConfig({ lambdaLr: 0, pool: 1 }, small));
    await run.iterate();
    // Recorded anew, so that it fails on the tape.
    run.edit(run.config);
    const { tensors } = backend.memory();
    const iteration = await run.begin();
    advance(iteration);
    advance(iteration);
    iteration.network = () => {
      throw new Error('After the window of x̂ was kept.');
    };
    expect(() => advance(iteration)).toThrow('After the window');
    expect(iteration.fakeHR).not.toBe(null);
    run.discard(iteration);
    recordings.clear();
    expect(backend.memory().tensors).toBe(tensors);
    run.dispose();
  });
});
