/** A run in the worker's hands: played, stepped, kept, continued, and what happens when something goes wrong. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../cli/backend.ts';
import { tinyModel } from '../../../tests/tiny-model.ts';
import type { Backend } from '../../gpu/backend.ts';
import { readTrainingConfig } from '../../training/config.ts';
import type { Event } from '../protocol.ts';
import { columns, type TrainingState } from '../training-protocol.ts';
import { type CheckpointStore, checkpointStore } from './checkpoint-store.ts';
import { TrainingSession } from './training-session.ts';

const model = await tinyModel([], true);
const config = readTrainingConfig({
  downsampler: 'convolutional',
  pool: 2,
  degradation: 'bicubic',
  learningRate: 1e-3,
});
const timed = columns.findIndex((column) => column.startsWith('timing.'));

/** A picture of waves, 80 px a side. */
const waves = async () => ({
  width: 80,
  height: 80,
  data: Uint8ClampedArray.from({ length: 80 * 80 * 4 }, (_, i) => 128 + 100 * Math.sin(i / 37)),
});

interface Watched {
  readonly session: TrainingSession;
  readonly events: Event[];
  state(): TrainingState;
  rows(): number[][];
  /** Waits for a state. */
  until(wanted: (state: TrainingState) => boolean): Promise<void>;
}

