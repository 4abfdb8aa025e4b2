/** A run in the worker's hands: played, stepped, kept, continued, and what happens when something goes wrong. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../cli/backend.ts';
import { tinyModel } from '../../../tests/tiny-model.ts';
import { writeSafetensors } from '../../formats/safetensors.ts';
import type { Backend } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { readTrainingConfig } from '../../training/config.ts';
import { Files } from '../files.ts';
import { defaultOptions, type Event } from '../protocol.ts';
import { columns, fullSpeed, type RunSummary, type TrainingState } from '../training-protocol.ts';
import { checkpointPath } from './run-record.ts';
import { TrainingSession } from './training-session.ts';

const model = await tinyModel([], true);
const config = readTrainingConfig({
  downsampler: 'convolutional',
  pool: 2,
  degradation: 'bicubic',
  learningRate: 1e-3,
});
const play = { type: 'training-play', drive: fullSpeed } as const;
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
  runs(): readonly RunSummary[];
  notices(): string[];
  /** Waits for a state. */
  until(wanted: (state: TrainingState) => boolean): Promise<void>;
}

interface Change {
  readonly picture?: typeof waves;
  readonly decode?: (file: Blob) => Promise<Rgba8>;
}

function start(files: Files, change: Change = {}): Watched {
  const events: Event[] = [];
  const present = async () => ({}) as ImageBitmap;
  const picture = change.picture ?? waves;
  const bitmap = async (pixels: Rgba8) => ({ width: pixels.width, close() {} }) as ImageBitmap;
  const environment = { models: () => model.source, picture, decode: change.decode ?? waves, files, bitmap, present };
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
    runs: () => events.findLast((event) => event.type === 'training-runs')?.runs ?? [],
    notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])),
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

  async function open(files: Files, change?: Parameters<typeof start>[1], on: Backend = backend) {
    const watched = start(files, change);
    watched.session.attach(on, defaultOptions);
    await watched.session.handle({ type: 'training-open', samples: ['waves.png'] });
    return watched;
  }
  const step = async (watched: Watched, unit: 'iteration' | 'phase' = 'iteration') => {
    await watched.session.handle({ type: 'training-step', unit });
    await watched.until(rests);
  };

  it('steps by one, pauses between two iterations, and goes on to the bit after a restart', async () => {
    const files = new Files();
    const first = await open(files);
    expect(first.state()).toMatchObject({ status: 'none', config: null, saved: null });
    await first.session.handle({ type: 'training-new', config });
    await step(first);
    expect(first.state()).toMatchObject({ status: 'paused', step: 1, saved: 1 });
    await first.session.handle(play);
    while (first.rows().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.session.handle({ type: 'training-pause' });
    await first.until(rests);
    const done = first.rows().length;
    expect(first.state()).toMatchObject({ status: 'paused', step: done, saved: done });
    const before = backend.memory().tensors;
    await step(first);
    expect(backend.memory().tensors).toBe(before);
    await first.session.detach();

    const second = start(files);
    await second.session.handle({ type: 'training-open', samples: ['waves.png'] });
    expect(second.state()).toMatchObject({ status: 'stored', step: done + 1, saved: done + 1, config });
    const history = second.events.find((event) => event.type === 'training-history');
    expect(history?.values.length).toBe((done + 1) * columns.length);
    second.session.attach(backend, defaultOptions);
    await step(second);
    await second.session.detach();

    const whole = await open(new Files());
    await whole.session.handle({ type: 'training-new', config });
    for (let i = 0; i < done + 2; i++) await step(whole);
    expect([...first.rows(), ...second.rows()]).toEqual(whole.rows());
    await whole.session.handle({ type: 'training-delete', run: null });
    expect(whole.state()).toMatchObject({ status: 'none', step: 0, saved: null, config: null });
    await whole.session.detach();
  });

  it('steps a phase; seven of them are an iteration', async () => {
    const watched = await open(new Files());
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
    const files = new Files();
    const watched = await open(files);
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
    expect((await open(files)).state().config).toMatchObject({ lambdaHr: 0, seed: config.seed });
  });

  it('measures the student on a picture that it never learns from, now and then, and shows each iteration', async () => {
    const watched = start(new Files());
    watched.session.attach(backend, defaultOptions);
    await watched.session.handle({ type: 'training-open', samples: ['waves.png', 'more waves.png'] });
    await watched.session.handle({ type: 'training-new', config: { ...config, heldOutEvery: 2 } });
    for (let i = 0; i < 3; i++) await step(watched);
    const [psnr, bicubic] = [columns.indexOf('heldOut.psnrY'), columns.indexOf('heldOut.bicubicPsnrY')];
    const measured = watched.rows().map((row) => [row[psnr], row[bicubic]]);
    expect(measured.map(([value]) => Number.isNaN(value))).toEqual([false, true, false]);
    expect(measured[2]?.[0]).not.toBe(measured[0]?.[0]);
    expect(measured[2]?.[1]).toBe(measured[0]?.[1]);
    const frames = watched.events.flatMap((event) =>
      event.type === 'training-frame' && event.frame ? [event.frame] : [],
    );
    expect(frames.map((frame) => frame.step)).toEqual([0, 1, 2]);
    expect(frames[0]?.histograms.map(({ name }) => name)).toEqual(['hrReal', 'hrFake', 'lrReal', 'lrFake']);
    await watched.session.detach();
  });

  it('waits while an image is upscaled', async () => {
    const watched = await open(new Files());
    await watched.session.standAside();
    await watched.session.handle({ type: 'training-new', config });
    await watched.session.handle(play);
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
    const watched = await open(new Files(), {}, { ...backend, lost });
    await watched.session.handle({ type: 'training-new', config });
    await step(watched);
    lose('for the test');
    await watched.session.handle({ type: 'training-step', unit: 'iteration' });
    await watched.until(({ message }) => /engine/.test(message));
    await watched.session.detach();
    watched.session.attach(backend, defaultOptions);
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, saved: 2, fault: null });
    await watched.session.detach();

    const whole = await open(new Files());
    await whole.session.handle({ type: 'training-new', config });
    await step(whole);
    await step(whole);
    expect(watched.rows()).toEqual(whole.rows());
    await whole.session.detach();
  });

  it('stops at a number that is none, naming phase and quantity, and is back at the checkpoint', async () => {
    const files = new Files();
    const watched = await open(files);
    await watched.session.handle({ type: 'training-new', config });
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
    await watched.session.handle({ type: 'training-new', config });
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

  it('rewinds, and the same iterations come again to the bit; a fork goes its own way from there', async () => {
    const watched = await open(new Files());
    const { session } = watched;
    await session.handle({ type: 'training-new', config });
    for (let i = 0; i < 3; i++) await step(watched);
    const old = watched.runs()[0]?.id ?? '';
    await session.handle({ type: 'training-rewind', step: 1 });
    expect(watched.state()).toMatchObject({ status: 'stored', run: old, step: 1, saved: 1 });
    for (let i = 0; i < 2; i++) await step(watched);
    const rows = watched.rows();
    expect(rows.slice(3)).toEqual(rows.slice(1, 3));

    await session.handle({ type: 'training-fork', step: 2 });
    expect(watched.state()).toMatchObject({ status: 'stored', step: 2 });
    await step(watched);
    expect(watched.rows()[5]).toEqual(rows[2]);
    expect(watched.runs().map(({ checkpoints }) => checkpoints.map((checkpoint) => checkpoint.step))).toEqual([
      [2, 3],
      [1, 2, 3],
    ]);
    await session.handle({ type: 'training-edit', changes: { learningRate: 0.01 } });
    await step(watched);
    await session.handle({ type: 'training-select', run: old });
    expect(watched.state()).toMatchObject({ run: old, step: 3, config: { learningRate: config.learningRate } });
    await step(watched);
    expect(watched.rows()[7]).not.toEqual(watched.rows()[6]);
    await session.detach();
  });

  it('puts a run away for another one, and keeps both', async () => {
    const watched = await open(new Files());
    const { session } = watched;
    await session.handle({ type: 'training-new', config });
    await expect(session.handle({ type: 'training-new', config })).rejects.toThrow(/put it away first/);
    await step(watched);
    await session.handle({ type: 'training-close' });
    expect(watched.state()).toMatchObject({ status: 'none', run: null });
    await session.handle({ type: 'training-new', config: { ...config, seed: 7 } });
    await step(watched);
    expect(watched.runs().map((run) => run.config.seed)).toEqual([7, config.seed]);
    await session.handle({ type: 'training-delete', run: watched.runs()[1]?.id ?? null });
    expect(watched.state()).toMatchObject({ status: 'paused', step: 1 });
    expect(watched.runs().map((run) => run.config.seed)).toEqual([7]);
    await session.detach();
  });

  it('opens a checkpoint’s file as a run of its own, and refuses a wrong one in a sentence', async () => {
    const watched = await open(new Files());
    const { session, events } = watched;
    await session.handle({ type: 'training-new', config });
    await step(watched);
    await session.handle({ type: 'training-export', step: 1 });
    const file = events.findLast((event) => event.type === 'training-exported')?.blob as Blob;
    await step(watched);
    const before = watched.runs();

    const text = await file.text();
    const other = new Blob([file.slice(0, 8), text.slice(8, 8 + 4000).replace('"nano"', '"none"'), file.slice(4008)]);
    const cut = file.slice(0, file.size - 4);
    const small = writeSafetensors([], {
      format: 'cosr-training-1',
      preset: 'nano',
      step: '3',
      config: JSON.stringify(config),
      updates: '{"student":3}',
    });
    const wrong: [Blob, RegExp][] = [
      [new Blob(['a picture, say']), /safetensors/],
      [cut, /cut off|beyond/],
      [other, /of a preset that is not here: none/],
      [small, /does not fit its networks: student\.\S+ is missing/],
      [writeSafetensors([]), /no checkpoint of a training run/],
    ];
    for (const [bad, sentence] of wrong) {
      await expect(session.handle({ type: 'training-import', file: bad })).rejects.toThrow(sentence);
    }
    expect(watched.runs()).toEqual(before);
    expect(watched.state()).toMatchObject({ status: 'paused', step: 2 });

    await session.handle({ type: 'training-import', file });
    expect(watched.state()).toMatchObject({ status: 'stored', step: 1 });
    expect(watched.runs()).toHaveLength(2);
    await step(watched);
    expect(watched.rows()[2]).toEqual(watched.rows()[1]);
    await session.detach();
  });

  it('runs until a rule ends it, says which, and goes no faster than asked', async () => {
    const watched = await open(new Files());
    const { session } = watched;
    await session.handle({ type: 'training-new', config });
    const until = { ...fullSpeed.until, step: 2 };
    await session.handle({ type: 'training-play', drive: { ...fullSpeed, until, perSecond: 1000 } });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, saved: 2, ended: 'Stopped at iteration 2, as asked.' });
    await session.handle({ type: 'training-play', drive: { ...fullSpeed, until } });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 2, ended: 'Stopped at iteration 2, as asked.' });
    await session.handle({ type: 'training-play', drive: { ...fullSpeed, perSecond: 0.001 } });
    while (watched.rows().length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watched.rows().length).toBe(3);
    await session.handle({ type: 'training-pause' });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 3, ended: null });

    // In slow motion a phase is seen; a pause ends the iteration without it.
    const before = watched.events.length;
    const seen = () =>
      watched.events.slice(before).flatMap((event) => (event.type === 'training-phase' ? [event.phase] : []));
    await session.handle({ type: 'training-play', drive: { ...fullSpeed, phaseMilliseconds: 1e6 } });
    while (seen().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen()).toEqual(['teacherTarget']);
    await session.handle({ type: 'training-pause' });
    await watched.until(rests);
    expect(watched.state()).toMatchObject({ step: 4, ended: null });
    await session.detach();
  });

  it('trains on pictures of one’s own, whatever their order, and asks for them when they are gone', async () => {
    const files = new Files();
    const decode = async (file: Blob) => {
      const text = await file.text();
      if (text === 'broken') throw new Error('No picture.');
      const [seed, side] = text.split(' ').map(Number) as [number, number];
      const data = Uint8ClampedArray.from({ length: side * side * 4 }, (_, i) => 128 + 100 * Math.sin(i / seed));
      return { width: side, height: side, data };
    };
    const pictures = ['37 80', '11 80', '5 96', 'broken', '4 16', '11 80'].map((text) => new Blob([text]));
    const first = await open(files, { decode });
    await first.session.handle({ type: 'training-add-pictures', files: pictures });
    expect(first.notices()[0]).toMatch(
      /^3 pictures added, 1 known already, 1 skipped that can’t be read, 1 skipped that are too small\./,
    );
    await first.session.handle({ type: 'training-new', config });
    await step(first);
    await step(first);
    await first.session.detach();

    const other = await open(new Files(), { decode });
    await other.session.handle({ type: 'training-add-pictures', files: [...pictures].reverse() });
    await other.session.handle({ type: 'training-new', config });
    await step(other);
    expect(other.rows()[0]).toEqual(first.rows()[0]);
    await other.session.detach();

    // On the samples the same seed gives another run.
    const samples = await open(new Files());
    await samples.session.handle({ type: 'training-new', config });
    await step(samples);
    expect(samples.rows()[0]).not.toEqual(first.rows()[0]);
    await samples.session.detach();

    for (const hash of await files.list('training/pictures')) await files.remove(`training/pictures/${hash}`);
    const later = await open(files, { decode });
    await step(later);
    expect(later.state()).toMatchObject({
      status: 'stored',
      saved: 2,
      fault: '3 of the 3 pictures of this run are no longer on this device: add them again under Data, then play.',
    });
    await later.session.handle({ type: 'training-add-pictures', files: pictures });
    await step(later);
    expect(later.state()).toMatchObject({ status: 'paused', step: 3, fault: null });
    await later.session.detach();
  });

  it('tells what settings would take of memory, and which sizes suit the preset', async () => {
    const watched = await open(new Files());
    const ask = async (change: object) => {
      const asked = readTrainingConfig({ ...config, ...change });
      await watched.session.handle({ type: 'training-estimate', config: asked });
      return watched.events.findLast((event) => event.type === 'training-estimated')?.estimate;
    };
    const usual = await ask({});
    expect(usual).toMatchObject({ budget: defaultOptions.memoryBudget, proposed: { crop: 16, batch: 1 }, fault: null });
    expect((await ask({ batch: 64 }))?.bytes).toBeGreaterThan(10 * (usual?.bytes ?? Number.NaN));
    expect((await ask({ crop: 17 }))?.fault).toMatch(/multiple of 16/);
    await watched.session.detach();
  });

  it('shows what the degradation does to a crop, the same for the same seed, without an engine', async () => {
    const watched = start(new Files());
    const { session, events } = watched;
    await session.handle({ type: 'training-open', samples: ['waves.png'] });
    const ask = async (index: number, seed = 1) => {
      const asked = { ...config, seed, degradation: 'realesrgan' as const };
      await session.handle({ type: 'training-preview', config: asked, index });
      return events.findLast((event) => event.type === 'training-previewed')?.preview;
    };
    const shown = await ask(1);
    expect([shown?.index, shown?.hr.width, shown?.lr.width]).toEqual([1, 4 * config.crop, config.crop]);
    expect(shown?.steps.join()).toMatch(/Blur.*Resize.*JPEG/);
    // The pool has two crops.
    expect((await ask(3))?.steps).toEqual(shown?.steps);
    expect((await ask(0))?.steps).not.toEqual(shown?.steps);
    expect((await ask(1, 2))?.steps).not.toEqual(shown?.steps);
    await session.handle({ type: 'training-preview', config: { ...config, crop: 64 }, index: 0 });
    expect(events.findLast((event) => event.type === 'training-previewed')).toMatchObject({
      preview: null,
      fault: expect.stringMatching(/No sample picture is large enough/),
    });
  });
});
