/** Storage as earlier versions of the app wrote it, opened by this one: nothing is lost. */
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { Manifest } from '../../presets/manifest.ts';
import type { CompareCommand } from '../../protocol/compare.ts';
import type { EvaluationCommand } from '../../protocol/evaluate.ts';
import type { Event } from '../../protocol/index.ts';
import { defaultOptions } from '../../protocol/upscale.ts';
import { metricsVersion } from '../../report/columns.ts';
import { CompareSession } from '../compare/compare-session.ts';
import { EvaluationSession } from '../evaluation/evaluation-session.ts';
import { memoryRows } from '../evaluation/evaluation-store.ts';
import { keyOf } from '../evaluation/row-cache.ts';
import type { ExternalSource } from '../external/open.ts';
import { UserOnnxStore } from '../external/user-onnx.ts';
import { dispatch } from '../runtime/handlers.ts';
import { sha256 } from '../runtime/model-source.ts';
import { TrainingPictures } from '../training/training-pictures.ts';
import { Files } from './files.ts';

const manifest = {
  preset: 'tiny',
  licence: 'Apache-2.0',
  created: '2026-11-23',
  diffusion: { steps: 15, kappa: 2, power: 0.3, etas_end: 0.99, min_noise_level: 0.04 },
  files: [],
  spare: [],
} as unknown as Manifest;
const source = { manifest: async () => manifest, file: async () => new Blob() };

/** A picture's file here is its size as text. */
const picture = (width: number, height: number) => new Blob([`${width} ${height}`]);
async function decode(file: Blob): Promise<Rgba8> {
  const [width = 0, height = 0] = (await file.text()).split(' ').map(Number);
  if (!(width > 0 && height > 0)) throw new FormatError('The file is not an image.');
  return { width, height, data: new Uint8ClampedArray(width * height * 4) };
}

const noEngine = () => Promise.reject(new Error('No engine here.'));
const external = (): ExternalSource => ({ esrgan: noEngine, onnx: noEngine, runtime: noEngine });

const hr = picture(64, 64);
const trained = picture(256, 256);
const [shared, other, metric] = [new Blob(['shared']), new Blob(['other']), new Blob(['metric'])];
const pieces = { hr, trained, shared, other, metric };
const hashes = Object.fromEntries(
  await Promise.all(Object.entries(pieces).map(async ([name, file]) => [name, await sha256(file)])),
) as Record<keyof typeof pieces, string>;

const settings = { preset: 'nano', seed: 42, colourLock: 'off' };
const scores = { psnrRgb: 'Infinity', psnrY: 31.5, ssimY: 0.9, msSsim: null, lpips: 0.2, niqe: 4 };
const resultOf = (method: string) => ({
  method,
  settings,
  fault: null,
  ms: 12,
  megapixelsPerSecond: 3,
  peakBytes: null,
  parameters: null,
  scores,
  metrics: metricsVersion,
});

/** Every file that the version before one blob store left: paths and JSON as it wrote them. */
async function earlierFiles(): Promise<Files> {
  const files = new Files();
  const json = (path: string, value: unknown) => files.write(path, new Blob([JSON.stringify(value)]));
  await json('training/pictures.json', [{ hash: hashes.trained, width: 256, height: 256, bytes: trained.size }]);
  await files.write(`training/pictures/${hashes.trained}`, trained);

  await json('evaluation/index.json', {
    setup: { set: 'degraded', degradation: 'realesrgan', methods: ['bicubic', 'onnx:shared.onnx'] },
    pictures: [{ role: 'hr', name: 'owl.png', hash: hashes.hr, bytes: hr.size, width: 64, height: 64 }],
    models: [
      { name: 'shared.onnx', hash: hashes.shared, bytes: shared.size, metric: null },
      {
        name: 'MSE',
        hash: hashes.metric,
        bytes: metric.size,
        metric: { name: 'MSE', kind: 'full-reference', better: 'lower' },
      },
    ],
  });
  for (const name of ['hr', 'shared', 'metric'] as const) {
    await files.write(`evaluation/files/${hashes[name]}`, pieces[name]);
  }

  await json('compare/state.json', {
    // The same bytes as Evaluate's under another name, and another file of that one's name.
    models: [
      { name: 'onnx:11-22', file: 'copy.onnx', bytes: shared.size },
      { name: 'onnx:33-44', file: 'shared.onnx', bytes: other.size },
    ],
    inputs: [
      { id: '1-2-3', name: 'owl.png', kind: 'single', degradation: { name: 'given', seed: 0 } },
      { id: '4-5-6', name: 'cat.png', kind: 'pair', degradation: { name: 'given', seed: 0 } },
    ],
    selected: '1-2-3',
    methods: ['bicubic', 'onnx:33-44', 'onnx:11-22'],
  });
  await files.write('compare/models/11-22', shared);
  await files.write('compare/models/33-44', other);
  await files.write('compare/inputs/1-2-3/single', picture(16, 16));
  await files.write('compare/inputs/4-5-6/low', picture(16, 16));
  await files.write('compare/inputs/4-5-6/high', picture(64, 64));
  await json('compare/inputs/1-2-3/results.json', ['bicubic', 'onnx:33-44', 'onnx:11-22'].map(resultOf));
  await files.write('compare/inputs/1-2-3/bicubic', picture(64, 64));
  await files.write('compare/inputs/1-2-3/onnx-33-44', picture(64, 65));
  await files.write('compare/inputs/1-2-3/onnx-11-22', picture(64, 66));
  return files;
}

