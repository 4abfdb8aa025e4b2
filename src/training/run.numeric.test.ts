/** Whole runs on tiny networks: who gets which gradient, the same bits again, resuming, and nothing left behind. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { checkRepeats, newRun, picture, small } from '../../tests/support/small-run.ts';
import { openSafetensors, writeSafetensors } from '../formats/safetensors.ts';
import type { Backend } from '../gpu/backend.ts';
import { disposeBatch } from '../paper/batch.ts';
import { editTrainingConfig, readTrainingConfig } from '../paper/config.ts';
import { downsample, studentForward, updateDownsampler, updateStudent } from '../paper/cotraining.ts';
import { networkNames } from '../paper/names.ts';
import { earlierSettings } from '../paper/options.ts';
import { openCheckpoint } from './checkpoint.ts';
import { NonFiniteError } from './measurements.ts';
import type { TrainingRun } from './run.ts';

describe('a training run', { timeout: 600_000 }, () => {
  let fixture: Fixture;
  let backend: Backend;
  beforeAll(async () => {
    backend = await openNodeBackend('wasm');
    fixture = await loadFixture('iteration_default');
  });

  it('repeats itself to the bit, goes on from a checkpoint to the bit, and leaves no tensor behind', () =>
    checkRepeats(backend, fixture));

  const silent = { denoiseWeight: 0, distillWeight: 0, lambdaHr: 0, lambdaLr: 0 };
  /** The norm of the student's gradient under some terms alone. */
  async function studentNorm(settings: object): Promise<number> {
    const run = newRun(fixture, readTrainingConfig({ ...silent, ...settings }, small));
    const row = await run.iterate();
    run.dispose();
    return row.gradNorms.student as number;
  }

  it('brings each term to the student: L_denoise, L_distill, L_H^G, and L_L^G through G', async () => {
    expect(await studentNorm({})).toBe(0);
    for (const only of [{ denoiseWeight: 1 }, { distillWeight: 1 }, { lambdaHr: 1 }, { lambdaLr: 1 }]) {
      expect(await studentNorm(only)).toBeGreaterThan(1e-4);
    }
  });

  it('tells each term’s gradient at the student’s output, and its share', async () => {
    const run = newRun(fixture, readTrainingConfig({ lambdaHr: 0.5, lambdaLr: 0.25, lambdaMode: 'adaptive' }, small));
    const { termGrads, termShares } = await run.iterate();
    const sum = (numbers: object) => Object.values(numbers).reduce((all, value) => all + value, 0);
    expect(Object.keys(termShares).sort()).toEqual(['denoiseStudent', 'distill', 'gHR', 'gLR']);
    expect(sum(termShares)).toBeCloseTo(1, 6);
    // Both are shares of the same reconstruction.
    expect((termGrads.gHR as number) / (termGrads.gLR as number)).toBeCloseTo(2, 4);
    run.dispose();
  });

  it('lets the D’s learn alone while they warm up', async () => {
    const run = newRun(fixture, readTrainingConfig({ discriminatorWarmup: 1 }, small));
    await run.prepare();
    const vectors = () =>
      networkNames.map((name) => run.learners.get(name)?.network.vector.dataSync<'float32'>().slice(0, 4096));
    const before = vectors();
    const row = await run.iterate();
    const [student, downsampler, hr, lr] = vectors();
    expect([student, downsampler]).toEqual(before.slice(0, 2));
    expect(hr).not.toEqual(before[2]);
    expect(lr).not.toEqual(before[3]);
    expect(Object.keys(row.losses).sort()).toEqual(['dHR', 'dLR']);
    expect(Object.keys((await run.iterate()).losses)).toContain('student');
    run.dispose();
  });

  it('learns and measures nothing while D’s warm up that take no part', async () => {
    const run = newRun(fixture, readTrainingConfig({ discriminatorWarmup: 1, lambdaHr: 0, lambdaLr: 0 }, small));
    expect((await run.iterate()).losses).toEqual({});
    expect(Object.keys((await run.iterate()).losses)).toContain('student');
    run.dispose();
  });

  it('updates the D’s as often as it is told to, and changes that while it goes', async () => {
    const run = newRun(fixture, readTrainingConfig({ discriminatorSteps: 3, lambdaLr: 0 }, small));
    await run.iterate();
    const updates = async () => (await run.learners.get('discriminatorHR')?.state())?.updates;
    expect(await updates()).toBe(3);
    run.edit(editTrainingConfig(run.config, { discriminatorSteps: 1 }));
    await run.iterate();
    expect(await updates()).toBe(4);
    run.dispose();
  });

  it('takes an edit that comes while crops are prepared with the next iteration', async () => {
    const edited: { run?: TrainingRun } = {};
    const source = {
      count: 1,
      picture: async () => {
        edited.run?.edit(editTrainingConfig(edited.run.config, { discriminatorSteps: 2, lambdaLr: 0.5 }));
        return picture();
      },
    };
    const run = newRun(fixture, readTrainingConfig({ lambdaLr: 0, pool: 1 }, small), source);
    edited.run = run;
    const names = async () => Object.keys((await run.iterate()).losses);
    expect(await names()).not.toContain('dLR');
    expect(await names()).toContain('dLR');
    expect((await run.learners.get('discriminatorHR')?.state())?.updates).toBe(3);
    run.dispose();
  });

  it('brings the denoising loss of G to the student only with `cycle`', async () => {
    const [without, withCycle] = [
      await studentNorm({ lambdaLr: 1e-6 }),
      await studentNorm({ lambdaLr: 1e-6, cycle: true }),
    ];
    expect(withCycle).toBeGreaterThan(1000 * without);
  });

  it('updates the student and G each alone', async () => {
    const run = newRun(fixture);
    const begun = await run.begin();
    const vector = (name: 'student' | 'downsampler' | 'discriminatorLR') =>
      run.learners.get(name)?.network.vector.dataSync<'float32'>();
    const [student, g, d] = [vector('student'), vector('downsampler'), vector('discriminatorLR')];
    tf.tidy(() => {
      studentForward(begun);
      downsample(begun);
      updateStudent(begun);
    });
    const updated = vector('student');
    expect(updated).not.toEqual(student);
    expect(vector('downsampler')).toEqual(g);
    tf.tidy(() => updateDownsampler(begun));
    expect(vector('downsampler')).not.toEqual(g);
    expect(vector('student')).toEqual(updated);
    expect(vector('discriminatorLR')).toEqual(d);
    run.discard(begun);
    run.dispose();
  });

  it('uses every crop before one comes back, in an order of its own each time', async () => {
    const run = newRun(fixture, readTrainingConfig({ pool: 4, batch: 1, lambdaHr: 0, lambdaLr: 0 }, small));
    const seen: string[] = [];
    for (let step = 0; step < 12; step++) {
      const batch = await run.pool.batch(step);
      seen.push(batch.zy.dataSync().slice(0, 8).join());
      disposeBatch(batch);
    }
    const epochs = [0, 4, 8].map((from) => seen.slice(from, from + 4));
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(4);
    expect(new Set(seen).size).toBe(4);
    expect(new Set(epochs.map((epoch) => epoch.join(';'))).size).toBeGreaterThan(1);
    expect(run.pool.targets).toBe(4);
    run.dispose();
  });

  it('samples a crop anew with fresh chains, and keeps nothing of it', async () => {
    const settings = { pool: 1, freshChains: true, lambdaHr: 0, lambdaLr: 0 };
    const run = newRun(fixture, readTrainingConfig(settings, small));
    await run.pool.crop(0);
    const tensors = tf.memory().numTensors;
    const noises: string[] = [];
    for (const step of [0, 1, 0]) {
      const batch = await run.pool.batch(step);
      noises.push(batch.noise.dataSync().slice(0, 4).join());
      disposeBatch(batch);
    }
    expect(noises[1]).not.toBe(noises[0]);
    expect(noises[2]).toBe(noises[0]);
    expect(run.pool.targets).toBe(3);
    expect(tf.memory().numTensors).toBe(tensors);
    run.dispose();
  });

  it('has areas of one colour among its crops, whose target is the truth, and weighs them in L_denoise alone', async () => {
    const settings = { pool: 8, batch: 8, flatShare: 0.5, flatWeight: 40, lambdaHr: 0, lambdaLr: 0 };
    const [run, plain] = [settings, { ...settings, flatShare: 0 }].map((of) =>
      newRun(fixture, readTrainingConfig(of, small)),
    );
    const [batch, other] = [await run.pool.batch(0), await plain.pool.batch(0)];
    const weights = [...(batch.weights?.dataSync() ?? [])];
    expect([...new Set(weights)].sort()).toEqual([1, 40]);
    expect(other.weights).toBeNull();
    const rows = (tensor: tf.Tensor) => tf.unstack(tensor).map((row) => [...row.dataSync()]);
    const [x, lr, z0, zy, target] = (['x', 'lr', 'z0', 'zy', 'target'] as const).map((name) => rows(batch[name]));
    for (const [i, weight] of weights.entries()) {
      const colours = new Set([...(x[i] ?? []), ...(lr[i] ?? [])]);
      expect(colours.size <= 3).toBe(weight === 40);
      expect(JSON.stringify(target[i]) === JSON.stringify(z0[i])).toBe(weight === 40);
      if (weight === 40) expect(zy[i]).toEqual(z0[i]);
      // The others are those of a pool without such areas.
      else expect(x[i]).toEqual(rows(other.x)[i]);
    }
    expect(run.pool.targets).toBe(weights.filter((weight) => weight === 1).length);
    disposeBatch(batch);
    disposeBatch(other);
    const alike = newRun(fixture, readTrainingConfig({ ...settings, flatWeight: 1 }, small));
    const [row, unweighted] = [await run.iterate(), await alike.iterate()];
    expect(row.losses.denoiseStudent).toBeGreaterThan(2 * Number(unweighted.losses.denoiseStudent));
    expect(row.losses.distill).toBe(unweighted.losses.distill);
    for (const each of [run, plain, alike]) each.dispose();
  });

  it('cuts and degrades the next crop while the numbers of an iteration are read back', async () => {
    let asked = 0;
    const counted = {
      count: 1,
      picture: async () => {
        asked++;
        return picture();
      },
    };
    // Nothing but the batches asks for crops.
    const config = readTrainingConfig({ lambdaHr: 0, lambdaLr: 0, pool: 1000 }, small);
    const run = newRun(fixture, config, counted);
    const iteration = await run.begin();
    expect(asked).toBe(1);
    await run.complete(iteration);
    run.discard(iteration);
    expect(asked).toBe(2);
    const ahead = await run.pool.batch(1);
    expect(asked).toBe(2);
    const other = newRun(fixture, config);
    const alone = await other.pool.batch(1);
    expect(ahead.lr.dataSync()).toEqual(alone.lr.dataSync());
    for (const batch of [ahead, alone]) disposeBatch(batch);
    for (const each of [run, other]) each.dispose();
  });

  it('names the phase and the quantity that is not finite, and restores the state before it', async () => {
    const run = newRun(fixture);
    await run.iterate();
    const checkpoint = await openCheckpoint(await run.checkpoint());
    const spoilt = run.learners.get('discriminatorHR')?.network;
    spoilt?.assign(tf.fill([spoilt.layout.length], Number.NaN));
    const failure = await run.iterate().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NonFiniteError);
    expect(failure).toMatchObject({ phase: 'updateDiscriminatorHR' });
    await run.restore(checkpoint);
    expect((await run.iterate()).step).toBe(1);
    run.dispose();
  });

  it('takes G and the discriminators in when their weight rises above 0', async () => {
    const run = newRun(fixture, readTrainingConfig({ lambdaHr: 0, lambdaLr: 0 }, small));
    expect(Object.keys((await run.iterate()).gradNorms)).toEqual(['student']);
    run.edit(editTrainingConfig(run.config, { lambdaHr: 0.02, lambdaLr: 0.02 }));
    expect(Object.keys((await run.iterate()).gradNorms).sort()).toEqual([
      'discriminatorHR',
      'discriminatorLR',
      'downsampler',
      'student',
    ]);
    run.dispose();
  });

  it('says in one sentence what does not fit', () => {
    expect(() => newRun(fixture, { ...small, crop: 20 })).toThrow(/multiple of 16/);
    expect(() => newRun(fixture, { ...small, window: 5 })).toThrow(/D_H needs a window/);
    const perceptual = { ...small, perceptualWeight: 1, crop: 32 };
    expect(() => newRun(fixture, { ...perceptual, window: 4 })).toThrow(/term needs a window of 8 at least/);
  });

  it('goes on from a checkpoint that knows nothing of later settings', async () => {
    const run = newRun(fixture, readTrainingConfig({ ...earlierSettings, discriminator: 'scratch' }, small));
    await run.iterate();
    const checkpoint = await run.checkpoint();
    const file = await openSafetensors(checkpoint);
    const config = JSON.parse(file.metadata.config ?? '{}');
    for (const name of Object.keys(earlierSettings)) delete config[name];
    const tensors = [];
    for (const [name, { shape }] of file.entries) {
      tensors.push({ name, shape, dtype: 'F32' as const, data: await file.readFloat32(name) });
    }
    const old = await openCheckpoint(writeSafetensors(tensors, { ...file.metadata, config: JSON.stringify(config) }));
    expect(old.config).toEqual(run.config);
    await run.restore(old);
    expect((await run.iterate()).step).toBe(1);
    run.dispose();
  });

  it('refuses a checkpoint of other networks', async () => {
    const run = newRun(fixture);
    await run.prepare();
    const checkpoint = await openCheckpoint(await run.checkpoint());
    run.dispose();
    const other = newRun({
      ...fixture,
      run: {
        ...fixture.run,
        models: { ...fixture.run.models, discriminatorLR: { ...fixture.run.models.discriminatorLR, head_width: 32 } },
      },
    });
    await expect(other.restore(checkpoint)).rejects.toThrow(/does not fit its networks: discriminatorLR/);
    other.dispose();
  });
});
