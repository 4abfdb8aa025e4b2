/** Comparing from the page's side of the protocol: tiny networks on WebAssembly, files in memory, pictures as PNG by sharp. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { nodeExternal } from '../../../tests/support/external.ts';
import { directoryModelSource } from '../../../tests/support/node.ts';
import { repeating } from '../../../tests/support/onnx-files.ts';
import { noiseImage } from '../../../tests/support/test-images.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import { degrade } from '../../degradation/index.ts';
import { FormatError } from '../../formats/errors.ts';
import { floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { psnrRgb } from '../../imaging/metrics/index.ts';
import { resize } from '../../imaging/resize.ts';
import type { CompareCommand, CompareEvent, CompareResult, CompareState } from '../../protocol/compare.ts';
import type { Event } from '../../protocol/index.ts';
import { defaultOptions, type EngineReady } from '../../protocol/upscale.ts';
import type { CompareMethod } from '../../report/methods.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import { UserOnnxStore } from '../external/user-onnx.ts';
import type { RunExclusive } from '../runtime/gpu-scheduler.ts';
import { dispatch } from '../runtime/handlers.ts';
import { loadMetrics } from '../runtime/metrics.ts';
import { Files } from '../storage/files.ts';
import { CompareSession } from './compare-session.ts';

const model = await tinyModel(['sinsr', 'ours'], true);
const backend = await openNodeBackend('wasm');
const weights = directoryModelSource('public/models/metrics');
const options = { ...defaultOptions, tile: 16 as const };

async function decode(file: Blob): Promise<Rgba8> {
  try {
    const picture = sharp(Buffer.from(await file.arrayBuffer())).ensureAlpha();
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
  } catch {
    throw new FormatError('The file is not an image.');
  }
}

async function encode({ width, height, data }: Rgba8): Promise<Blob> {
  const png = await sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return new Blob([new Uint8Array(png)]);
}

/** Pictures cross as the pixels themselves. */
const pixelsOf = (bitmap: ImageBitmap) => bitmap as unknown as Rgba8;

const truth = floatToRgba8(resize(noiseImage(8, 6, 3, 5), 96, 64, 'bicubic'));
const lowOf = (picture: Rgba8) => floatToRgba8(degrade(rgba8ToFloat(picture), 'bicubic', 0));
const file = async (name: string, picture: Rgba8) => new File([await encode(picture)], name, { type: 'image/png' });

function session(files = new Files(), runExclusive?: RunExclusive) {
  const events: Event[] = [];
  let state: CompareState | null = null;
  const ready = { preset: 'nano' } as EngineReady;
  const lease = { backend, ready, options, models: model.source, yieldTurn: async () => {} };
  const compare = new CompareSession(
    {
      files,
      userOnnx: new UserOnnxStore(files),
      metrics: weights,
      external: (_, models) => ({ ...nodeExternal, onnx: models }),
      decode,
      encode,
      bitmap: async (pixels) => pixels as unknown as ImageBitmap,
      runExclusive: runExclusive ?? ((work, signal) => work(lease, signal)),
    },
    (event) => {
      events.push(event);
      if (event.type === 'compare-state') state = event.state;
    },
  );
  const idle = async () => {
    const busy = () => {
      const work = events.findLast((event) => event.type === 'compare-work');
      return work?.type === 'compare-work' && work.work !== null;
    };
    do await new Promise((resolve) => setTimeout(resolve, 5));
    while (busy());
  };
  return {
    events,
    lease,
    now: () => state as unknown as CompareState,
    async say(command: CompareCommand) {
      await dispatch(compare.handlers, command);
      await idle();
    },
    tell: (command: CompareCommand) => dispatch(compare.handlers, command),
    idle,
    pictures: () =>
      new Map(
        events.flatMap((event) =>
          event.type === 'compare-picture' ? [[event.layer, pixelsOf(event.bitmap)] as const] : [],
        ),
      ),
    of: <T extends CompareEvent['type']>(type: T) =>
      events.filter((event): event is Extract<CompareEvent, { type: T }> => event.type === type),
  };
}

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
    const settings = { preset: 'nano', seed: options.seed, colourLock: options.colourLock, tile: 16 } as const;
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

  it('shows the teacher’s chain, which ends at its picture', async () => {
    const { say, of, pictures } = session();
    const small = floatToRgba8(resize(noiseImage(8, 8, 3, 6), 64, 64, 'bicubic'));
    const degradation = { name: 'bicubic', seed: 0 } as const;
    await say({ type: 'compare-add', files: [await file('owl.png', small)], degradation });
    await say({ type: 'compare-chain', at: { x: 8, y: 8 } });
    const [chain] = of('compare-chained');
    expect(chain?.steps.map(({ t }) => t)).toEqual(Array.from({ length: 15 }, (_, i) => 15 - i));
    expect(chain?.rect).toEqual({ x: 0, y: 0, width: 16, height: 16 });
    const last = pixelsOf(chain?.steps.at(-1)?.bitmap as ImageBitmap);
    expect(chain?.steps.at(-1)?.psnrY).toBeGreaterThan(0);
    expect([last.width, last.height]).toEqual([64, 64]);
    expect(pictures().get('truth')).toEqual(small);
  });

  it('sweeps seeds: a row each, and no variance where nothing is drawn', async () => {
    const { say, of, now } = session();
    await say({ type: 'compare-add', files: [await file('owl.png', lowOf(truth))], degradation: null });
    await say({ type: 'compare-sweep', method: 'ours', count: 3 });
    expect(now().fault).toBeNull();
    const [event] = of('compare-swept');
    expect(event?.sweep.rows.map(({ seed }) => seed)).toEqual([42, 43, 44]);
    expect(event?.sweep.meanVariance).toBeGreaterThan(0);
    expect(event?.sweep.full).toBeGreaterThanOrEqual(event?.sweep.meanVariance as number);
  });

  it('measures where two pictures differ', async () => {
    const { say, of } = session();
    await say({
      type: 'compare-add',
      files: [await file('owl.png', truth)],
      degradation: { name: 'bicubic', seed: 0 },
    });
    await say({ type: 'compare-difference', of: 'truth', from: 'truth', full: 32 });
    await say({ type: 'compare-difference', of: 'lr', from: 'truth', full: 32 });
    const [same, other] = of('compare-differs');
    expect(same).toMatchObject({ mean: 0, most: 0 });
    expect(other?.mean).toBeGreaterThan(0);
    expect(pixelsOf(other?.bitmap as ImageBitmap)).toMatchObject({ width: 96, height: 64 });
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