function visit(files: Files, rows = memoryRows()) {
  const events: Event[] = [];
  const emit = (event: Event) => events.push(event);
  const userOnnx = new UserOnnxStore(files);
  const metrics = source;
  const bitmap = async (pixels: Rgba8) => pixels as unknown as ImageBitmap;
  const encode = async ({ width, height }: Rgba8) => picture(width, height);
  const shared = { files, userOnnx, metrics, external, decode, encode, runExclusive: noEngine };
  const compare = new CompareSession({ ...shared, bitmap }, emit);
  const evaluation = new EvaluationSession(
    { ...shared, models: () => source, rows: async () => rows },
    emit,
    (message) => emit({ type: 'notice', level: 'warning', message }),
  );
  const last = <T extends Event['type']>(type: T) =>
    events.findLast((event): event is Extract<Event, { type: T }> => event.type === type);
  return {
    events,
    userOnnx,
    compare: () => last('compare-state')?.state,
    evaluation: () => last('evaluation-state')?.state,
    report: () => last('evaluation-results')?.report,
    async send(command: CompareCommand | EvaluationCommand) {
      await dispatch({ ...compare.handlers, ...evaluation.handlers }, command);
      do await new Promise((resolve) => setTimeout(resolve, 1));
      while (last('compare-work')?.work);
    },
  };
}

const open = { type: 'evaluation-open', options: defaultOptions, backend: 'wasm' } as const;
const openedNames = (files: Files) => Promise.all(['evaluation/files', 'onnx/files'].map((path) => files.list(path)));