function start(store: CheckpointStore, change: { picture?: typeof waves } = {}): Watched {
  const events: Event[] = [];
  const present = async () => ({}) as ImageBitmap;
  const environment = { models: () => model.source, picture: change.picture ?? waves, store, present };
  const session = new TrainingSession(environment, (event) => events.push(event));
  const state = () => {
    const told = events.findLast((event) => event.type === 'training-state');
    if (!told) throw new Error('No state was told.');
    return told.state;
  };
  return {
    session,
    events,
    state,
    // Times are no function of the seed.
    rows: () => events.flatMap((event) => (event.type === 'training-row' ? [[...event.values.slice(0, timed)]] : [])),
    async until(wanted) {
      while (!events.some(({ type }) => type === 'training-state') || !wanted(state())) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

const rests = ({ status }: TrainingState) => status === 'paused' || status === 'stored' || status === 'none';

describe('TrainingSession', { timeout: 300_000 }, () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openNodeBackend('wasm');
  });
  afterAll(() => backend.dispose());

  async function open(store: CheckpointStore, change?: Parameters<typeof start>[1], on: Backend = backend) {
    const watched = start(store, change);
    watched.session.attach(on, 'nano');
    await watched.session.handle({ type: 'training-open', samples: ['waves.png'] });
    return watched;
  }
  const step = async (watched: Watched, unit: 'iteration' | 'phase' = 'iteration') => {
    await watched.session.handle({ type: 'training-step', unit });
    await watched.until(rests);
  };

  it('steps by one, pauses between two iterations, and goes on to the bit after a restart', async () => {
    const store = checkpointStore();
    const first = await open(store);
    expect(first.state()).toMatchObject({ status: 'none', config: null, saved: null });
    await first.session.handle({ type: 'training-new', config });
    await step(first);
    expect(first.state()).toMatchObject({ status: 'paused', step: 1, saved: 1 });
    await first.session.handle({ type: 'training-play' });
    while (first.rows().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.session.handle({ type: 'training-pause' });
    await first.until(rests);
    const done = first.rows().length;
    expect(first.state()).toMatchObject({ status: 'paused', step: done, saved: done });
    const before = backend.memory().tensors;
    await step(first);
    expect(backend.memory().tensors).toBe(before);
    await first.session.detach();

    const second = start(store);
    await second.session.handle({ type: 'training-open', samples: ['waves.png'] });
    expect(second.state()).toMatchObject({ status: 'stored', step: done + 1, saved: done + 1, config });
    const history = second.events.find((event) => event.type === 'training-history');
    expect(history?.values.length).toBe((done + 1) * columns.length);
    second.session.attach(backend, 'nano');
    await step(second);
    await second.session.detach();

    const whole = await open(checkpointStore());
    await whole.session.handle({ type: 'training-new', config });
    for (let i = 0; i < done + 2; i++) await step(whole);
    expect([...first.rows(), ...second.rows()]).toEqual(whole.rows());
    await whole.session.handle({ type: 'training-reset' });
    expect(whole.state()).toMatchObject({ status: 'none', step: 0, saved: null, config: null });
    await whole.session.detach();
  });

  it('steps a phase; seven of them are an iteration', async () => {
    const watched = await open(checkpointStore());
    await watched.session.handle({ type: 'training-new', config });
    await step(watched, 'phase');
    expect(watched.state()).toMatchObject({ step: 0, nextPhase: 'studentForward', saved: null });
    for (let i = 0; i < 5; i++) await step(watched, 'phase');
    expect(watched.state()).toMatchObject({ step: 0, nextPhase: 'updateDownsampler' });
    await step(watched, 'phase');
    expect(watched.state()).toMatchObject({ step: 1, nextPhase: null, saved: 1 });
    await watched.session.detach();
  });

  it('takes edits over, keeps them, and refuses those that belong to the start', async () => {
    const store = checkpointStore();
    const watched = await open(store);
    await watched.session.handle({ type: 'training-new', config });
    await step(watched);
    await watched.session.handle({ type: 'training-edit', changes: { lambdaHr: 0 } });
    await expect(watched.session.handle({ type: 'training-edit', changes: { seed: 1 } })).rejects.toThrow(/"seed"/);
    expect(watched.events).toContainEqual({
      type: 'training-annotation',
      annotation: { step: 1, text: 'Weight of D_H 0.02 → 0' },
    });
    await step(watched);
    const gHR = columns.indexOf('losses.gHR');
    expect(watched.rows().map((row) => Number.isNaN(row[gHR]))).toEqual([false, true]);
    await watched.session.detach();
    expect((await open(store)).state().config).toMatchObject({ lambdaHr: 0, seed: config.seed });
  });

  it('measures the student on a picture that it never learns from, now and then, and shows each iteration', async () => {
    const watched = start(checkpointStore());
    watched.session.attach(backend, 'nano');
    await watched.session.handle({ type: 'training-open', samples: ['waves.png', 'more waves.png'] });
    await watched.session.handle({ type: 'training-new', config: { ...config, heldOutEvery: 2 } });
    for (let i = 0; i < 3; i++) await step(watched);
    const [psnr, bicubic] = [columns.indexOf('heldOut.psnrY'), columns.indexOf('heldOut.bicubicPsnrY')];
    const measured = watched.rows().map((row) => [row[psnr], row[bicubic]]);
    expect(measured.map(([value]) => Number.isNaN(value))).toEqual([false, true, false]);
    expect(measured[2]?.[0]).not.toBe(measured[0]?.[0]);
    expect(measured[2]?.[1]).toBe(measured[0]?.[1]);
    const frames = watched.events.flatMap((event) => (event.type === 'training-frame' ? [event.frame] : []));
    expect(frames.map((frame) => frame?.step)).toEqual([0, 1, 2]);
    expect(frames[0]?.histograms.map(({ name }) => name)).toEqual(['hrReal', 'hrFake', 'lrReal', 'lrFake']);
    await watched.session.detach();
  });

  it('waits while an image is upscaled', async () => {
    const watched = await open(checkpointStore());
    await watched.session.standAside();
    await watched.session.handle({ type: 'training-new', config });
    await watched.session.handle({ type: 'training-play' });
    expect(watched.state()).toMatchObject({ status: 'waiting', message: expect.stringMatching(/goes first/) });
    watched.session.comeBack();
    while (watched.rows().length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await watched.session.standAside();
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
    const watched = await open(checkpointStore(), {}, { ...backend, lost });
    await watched.session.handle({ type: 'training-new', config });
    await step(watched);
    lose('for the test');
    await watched.session.handle({ type: 'training-step', unit: 'iteration' });
    await watched.until(({ message }) => /engine/.test(message));
    await watched.session.detach();
    watched.session.attach(backend, 'nano');
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, saved: 2, fault: null });
    await watched.session.detach();

    const whole = await open(checkpointStore());
    await whole.session.handle({ type: 'training-new', config });
    await step(whole);
    await step(whole);
    expect(watched.rows()).toEqual(whole.rows());
    await whole.session.detach();
  });

  it('stops at a number that is none, naming phase and quantity, and is back at the checkpoint', async () => {
    const store = checkpointStore();
    const watched = await open(store);
    await watched.session.handle({ type: 'training-new', config });
    await step(watched);
    await watched.session.detach();
    const kept = await store.read();
    if (!kept) throw new Error('Nothing was kept.');
    // All values of the file, whatever they are.
    const bytes = new Uint8Array(await kept.checkpoint.arrayBuffer());
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const view = new DataView(bytes.buffer);
    for (let at = 8 + header; at + 4 <= bytes.length; at += 4) view.setFloat32(at, Number.NaN, true);
    await store.write(new Blob([bytes]), kept.rows ?? new Blob());

    const second = await open(store);
    await step(second);
    expect(second.state()).toMatchObject({ status: 'stored', step: 1, saved: 1 });
    expect(second.state().fault).toMatch(/Iteration 1: .* is not finite after \w+\. The run is back at iteration 1/);
    await second.session.detach();
  });

  it('says why a run can’t begin, and leaves its settings free', async () => {
    const before = backend.memory().tensors;
    const watched = await open(checkpointStore());
    await watched.session.handle({ type: 'training-new', config: { ...config, crop: 64 } });
    await step(watched);
    expect(watched.state()).toMatchObject({
      status: 'none',
      fault: 'No sample picture is large enough for crops of 64 px: take 20 or less.',
    });
    await watched.session.handle({ type: 'training-new', config: { ...config, crop: 17 } });
    await step(watched);
    expect(watched.state().fault).toMatch(/Crops of 17 px don't fit the network/);
    expect(backend.memory().tensors).toBe(before);
  });
});
