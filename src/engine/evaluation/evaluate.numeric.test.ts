/** Evaluations with the smallest networks, and the means they report. */
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { nodeExternal } from '../../../tests/support/external.ts';
import { metricFile } from '../../../tests/support/metric-file.ts';
import { directoryModelSource } from '../../../tests/support/node.ts';
import { noiseImage } from '../../../tests/support/test-images.ts';
import { modelOf, tinyModel } from '../../../tests/support/tiny-model.ts';
import { cropRgba8, floatToRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { psnrY } from '../../imaging/metrics/fidelity.ts';
import { niqe } from '../../imaging/metrics/niqe/index.ts';
import { enlarge, resize } from '../../imaging/resize.ts';
import { autoencoderParamShapes } from '../../nn/autoencoder.ts';
import { autoencoderCost } from '../../nn/cost/memory.ts';
import { presets } from '../../presets/presets.ts';
import type { MethodResult } from '../../report/columns.ts';
import type { EvaluationMethod } from '../../report/methods.ts';
import { exportUpscaler } from '../export/upscaler.ts';
import { openOnnxMetric } from '../external/onnx-metric.ts';
import { loadMetrics } from '../runtime/metrics.ts';
import { findAutoencoder } from '../runtime/networks.ts';
import { type Evaluation, type EvaluationProgress, evaluate } from './evaluate.ts';
import { availableMethods, RoundTrip } from './methods.ts';
import { type MeasuredRow, meanScores } from './scores.ts';

const model = await modelOf(presets.tiny);
const backend = await openNodeBackend('wasm');
const weights = directoryModelSource(resolve(import.meta.dirname, '../../../public/models/metrics'));
const metrics = await loadMetrics(weights, true);
afterAll(() => metrics.dispose());

/** Smooth, so that enlarging can get near it. */
const truthOf = (seed: number, width: number, height: number): Rgba8 =>
  floatToRgba8(resize(noiseImage(width / 8, height / 8, 3, seed), width, height, 'bicubic'));
const reduced = (image: Rgba8) =>
  floatToRgba8(resize(rgba8ToFloat(image), image.width / 4, image.height / 4, 'bicubic'));
const truths = [truthOf(1, 64, 64), truthOf(2, 192, 176)];
const picturesOf = (truths: readonly Rgba8[]) =>
  truths.map((truth, i) => ({ name: `${i}.png`, load: async () => ({ lr: reduced(truth), truth }) }));
const pictures = picturesOf(truths);
/** For tests that are not about the metrics that take a large one. */
const smallTruths = [truthOf(1, 64, 64), truthOf(2, 64, 48)] as const;
const smallPictures = picturesOf(smallTruths);
const settings = { preset: 'compact', seed: 7, colourLock: 'off', tile: 16, memoryBudget: 2 ** 30 } as const;
const evaluation = (methods: readonly EvaluationMethod[], change: Partial<Evaluation> = {}): Evaluation => ({
  pictures,
  methods,
  backend,
  models: model.source,
  metrics,
  settings,
  ...change,
});

describe('evaluate', () => {
  it('measures every method on every picture and takes the means', async () => {
    const before = backend.memory().tensors;
    const outputs = new Map<string, Rgba8>();
    const results = await evaluate(evaluation(['nearest', 'bicubic', 'autoencoder', 'sinsr']), {
      onOutput: (method, name, output) => void outputs.set(`${method}/${name}`, output),
    });
    expect(results.map(({ method }) => method)).toEqual(['nearest', 'bicubic', 'autoencoder', 'sinsr']);
    expect(backend.memory().tensors).toBe(before);
    for (const { method, images, psnrY: meanPsnr, ssimY, msSsim, lpips, niqe: meanNiqe, msPerMegapixel } of results) {
      const own = truths.map((truth, i) => psnrY(outputs.get(`${method}/${i}.png`) as Rgba8, truth));
      expect(images.map((row) => row.psnrY)).toEqual(own);
      expect(meanPsnr).toBeCloseTo((Number(own[0]) + Number(own[1])) / 2, 9);
      expect(ssimY).toBeCloseTo((Number(images[0]?.ssimY) + Number(images[1]?.ssimY)) / 2, 9);
      // The small picture has no five scales.
      expect(images[0]?.msSsim).toBeNull();
      expect(msSsim).toBe(images[1]?.msSsim);
      expect(lpips).toBeCloseTo((Number(images[0]?.lpips) + Number(images[1]?.lpips)) / 2, 9);
      expect(lpips).toBeGreaterThan(0);
      // Nor two patches.
      expect(images[0]?.niqe).toBeNull();
      expect(meanNiqe).toBe(images[1]?.niqe);
      const pixels = 64 * 64 + 192 * 176;
      expect(msPerMegapixel).toBeCloseTo((images.reduce((sum, { ms }) => sum + Number(ms), 0) / pixels) * 1e6, 6);
    }
    const [nearest, bicubic] = results;
    expect(bicubic?.psnrY).toBeGreaterThan(Number(nearest?.psnrY));
  });

  it('gives times and no-reference scores without the truth', async () => {
    const blind = pictures.map(({ name, load }) => ({ name, load: async () => ({ ...(await load()), truth: null }) }));
    const [result] = await evaluate(evaluation(['bicubic'], { pictures: blind, metrics: { ...metrics, lpips: null } }));
    expect(Object.keys(result ?? {}).sort()).toEqual(['images', 'method', 'msPerMegapixel', 'niqe', 'noReference']);
    expect(result?.images[1]?.niqe).toBe(niqe(enlarge(reduced(truthOf(2, 192, 176)), 4, 'bicubic'), metrics.niqe));
    expect(result?.images[1]).toMatchObject({ name: '1.png', width: 192, height: 176 });
  });

  it('tells how far it is, and stops when it should', async () => {
    const abort = new AbortController();
    const seen: EvaluationProgress[] = [];
    const running = evaluate(evaluation(['nearest', 'bicubic'], { pictures: smallPictures }), {
      signal: abort.signal,
      onProgress(progress) {
        seen.push(progress);
        if (progress.method === 'bicubic' && progress.done === 1) abort.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(seen.map(({ method, done }) => `${method} ${done}`)).toEqual([
      'nearest 0',
      'nearest 1',
      'nearest 2',
      'bicubic 0',
      'bicubic 1',
    ]);
    expect(seen[0]?.etaSeconds).toBeNull();
    expect(seen[1]?.etaSeconds).toBeGreaterThan(0);
  });

  it('does not run again what is known, and stops at the first picture that is not', async () => {
    const kept = new Map<string, MeasuredRow>();
    const all = await evaluate(evaluation(['bicubic', 'sinsr'], { pictures: smallPictures }), {
      onRow: (method, measured) => void kept.set(`${method}/${measured.row.name}`, measured),
    });
    expect([...kept.keys()]).toEqual(['bicubic/0.png', 'bicubic/1.png', 'sinsr/0.png', 'sinsr/1.png']);
    kept.delete('sinsr/1.png');
    let opened = 0;
    const load = async () => {
      opened++;
      return { lr: reduced(smallTruths[1]), truth: smallTruths[1] };
    };
    const watched = smallPictures.map(({ name }) => ({ name, load }));
    const again = await evaluate(evaluation(['bicubic', 'sinsr'], { pictures: watched }), {
      known: (method, name) => kept.get(`${method}/${name}`) ?? null,
    });
    expect(opened).toBe(1);
    const scores = (results: readonly MethodResult[]) => results.map(({ images }) => images.map(({ psnrY }) => psnrY));
    expect(scores(again)).toEqual(scores(all));
  });

  it('lets a picture and a method that fail cost themselves alone, and says why', async () => {
    const failing = { name: 'cut.png', load: () => Promise.reject(new Error('The image is damaged or cut off.')) };
    const distance = { kind: 'full-reference', better: 'lower', length: 1, dispose() {} } as const;
    const odd = { ...distance, name: 'ODD', run: () => Promise.reject(new Error('No such shape.')) };
    const change = { pictures: [failing, ...pictures.slice(0, 1)], onnxMetrics: [odd] };
    const faults: (readonly [string, string])[] = [];
    const results = await evaluate(evaluation(['resshift@3', 'nearest'], change), {
      onFault: (method, fault) => void faults.push([method, fault]),
    });
    const cut = 'cut.png: The image is damaged or cut off.';
    expect(faults).toEqual([
      ['resshift@3', expect.stringContaining('have no "resshift" network')],
      ['nearest', cut],
      ['nearest', '0.png: ODD: No such shape.'],
    ]);
    expect(results.map(({ method }) => method)).toEqual(['nearest']);
    const [bad, good] = results[0]?.images ?? [];
    expect(bad).toEqual({ name: 'cut.png', width: 0, height: 0, ms: 0, fault: cut });
    expect(good).toMatchObject({ name: '0.png', width: 64, perceptual: { ODD: null } });
    expect(results[0]?.psnrY).toBe(good?.psnrY);
    await expect(evaluate(evaluation(['nearest'], change))).rejects.toThrow('damaged or cut off');
  });

  it('measures with ONNX files, over pictures and over the set', async () => {
    const runtime = await nodeExternal.runtime();
    const onnxMetrics = [
      await openOnnxMetric('MSE', metricFile({ kind: 'distance' }), runtime),
      await openOnnxMetric('Brightness', metricFile({ kind: 'mean' }), runtime),
      await openOnnxMetric('FID', metricFile({ kind: 'features', height: 8, width: 8 }), runtime),
    ];
    const [result] = await evaluate(evaluation(['bicubic'], { onnxMetrics, pictures: smallPictures }));
    expect(Object.keys(result?.perceptual ?? {})).toEqual(['MSE']);
    expect(result?.perceptual?.MSE).toBeGreaterThan(0);
    expect(Object.keys(result?.noReference ?? {})).toEqual(['Brightness']);
    expect(result?.images[0]?.noReference?.Brightness).toBeGreaterThan(0.2);
    expect(Object.keys(result?.frechet ?? {})).toEqual(['FID']);
    expect(result?.frechet?.FID).toBeGreaterThanOrEqual(0);
    const [single] = await evaluate(evaluation(['bicubic'], { onnxMetrics, pictures: pictures.slice(0, 1) }));
    expect(single?.frechet).toEqual({ FID: null });
    for (const metric of onnxMetrics) metric.dispose();
  });

  it('runs external models beside our own: an export of a method is that method', async () => {
    // Its tiles see nothing around themselves, as an ONNX file's.
    const { source } = await tinyModel();
    const { file } = await exportUpscaler(source, {
      method: 'sinsr',
      tile: 16,
      weights: 'float32',
      noiseSeed: null,
    });
    const external = { ...nodeExternal, onnx: async () => file };
    const before = backend.memory().tensors;
    const small = evaluation(['sinsr', 'onnx:student.onnx', 'esrgan-slim'], {
      pictures: pictures.slice(0, 1),
      models: source,
      external,
    });
    const [ours, theirs, esrgan] = await evaluate(small);
    expect(theirs?.method).toBe('onnx:student.onnx');
    expect(theirs?.psnrY).toBeCloseTo(Number(ours?.psnrY), 2);
    // Of a smooth picture any upscaler makes something near.
    expect(esrgan?.psnrY).toBeGreaterThan(20);
    expect(backend.memory().tensors).toBe(before);
    await expect(evaluate({ ...small, external: undefined })).rejects.toThrow('External models');
  });

  it('names the method that the weights lack', async () => {
    await expect(evaluate(evaluation(['ours']))).rejects.toThrow('no "ours" network: choose sinsr');
  });
});

describe('availableMethods', () => {
  it('follows the weights and the truth', () => {
    expect(availableMethods(model.manifest, true)).toEqual(['nearest', 'bicubic', 'lanczos', 'autoencoder', 'sinsr']);
    expect(availableMethods(model.manifest, false)).toEqual(['nearest', 'bicubic', 'lanczos', 'sinsr']);
  });
});

describe('the round trip', () => {
  it('gives a part of a picture, away from the cut, the pixels it has in the whole', async () => {
    const trip = await RoundTrip.load(model.source, backend, 2 ** 30);
    const image = truthOf(3, 320, 256);
    const whole = await trip.run(image);
    const part = await trip.run(cropRgba8(image, 0, 0, 256, 256));
    expect([whole.width, whole.height]).toEqual([320, 256]);
    const inner = (picture: Rgba8) => cropRgba8(picture, 0, 0, 160, 256).data;
    expect(inner(part)).toEqual(inner(whole));
    await expect(trip.run(cropRgba8(image, 0, 0, 30, 32))).rejects.toThrow('multiples of 4');
    trip.dispose();
  });

  it('decodes in strips where a whole tile is over the budget, and says when nothing fits', async () => {
    // Its last level needs twice what anything else does, as in the published autoencoder.
    const { source, manifest } = await tinyModel(['sinsr'], false, null, [1, 2, 2]);
    const { config } = findAutoencoder(manifest);
    const shapes = [...autoencoderParamShapes(config).values()];
    const weights = 8 * shapes.reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);
    const image = truthOf(4, 256, 256);
    const run = async (memoryBudget: number) => {
      const trip = await RoundTrip.load(source, backend, memoryBudget);
      const picture = await trip.run(image);
      trip.dispose();
      return picture;
    };
    const before = backend.memory().tensors;
    const whole = await run(2 ** 30);
    const cut = await run(autoencoderCost(config, 64, 64, 'wasm', 32).peak + weights);
    expect(cut.data).not.toEqual(whole.data);
    expect(psnrY(cut, whole)).toBeGreaterThan(30);
    await expect(run(1e6)).rejects.toThrow('raise the budget or use a smaller preset');
    expect(backend.memory().tensors).toBe(before);
  });
});

describe('meanScores', () => {
  it('leaves out what could not be measured', () => {
    const row = (msSsim: number | null) => ({
      psnrY: 20,
      ssimY: 0.5,
      msSsim,
      lpips: msSsim,
      perceptual: { d: msSsim },
    });
    expect(meanScores([row(0.5), row(null), row(0.7)])).toEqual({
      psnrY: 20,
      ssimY: 0.5,
      msSsim: 0.6,
      lpips: 0.6,
      perceptual: { d: 0.6 },
    });
    expect(meanScores([row(null)])).toMatchObject({ msSsim: null, lpips: null, perceptual: { d: null } });
  });
});
