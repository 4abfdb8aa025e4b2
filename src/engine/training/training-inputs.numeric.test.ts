/** Inputs of a run: pictures, degradation, memory. */

import { afterAll, describe, expect, it } from 'vitest';
import { backend, config, open, play, rests, start, step } from '../../../tests/support/watched-session.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import type { WeightFile } from '../../formats/weight-file.ts';
import { readTrainingConfig } from '../../paper/config.ts';
import { type TaughtFacts, taughtMethod } from '../../presets/teaching.ts';
import { defaultOptions } from '../../protocol/upscale.ts';
import { dispatch } from '../runtime/handlers.ts';
import { Files } from '../storage/files.ts';
import { checkpointPath } from './run-index.ts';
import type { TeachingEnvironment } from './teaching.ts';

afterAll(() => backend.dispose());

describe('TrainingSession before a run', { timeout: 300_000 }, () => {
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
    await dispatch(first.session.handlers, { type: 'training-add-pictures', files: pictures });
    expect(first.notices()[0]).toMatch(
      /^3 pictures added, 1 known already, 1 skipped that can’t be read, 1 skipped that are too small\./,
    );
    await dispatch(first.session.handlers, { type: 'training-new', config });
    await step(first);
    await step(first);
    await first.session.detach();

    const other = await open(new Files(), { decode });
    await dispatch(other.session.handlers, { type: 'training-add-pictures', files: [...pictures].reverse() });
    await dispatch(other.session.handlers, { type: 'training-new', config });
    await step(other);
    expect(other.rows()[0]).toEqual(first.rows()[0]);
    await other.session.detach();

    // On the samples the same seed gives another run.
    const samples = await open(new Files());
    await dispatch(samples.session.handlers, { type: 'training-new', config });
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
    await dispatch(later.session.handlers, { type: 'training-add-pictures', files: pictures });
    await step(later);
    expect(later.state()).toMatchObject({ status: 'paused', step: 3, fault: null });
    await later.session.detach();
  });

  it('tells what settings would take of memory, and which sizes suit the preset', async () => {
    const watched = await open(new Files());
    const ask = async (change: object) => {
      const asked = readTrainingConfig({ ...config, ...change });
      await dispatch(watched.session.handlers, { type: 'training-estimate', config: asked });
      return watched.events.findLast((event) => event.type === 'training-estimated')?.estimate;
    };
    const usual = await ask({});
    expect(usual).toMatchObject({ budget: defaultOptions.memoryBudget, proposed: { crop: 16, batch: 1 }, fault: null });
    expect((await ask({ batch: 64 }))?.bytes).toBeGreaterThan(10 * (usual?.bytes ?? Number.NaN));
    expect((await ask({ crop: 17 }))?.fault).toMatch(/multiple of 8/);
    await watched.session.detach();
  });

  it('shows what the degradation does to a crop, the same for the same seed, without an engine', async () => {
    const watched = start(new Files());
    const { session, events } = watched;
    await dispatch(session.handlers, { type: 'training-open', samples: ['waves.png'] });
    const ask = async (index: number, seed = 1) => {
      const asked = { ...config, seed, degradation: 'realesrgan' as const };
      await dispatch(session.handlers, { type: 'training-preview', config: asked, index });
      return events.findLast((event) => event.type === 'training-previewed')?.preview;
    };
    const shown = await ask(1);
    expect([shown?.index, shown?.hr.width, shown?.lr.width]).toEqual([1, 4 * config.crop, config.crop]);
    expect(shown?.steps.join()).toMatch(/Blur.*Resize.*JPEG/);
    // The pool has two crops.
    expect((await ask(3))?.steps).toEqual(shown?.steps);
    expect((await ask(0))?.steps).not.toEqual(shown?.steps);
    expect((await ask(1, 2))?.steps).not.toEqual(shown?.steps);
    await dispatch(session.handlers, { type: 'training-preview', config: { ...config, crop: 64 }, index: 0 });
    expect(events.findLast((event) => event.type === 'training-previewed')).toMatchObject({
      preview: null,
      fault: expect.stringMatching(/No sample picture is large enough/),
    });
  });

  it('teaches an upscaler: measured before and after, done by itself, kept as a method, the same after a restart', async () => {
    const files = new Files();
    const decode = async (file: Blob) => {
      const seed = Number(await file.text());
      const data = Uint8ClampedArray.from({ length: 96 * 96 * 4 }, (_, i) => 128 + 100 * Math.sin(i / seed));
      return { width: 96, height: 96, data };
    };
    const pictures = [37, 11, 5, 7, 3].map((seed) => new Blob([String(seed)]));
    const made: { file: WeightFile; facts: TaughtFacts }[] = [];
    let fault: string | null = 'There is no room for it.';
    const keepTaught: TeachingEnvironment['keepTaught'] = async (file, facts) => {
      if (fault) throw new Error(fault);
      made.push({ file, facts });
      return taughtMethod(facts.name, facts.id);
    };
    const teach = {
      type: 'training-teach',
      name: 'Waves',
      iterations: 2,
      config: { ...config, heldOutPictures: 2 },
    } as const;
    const first = await open(files, { decode, keepTaught });
    const add = (some: readonly Blob[]) =>
      dispatch(first.session.handlers, { type: 'training-add-pictures', files: some });
    await add(pictures.slice(0, 4));
    await expect(dispatch(first.session.handlers, teach)).rejects.toThrow('needs 5 pictures or more, and there are 4');
    expect(first.state().status).toBe('none');
    await add(pictures.slice(4));
    await dispatch(first.session.handlers, teach);
    await first.until(({ fault }) => fault !== null);
    // A failure at the end is told, and tried again.
    expect(first.state()).toMatchObject({ fault: 'There is no room for it.', step: 2, saved: 2 });
    fault = null;
    await dispatch(first.session.handlers, play);
    await first.until(({ teaching }) => teaching?.method !== null);
    await first.until(rests);
    const { teaching } = first.state();
    expect(teaching).toMatchObject({ name: 'Waves', iterations: 2 });
    expect([teaching?.before?.length, teaching?.after?.length]).toEqual([2, 2]);
    expect(teaching?.after?.[0]?.psnrY).not.toBe(teaching?.before?.[0]?.psnrY);
    const [{ file, facts } = { file: null, facts: null }] = made;
    expect(made).toHaveLength(1);
    expect(facts).toMatchObject({ name: 'Waves', pictures: 5, iterations: 2, crops: 2 });
    // The student's average, by the names of a network alone.
    const checkpoint = await openSafetensors((await files.read(checkpointPath(first.state().run ?? '', 2))) as Blob);
    const [set] = file?.sets ?? [];
    const [name] = [...(set?.tensors.keys() ?? [])];
    expect(await set?.read(name ?? '')).toEqual(await checkpoint.readFloat32(`average.student.${name}`));
    await first.session.detach();

    const later = await open(files, { decode, keepTaught });
    expect(later.state()).toMatchObject({ status: 'stored', teaching });
    const exam = later.events.findLast((event) => event.type === 'training-exam');
    // Two crops below each other, two pictures of 64 px beside each other.
    expect([exam?.before?.size, exam?.after?.size]).toEqual([2 * 2 * 64 * 64 * 4, 2 * 2 * 64 * 64 * 4]);
    await later.session.detach();
  });
});