describe('storage of an earlier version', () => {
  it('keeps the training pictures where they are', async () => {
    const pictures = new TrainingPictures(await earlierFiles(), decode);
    await pictures.load();
    await pictures.sweep([]);
    expect(pictures.pictures).toEqual([{ hash: hashes.trained, width: 256, height: 256, bytes: trained.size }]);
    expect(await pictures.missing(pictures.pictures)).toBe(0);
  });

  it.each(['compare', 'evaluation'])('gives both pages the ONNX files of both, %s first', async (first) => {
    const files = await earlierFiles();
    const { send, compare, evaluation, userOnnx } = visit(files);
    if (first === 'compare') await send({ type: 'compare-open' });
    await send(open);
    await send({ type: 'compare-open' });
    const names = ['onnx:shared.onnx', 'onnx:shared (2).onnx'];
    expect(compare()?.models.map(({ name }) => name)).toEqual(names);
    expect(evaluation()?.offered.filter((name) => name.startsWith('onnx:'))).toEqual(names);
    expect(evaluation()?.files.map(({ name }) => name)).toEqual(['shared.onnx', 'MSE', 'shared (2).onnx']);
    expect(await (await userOnnx.file('shared.onnx')).text()).toBe('shared');
    expect(await (await userOnnx.file('shared (2).onnx')).text()).toBe('other');
    expect(await (await userOnnx.file('MSE')).text()).toBe('metric');
    // Each file is there once, and nothing of the old places is left.
    expect(await openedNames(files)).toEqual([[hashes.hr], [hashes.shared, hashes.other, hashes.metric].sort()]);
    expect(await files.list('compare/models')).toEqual([]);
  });

  it('keeps the inputs, choices, results and pictures of Compare', async () => {
    const { send, compare, events } = visit(await earlierFiles());
    await send({ type: 'compare-open' });
    const methods = ['bicubic', 'onnx:shared (2).onnx', 'onnx:shared.onnx'];
    expect(compare()).toMatchObject({ selected: '1-2-3', methods, fault: null });
    expect(compare()?.inputs.map(({ id, name, kind }) => [id, name, kind])).toEqual([
      ['1-2-3', 'owl.png', 'single'],
      ['4-5-6', 'cat.png', 'pair'],
    ]);
    const kept = { ...scores, psnrRgb: Number.POSITIVE_INFINITY };
    expect(compare()?.results).toEqual(methods.map((method) => ({ ...resultOf(method), scores: kept })));
    const heights = events.flatMap((event) =>
      event.type === 'compare-picture' ? [[event.layer, event.bitmap.height]] : [],
    );
    expect(heights).toEqual([['lr', 16], ...methods.map((method, i) => [method, 64 + i])]);
    await send({ type: 'compare-select', id: '4-5-6' });
    expect(compare()?.prepared).toMatchObject({ width: 16, height: 16, hasTruth: true });
  });

  it('keeps the setup, pictures and measured rows of Evaluate', async () => {
    const rows = memoryRows();
    const method = 'onnx:shared.onnx';
    const key = keyOf(method, 'owl.png', {
      pictures: [hashes.hr, 'realesrgan'],
      weights: '',
      options: defaultOptions,
      file: hashes.shared,
      metrics: [`MSE ${hashes.metric}`],
    });
    const row = { name: 'owl.png', width: 64, height: 64, ms: 5, niqe: null, noReference: {} };
    await rows.put({ key, adapter: 'a GPU', row, features: {} });
    const { send, evaluation, report } = visit(await earlierFiles(), rows);
    await send(open);
    const setup = { set: 'degraded', degradation: 'realesrgan', methods: ['bicubic', method] };
    expect(evaluation()).toMatchObject({ setup, pictures: { hr: { count: 1, bytes: hr.size } }, done: 1, total: 2 });
    expect(report()?.methods.map((result) => [result.method, result.images])).toEqual([[method, [row]]]);
  });

  it('reads the new layout again, and a migration that was cut short goes on', async () => {
    const files = await earlierFiles();
    // The tab went after the first page's files were taken over.
    const state = await files.read('compare/state.json');
    await new UserOnnxStore(files).load();
    await files.write('compare/state.json', state as Blob);
    await files.write('compare/models/11-22', shared);
    await files.write('compare/models/33-44', other);
    for (let i = 0; i < 2; i++) {
      const { send, compare } = visit(files);
      await send({ type: 'compare-open' });
      expect(compare()?.models.map(({ file }) => file)).toEqual(['shared.onnx', 'shared (2).onnx']);
      expect(compare()?.results.map(({ method }) => method)).toEqual([
        'bicubic',
        'onnx:shared (2).onnx',
        'onnx:shared.onnx',
      ]);
    }
  });
});

describe('an ONNX file', () => {
  it('that goes on one page goes on the other, with its results', async () => {
    const { send, compare, evaluation } = visit(await earlierFiles());
    await send({ type: 'compare-open' });
    await send(open);
    await send({ type: 'evaluation-remove-model', name: 'shared.onnx' });
    expect(evaluation()?.setup.methods).toEqual(['bicubic']);
    expect(compare()?.models.map(({ name }) => name)).toEqual(['onnx:shared (2).onnx']);
    expect(compare()?.results.map(({ method }) => method)).toEqual(['bicubic', 'onnx:shared (2).onnx']);
    await send({ type: 'compare-forget-model', name: 'onnx:shared (2).onnx' });
    expect(evaluation()?.files.map(({ name }) => name)).toEqual(['MSE']);
    expect(compare()?.methods).toEqual(['bicubic']);
  });
});
