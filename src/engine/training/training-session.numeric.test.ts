/** A run in the worker's hands: played, stepped, kept, continued, and what happens when something goes wrong. */

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { backend, config, open, play, rests, start, step } from '../../../tests/support/watched-session.ts';
import { fullSpeed } from '../../protocol/train.ts';
import { defaultOptions } from '../../protocol/upscale.ts';
import { metricsColumns, trainingPhases } from '../../report/run-metrics.ts';
import { dispatch } from '../runtime/handlers.ts';
import { Files } from '../storage/files.ts';
import { ActiveRun } from './active-run.ts';
import { checkpointPath } from './run-index.ts';

afterAll(() => backend.dispose());

let unbroken: readonly number[][] = [];
/** The first rows of a run that nothing disturbs. */
async function unbrokenRows(count: number): Promise<readonly number[][]> {
  if (unbroken.length < count) {
    const whole = await open(new Files());
    await dispatch(whole.session.handlers, { type: 'training-new', config });
    for (let i = 0; i < count; i++) await step(whole);
    unbroken = whole.rows();
    await whole.session.detach();
  }
  return unbroken.slice(0, count);
}

describe('TrainingSession', { timeout: 300_000 }, () => {
  it('steps by one, pauses, and goes on to the bit after a restart', async () => {
    const files = new Files();
    const first = await open(files);
    expect(first.state()).toMatchObject({ status: 'none', config: null, saved: null });
    await dispatch(first.session.handlers, { type: 'training-new', config });
    await step(first);
    expect(first.state()).toMatchObject({ status: 'paused', step: 1, saved: 1 });
    await dispatch(first.session.handlers, play);
    while (first.rows().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await dispatch(first.session.handlers, { type: 'training-pause' });
    await first.until(rests);
    // Where its end was not near, the iteration is half-way: a step is the rest of it.
    if (first.state().nextPhase !== null) await step(first);
    const done = first.rows().length;
    expect(first.state()).toMatchObject({ status: 'paused', step: done, saved: done });
    const before = backend.memory().tensors;
    await step(first);
    expect(backend.memory().tensors).toBe(before);
    await first.session.detach();

    const second = start(files);
    await dispatch(second.session.handlers, { type: 'training-open', samples: ['waves.png'] });
    expect(second.state()).toMatchObject({ status: 'stored', step: done + 1, saved: done + 1, config });
    const history = second.events.find((event) => event.type === 'training-history');
    expect(history?.values.length).toBe((done + 1) * metricsColumns.length);
    second.session.attach(backend, defaultOptions);
    await step(second);
    expect([...first.rows(), ...second.rows()]).toEqual(await unbrokenRows(done + 2));
    await dispatch(second.session.handlers, { type: 'training-delete', run: null });
    expect(second.state()).toMatchObject({ status: 'none', step: 0, saved: null, config: null });
    await second.session.detach();
  });

  it('steps a phase; seven of them are an iteration', async () => {
    const watched = await open(new Files());
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await step(watched, 'phase');
    expect(watched.state()).toMatchObject({ step: 0, nextPhase: 'studentForward', saved: null });
    for (let i = 0; i < 5; i++) await step(watched, 'phase');
    expect(watched.state()).toMatchObject({ step: 0, nextPhase: 'updateDownsampler' });
    await step(watched, 'phase');
    expect(watched.state()).toMatchObject({ step: 1, nextPhase: null, saved: 1 });
    await watched.session.detach();
  });

  it('is put away as its last checkpoint has it where the rest of an iteration fails', async () => {
    const watched = await open(new Files());
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await step(watched);
    await step(watched, 'phase');
    const advance = vi.spyOn(ActiveRun.prototype, 'advance').mockRejectedValue(new Error('No memory.'));
    const close = () => dispatch(watched.session.handlers, { type: 'training-close' });
    await expect(close()).rejects.toThrow('No memory.');
    expect(watched.state()).toMatchObject({ status: 'stored', step: 1, saved: 1, nextPhase: null });
    await close();
    advance.mockRestore();
    expect(watched.state()).toMatchObject({ status: 'none' });
    await watched.session.detach();
  });

  it('waits for the GPU after each phase that is stepped, and times it so; not in a whole iteration', async () => {
    const took = 50;
    let waits = 0;
    const onSubmittedWorkDone = async () => {
      waits++;
      await new Promise((resolve) => setTimeout(resolve, took));
    };
    const device = { pushErrorScope() {}, popErrorScope: async () => null, queue: { onSubmittedWorkDone } };
    const watched = await open(new Files(), {}, { ...backend, device: device as unknown as GPUDevice });
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    for (let i = 0; i < trainingPhases.length; i++) await step(watched, 'phase');
    expect(waits).toBe(trainingPhases.length);
    const row = watched.events.find((event) => event.type === 'training-row')?.values;
    // A timer may be a little early.
    for (const phase of trainingPhases)
      expect(row?.[metricsColumns.indexOf(`timing.${phase}`)]).toBeGreaterThan(0.9 * took);
    await step(watched);
    expect(waits).toBe(trainingPhases.length);
    await watched.session.detach();
  });

  it('takes edits over, keeps them, and refuses those that belong to the start', async () => {
    const files = new Files();
    const watched = await open(files);
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await step(watched);
    await dispatch(watched.session.handlers, { type: 'training-edit', changes: { lambdaHr: 0 } });
    await expect(dispatch(watched.session.handlers, { type: 'training-edit', changes: { seed: 1 } })).rejects.toThrow(
      /"seed"/,
    );
    expect(watched.events).toContainEqual({
      type: 'training-annotation',
      annotation: { step: 1, text: 'Weight of D_H 0.02 → 0' },
    });
    await step(watched);
    const gHR = metricsColumns.indexOf('losses.gHR');
    expect(watched.rows().map((row) => Number.isNaN(row[gHR]))).toEqual([false, true]);
    await watched.session.detach();
    expect((await open(files)).state().config).toMatchObject({ lambdaHr: 0, seed: config.seed });
  });

  it('measures the student on a picture that it never learns from, now and then, and shows each iteration', async () => {
    const watched = start(new Files());
    watched.session.attach(backend, defaultOptions);
    await dispatch(watched.session.handlers, { type: 'training-open', samples: ['waves.png', 'more waves.png'] });
    await dispatch(watched.session.handlers, { type: 'training-new', config: { ...config, heldOutEvery: 2 } });
    for (let i = 0; i < 3; i++) await step(watched);
    const [psnr, bicubic] = [metricsColumns.indexOf('heldOut.psnrY'), metricsColumns.indexOf('heldOut.bicubicPsnrY')];
    const measured = watched.rows().map((row) => [row[psnr], row[bicubic]]);
    expect(measured.map(([value]) => Number.isNaN(value))).toEqual([false, true, false]);
    expect(measured[2]?.[0]).not.toBe(measured[0]?.[0]);
    expect(measured[2]?.[1]).toBe(measured[0]?.[1]);
    // LPIPS is measured with them, and never in between.
    for (const name of ['heldOut.lpips', 'heldOut.bicubicLpips'] as const) {
      const values = watched.rows().map((row) => row[metricsColumns.indexOf(name)]);
      expect(values.map(Number.isNaN), name).toEqual([false, true, false]);
      expect(values[0]).toBeGreaterThan(0);
    }
    const frames = watched.events.flatMap((event) =>
      event.type === 'training-frame' && event.frame ? [event.frame] : [],
    );
    expect(frames.map((frame) => frame.step)).toEqual([0, 1, 2]);
    expect(frames[0]?.histograms.map(({ name }) => name)).toEqual(['hrReal', 'hrFake', 'lrReal', 'lrFake']);
    await watched.session.detach();
  });

  it('waits while an image is upscaled', async () => {
    const watched = await open(new Files());
    await watched.session.suspend();
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await dispatch(watched.session.handlers, play);
    expect(watched.state()).toMatchObject({ status: 'waiting', message: expect.stringMatching(/goes first/) });
    watched.session.resume();
    while (watched.rows().length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await watched.session.suspend();
    const rows = watched.rows().length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(watched.rows().length).toBe(rows);
    await watched.session.detach();
  });

  it('goes on from the last checkpoint, to the bit, when the device is lost', async () => {
    let lose = (_: string) => {};
    const lost = new Promise<string>((resolve) => {
      lose = resolve;
    });
    const watched = await open(new Files(), {}, { ...backend, lost });
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await step(watched);
    lose('for the test');
    await dispatch(watched.session.handlers, { type: 'training-step', unit: 'iteration' });
    await watched.until(({ message }) => /engine/.test(message));
    await watched.session.detach();
    watched.session.attach(backend, defaultOptions);
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, saved: 2, fault: null });
    expect(watched.rows()).toEqual(await unbrokenRows(2));
    await watched.session.detach();
  });

  it('stops at a number that is none, naming phase and quantity, and is back at the checkpoint', async () => {
    const files = new Files();
    const watched = await open(files);
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await step(watched);
    await watched.session.detach();
    const path = checkpointPath(watched.runs()[0]?.id ?? '', 1);
    // All values of the file, whatever they are.
    const bytes = new Uint8Array(await ((await files.read(path)) as Blob).arrayBuffer());
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const view = new DataView(bytes.buffer);
    for (let at = 8 + header; at + 4 <= bytes.length; at += 4) view.setFloat32(at, Number.NaN, true);
    await files.write(path, new Blob([bytes]));

    const second = await open(files);
    await step(second);
    expect(second.state()).toMatchObject({ status: 'stored', step: 1, saved: 1 });
    expect(second.state().fault).toMatch(/Iteration 1: .* is not finite after \w+\. The run is back at iteration 1/);
    await second.session.detach();
  });

  it('is back at the checkpoint when memory runs out, names the phase, and goes on when there is some again', async () => {
    const watched = await open(new Files());
    await dispatch(watched.session.handlers, { type: 'training-new', config });
    await step(watched);
    const tensors = backend.memory().tensors;
    await step(watched, 'phase');
    await step(watched, 'phase');
    const { wasm } = tf.backend() as unknown as { wasm: { _malloc(bytes: number): number } };
    const allocate = wasm._malloc;
    wasm._malloc = (bytes) => {
      if (bytes > 10_000) throw new Error('WebAssembly is out of memory: so many bytes could not be had.');
      return allocate(bytes);
    };
    await step(watched, 'phase');
    expect(backend.memory().tensors).toBeLessThan(tensors);
    wasm._malloc = allocate;
    expect(watched.state()).toMatchObject({ status: 'stored', step: 1, saved: 1, nextPhase: null });
    expect(watched.state().fault).toMatch(
      /^Memory ran out in iteration 1, phase \w+\. The run is back at iteration 1\. .*smaller batch/,
    );
    await step(watched);
    expect(watched.state()).toMatchObject({ step: 2, fault: null });
    await watched.session.detach();
  });

  it('says why a run can’t begin, and leaves its settings free', async () => {
    const before = backend.memory().tensors;
    const watched = await open(new Files());
    await dispatch(watched.session.handlers, { type: 'training-new', config: { ...config, crop: 64 } });
    await step(watched);
    expect(watched.state()).toMatchObject({
      status: 'none',
      fault: 'No sample picture is large enough for crops of 64 px: take 20 or less.',
    });
    await dispatch(watched.session.handlers, { type: 'training-new', config: { ...config, crop: 17 } });
    await step(watched);
    expect(watched.state().fault).toMatch(/Crops of 17 px don't fit the network/);
    expect(backend.memory().tensors).toBe(before);
  });

  it('runs until a rule ends it, says which, and goes no faster than asked', async () => {
    const watched = await open(new Files());
    const { session } = watched;
    await dispatch(session.handlers, { type: 'training-new', config });
    const until = { ...fullSpeed.until, step: 2 };
    await dispatch(session.handlers, { type: 'training-play', playback: { ...fullSpeed, until, perSecond: 1000 } });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, saved: 2, ended: 'Stopped at iteration 2, as asked.' });
    await dispatch(session.handlers, { type: 'training-play', playback: { ...fullSpeed, until } });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, ended: 'Stopped at iteration 2, as asked.' });
    await dispatch(session.handlers, { type: 'training-play', playback: { ...fullSpeed, perSecond: 0.001 } });
    while (watched.rows().length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watched.rows().length).toBe(3);
    await dispatch(session.handlers, { type: 'training-pause' });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 3, ended: null });

    // In slow motion a phase is seen; a pause cuts its wait short, and leaves the iteration there or at its end.
    const before = watched.events.length;
    const seen = () =>
      watched.events.slice(before).flatMap((event) => (event.type === 'training-phase' ? [event.phase] : []));
    await dispatch(session.handlers, { type: 'training-play', playback: { ...fullSpeed, phaseMilliseconds: 1e6 } });
    while (seen().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen()).toEqual(['teacherTarget']);
    await dispatch(session.handlers, { type: 'training-pause' });
    await watched.until(rests);
    if (watched.state().nextPhase !== null) await step(watched);
    expect(watched.state()).toMatchObject({ step: 4, saved: 4, ended: null });
    await session.detach();
  });
});
