/** Comparing from the page's side of the protocol: pictures, methods and models of others. */

import { describe, expect, it } from 'vitest';
import {
  backend,
  file,
  lowOf,
  model,
  options,
  session,
  truth,
  weights,
} from '../../../tests/support/compare-session.ts';
import { repeating } from '../../../tests/support/onnx-files.ts';
import { degrade } from '../../degradation/index.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { psnrRgb } from '../../imaging/metrics/fidelity.ts';
import type { CompareResult } from '../../protocol/compare.ts';
import type { CompareMethod } from '../../report/methods.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { loadMetrics } from '../runtime/metrics.ts';
import { Files } from '../storage/files.ts';
import { CompareStore } from './compare-store.ts';

describe('comparing', () => {
  it('runs the chosen methods on a pair and measures them as an evaluation does', async () => {
    const { say, now, pictures, events, of } = session();
    await say({ type: 'compare-open' });
    const files = [await file('owl_lr.png', lowOf(truth)), await file('owl_hr.png', truth)];
    await say({ type: 'compare-add', files, degradation: null });
    expect(now().prepared).toMatchObject({ width: 24, height: 16, hasTruth: true });
    const methods = ['nearest', 'bicubic', 'sinsr', 'ours', 'resshift'] as const;
    await say({ type: 'compare-choose', methods, revision: 1 });
    expect(now().revision).toBe(1);
    const before = backend.memory().tensors;
    await say({ type: 'compare-run', all: false });
    expect(now().fault).toBeNull();
    expect(backend.memory().tensors).toBe(before);

    const metrics = await loadMetrics(weights, true);
    const load = async () => ({ lr: lowOf(truth), truth });
    const pictureSet = [{ name: 'owl', load }];
    const settings = { preset: 'compact', seed: options.seed, colourLock: options.colourLock, tile: 16 } as const;
    const expected = await evaluate({
      pictures: pictureSet,
      methods,
      backend,
      models: model.source,
      metrics,
      settings: { ...settings, memoryBudget: options.memoryBudget },
    });
    metrics.dispose();
    for (const { method, psnrY, ssimY, lpips } of expected) {
      const { scores, parameters, peakBytes } = now().results.find((result) => result.method === method) ?? {};
      expect(scores?.psnrY).toBeCloseTo(psnrY as number, 6);
      expect(scores?.ssimY).toBeCloseTo(ssimY as number, 6);
      expect(scores?.lpips).toBeCloseTo(lpips as number, 5);
      expect(scores?.niqe).toBeNull();
      const picture = pictures().get(method as CompareMethod) as Rgba8;
      expect(scores?.psnrRgb).toBeCloseTo(psnrRgb(picture, truth), 9);
      const isNetwork = method === 'sinsr' || method === 'ours' || method === 'resshift';
      expect([parameters !== null, peakBytes !== null]).toEqual([isNetwork, isNetwork]);
      if (isNetwork) expect(peakBytes).toBeGreaterThan(4 * (parameters as number));
    }
    // The same weights with the same seed: the same picture.
    expect(pictures().get('ours')?.data).toEqual(pictures().get('sinsr')?.data);
    expect(of('compare-work').some(({ work }) => work?.method === 'ours' && work.done === 3)).toBe(true);

    const runs = events.length;
    await say({ type: 'compare-run', all: false });
    expect(events.slice(runs).some(({ type }) => type === 'compare-picture')).toBe(false);
  });

  it('degrades an HR picture here, and keeps everything over a reload', async () => {
    const files = new Files();
    const first = session(files);
    const degradation = { name: 'realesrgan-test', seed: 9 } as const;
    await first.say({ type: 'compare-add', files: [await file('owl.png', truth)], degradation });
    await first.say({ type: 'compare-choose', methods: ['bicubic', 'lanczos'], revision: 1 });
    await first.say({ type: 'compare-run', all: false });
    expect(first.pictures().get('lr')).toEqual(floatToRgba8(degrade(rgba8ToFloat(truth), 'realesrgan-test', 9)));
    expect(first.now().prepared?.steps.length).toBeGreaterThan(2);

    const second = session(files);
    await second.say({ type: 'compare-open' });
    expect(second.now()).toEqual({ ...first.now(), revision: 0 });
    expect(second.pictures()).toEqual(first.pictures());

    const [input] = second.now().inputs;
    await second.say({
      type: 'compare-degrade',
      id: input?.id ?? '',
      degradation: { name: 'bicubic', seed: 0 },
      revision: 1,
    });
    expect(second.now().results).toEqual([]);
    expect(second.pictures().get('lr')).toEqual(lowOf(truth));
    await second.say({ type: 'compare-remove', id: input?.id ?? '' });
    expect(second.now()).toMatchObject({ inputs: [], selected: null, prepared: null });
  });

  it('shows of results with other metrics what is as before, and measures them anew', async () => {
    const files = new Files();
    const first = session(files);
    await first.say({ type: 'compare-open' });
    await first.say({
      type: 'compare-add',
      files: [await file('cat.png', truth)],
      degradation: { name: 'bicubic', seed: 0 },
    });
    await first.say({ type: 'compare-choose', methods: ['nearest', 'bicubic'], revision: 1 });
    await first.say({ type: 'compare-run', all: false });
    const path = `compare/inputs/${first.now().selected}/results.json`;
    const kept = JSON.parse((await (await files.read(path))?.text()) ?? '[]') as CompareResult[];
    const old = kept.map(({ metrics: _, scores, ...rest }) => {
      const { lpips, niqe, ...others } = scores ?? {};
      return { ...rest, scores: { ...others, perceptual: { other: lpips }, noReference: { another: niqe } } };
    });
    await files.write(path, new Blob([JSON.stringify(old)]));

    const second = session(files);
    await second.say({ type: 'compare-open' });
    const scoresOf = (of: typeof first) => of.now().results.map(({ scores }) => scores);
    for (const [i, scores] of scoresOf(second).entries()) {
      expect(scores).toEqual({ ...kept[i]?.scores, lpips: undefined, niqe: undefined });
    }
    await second.say({ type: 'compare-run', all: false });
    expect(scoresOf(second)).toEqual(scoresOf(first));
  });

  it('never takes what another degradation made, also where the change was cancelled', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isHeld = false;
    const { say, tell, idle, lease, now, pictures } = session(undefined, async (work, signal) => {
      if (isHeld) await held;
      return work(lease, signal);
    });
    const degradation = { name: 'realesrgan-test', seed: 9 } as const;
    await say({ type: 'compare-add', files: [await file('owl.png', truth)], degradation });
    const id = now().selected ?? '';
    isHeld = true;
    await tell({ type: 'compare-run', all: false });
    // A turn of its own, so that the run is on its way.
    await new Promise((resolve) => setTimeout(resolve));
    await tell({ type: 'compare-degrade', id, degradation: { name: 'bicubic', seed: 0 }, revision: 1 });
    await tell({ type: 'compare-cancel' });
    release();
    await idle();
    await say({ type: 'compare-select', id });
    expect(pictures().get('lr')).toEqual(lowOf(truth));
  });

  it('refuses files that are no pictures, each with a sentence, and takes the others', async () => {
    const { say, now, events } = session();
    const files = [new File(['no picture'], 'notes.png'), await file('owl.png', lowOf(truth))];
    await say({ type: 'compare-add', files, degradation: null });
    expect(events).toContainEqual({
      type: 'notice',
      level: 'warning',
      message: 'notes.png: The file is not an image.',
    });
    expect(now().inputs.map(({ name }) => name)).toEqual(['owl.png']);
  });

  it('says why a method can’t run, and goes on with the others', async () => {
    const { say, now } = session();
    await say({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await say({ type: 'compare-choose', methods: ['ours-conv', 'bicubic'], revision: 1 });
    await say({ type: 'compare-run', all: false });
    const [missing, bicubic] = now().results;
    expect(missing?.fault).toContain('The tiny weights have no "ours-conv" network');
    expect(bicubic).toMatchObject({ method: 'bicubic', fault: null });
    expect(Object.keys(bicubic?.scores ?? {})).toEqual(['niqe']);
  });

  it('keeps what is done when it is cancelled', async () => {
    const { tell, idle, now, of } = session();
    await tell({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await tell({ type: 'compare-choose', methods: ['bicubic', 'resshift'], revision: 1 });
    await tell({ type: 'compare-run', all: false });
    while (!of('compare-work').some(({ work }) => work?.method === 'resshift')) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await tell({ type: 'compare-cancel' });
    await idle();
    expect(now().results.map(({ method }) => method)).toEqual(['bicubic']);
    expect(now().fault).toBeNull();
  });

  it('takes an ONNX model ×4, runs it, and knows it after a reload', async () => {
    const files = new Files();
    const first = session(files);
    await first.say({ type: 'compare-model', file: new File([repeating({})], 'repeat.onnx') });
    expect(first.now().fault).toBeNull();
    const [model] = first.now().models;
    expect(model).toMatchObject({ file: 'repeat.onnx' });
    const name = model?.name as CompareMethod;
    expect(first.now().methods).toContain(name);
    await first.say({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await first.say({ type: 'compare-choose', methods: ['nearest', name], revision: 1 });
    await first.say({ type: 'compare-run', all: false });
    expect(first.pictures().get(name)).toEqual(first.pictures().get('nearest'));

    const second = session(files);
    await second.say({ type: 'compare-open' });
    expect(second.now().models).toEqual([model]);
    await second.say({ type: 'compare-forget-model', name: name as `onnx:${string}` });
    expect(second.now().models).toEqual([]);
    // Its results are gone for good.
    await second.say({ type: 'compare-select', id: second.now().selected ?? '' });
    expect(second.now().results.map(({ method }) => method)).toEqual(['nearest']);
  });

  it('follows a taught method to its new name, and forgets it once it is gone', async () => {
    const files = new Files();
    const first = session(files);
    await first.say({ type: 'compare-open' });
    await first.say({
      type: 'compare-add',
      files: [await file('owl_lr.png', lowOf(truth)), await file('owl_hr.png', truth)],
      degradation: null,
    });
    await first.say({ type: 'compare-choose', methods: ['nearest', 'bicubic'], revision: 1 });
    await first.say({ type: 'compare-run', all: false });
    const { inputs, selected } = first.now();
    const id = selected ?? '';
    const [before, after] = ['taught:Owls@0123abcd', 'taught:Barn owls@0123abcd'] as const;
    const store = new CompareStore(files);
    const results = (await store.results(id)).map((result) =>
      result.method === 'bicubic' ? { ...result, method: before } : result,
    );
    await store.keepResults(id, results);
    await store.keepPicture(id, before, (await store.picture(id, 'bicubic')) as Blob);
    await store.keepState({ inputs, selected, methods: ['nearest', before] });

    const later = session(files);
    // Before anybody looks at the page.
    await later.renamed(before, after);
    await later.say({ type: 'compare-open' });
    expect(later.now().methods).toEqual(['nearest', after]);
    expect(later.now().results.map(({ method }) => method)).toEqual(['nearest', after]);
    expect(later.pictures().get(after)).toEqual(first.pictures().get('bicubic'));
    await later.renamed(after, before);
    expect(later.now().results.map(({ method }) => method)).toEqual(['nearest', before]);
    expect(later.pictures().get(before)).toEqual(first.pictures().get('bicubic'));

    await later.renamed(before, null);
    expect(later.now().methods).toEqual(['nearest']);
    expect((await store.results(id)).map(({ method }) => method)).toEqual(['nearest']);
    expect(await store.picture(id, before)).toBeNull();
  });

  it('says what was expected of an ONNX model of another scale', async () => {
    const { say, now } = session();
    await say({ type: 'compare-model', file: new File([repeating({ times: 2 })], 'double.onnx') });
    expect(now().fault).toMatch(
      /^double\.onnx: Only models that enlarge 4 times can be compared; this one enlarges 2 times/,
    );
    expect(now().models).toEqual([]);
  });

  it('refuses an ONNX file that is none, and changes nothing', async () => {
    const { say, now } = session();
    await say({ type: 'compare-model', file: new File(['nothing'], 'model.onnx') });
    expect(now().fault).toMatch(/^model\.onnx: /);
    expect(now().models).toEqual([]);
  });
});
