/**
 * The engine's realm: makes the sessions of this browser, and serves the page's commands until the tab closes. One table has a
 * handler for every command, each made by the page's own session.
 */

import wasmPlain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import wasmThreaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { errorMessage } from '../formats/errors.ts';
import { type ImageLimits, resultLimits } from '../formats/image-header.ts';
import { openBackend } from '../gpu/backend.ts';
import type { Rgba8 } from '../imaging/image.ts';
import type { PresetName } from '../presets/presets.ts';
import { taughtMethod } from '../presets/teaching.ts';
import type { Command, Event } from '../protocol/index.ts';
import { CompareSession } from './compare/compare-session.ts';
import { DiagnosisSession } from './diagnosis-session.ts';
import { EvaluationSession } from './evaluation/evaluation-session.ts';
import { openRowStore } from './evaluation/evaluation-store.ts';
import { esrganNetwork } from './external/esrgan.ts';
import { browserExternal } from './external/open.ts';
import { UserOnnxStore } from './external/user-onnx.ts';
import { layeredSource } from './models/listing.ts';
import { ModelsSession } from './models/models-session.ts';
import { modelStorage, userModelsIn } from './models/opfs-folder.ts';
import { dispatch, type Handlers } from './runtime/handlers.ts';
import { metricsFolder } from './runtime/metrics.ts';
import { type FileCache, httpModelSource } from './runtime/model-source.ts';
import type { EngineEnvironment } from './runtime/open-networks.ts';
import * as opfs from './storage/files.ts';
import { Files } from './storage/files.ts';
import { ImageStore } from './storage/image-store.ts';
import { setBitmapBackend, tensorToBitmap } from './training/panel-presenter.ts';
import { TourSession } from './training/tour-session.ts';
import { type TrainingEnvironment, TrainingSession } from './training/training-session.ts';
import { asImageData, bitmapPixels, context, decodeBitmap, encodeImage, pixelsBitmap } from './upscale/codec.ts';
import { UpscaleSession } from './upscale/upscale-session.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const emit = (event: Event, transfer: Transferable[] = []) => scope.postMessage(event, transfer);

/** The app's folder: the worker's chunk lies one below it in a build, two in development. */
const base = new URL(import.meta.env.DEV ? '../../' : '../', import.meta.url);

const wasmPaths = {
  'tfjs-backend-wasm.wasm': wasmPlain,
  'tfjs-backend-wasm-simd.wasm': wasmSimd,
  'tfjs-backend-wasm-threaded-simd.wasm': wasmThreaded,
};

const cache: FileCache = {
  get: (key) => opfs.readFile(`models/${key}`),
  put: async (key, file) => {
    await opfs.writeFile(`models/${key}`, file);
  },
};

const modelsIn = (folder: string) => httpModelSource(new URL(`models/${folder}`, base).href, cache);
const shippedModels = (preset: PresetName) => modelsIn(preset);

const userModels = userModelsIn('weights');

const environment: EngineEnvironment = {
  async openBackend(kind) {
    const backend = await openBackend({ kind, gpu: navigator.gpu, wasmPaths });
    setBitmapBackend(backend);
    return backend;
  },
  models: (preset) => layeredSource(shippedModels(preset), userModels(preset)),
  async outside(name) {
    const { esrgan } = browserExternal(base, 'auto', () => Promise.reject(new Error('No ONNX file runs here.')));
    return esrganNetwork(name, await esrgan(name));
  },
};

async function decode(file: Blob, limits?: ImageLimits): Promise<Rgba8> {
  const bitmap = await decodeBitmap(file, limits);
  const pixels = bitmapPixels(bitmap);
  bitmap.close();
  return pixels;
}

function encode(pixels: Rgba8): Promise<Blob> {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  context(canvas).putImageData(asImageData(pixels), 0, 0);
  return encodeImage(canvas, 'png', 1);
}

const files = new Files();
const userOnnx = new UserOnnxStore(files);

const trainingEnvironment: TrainingEnvironment = {
  models: environment.models,
  folders: modelsIn,
  async picture(name) {
    const response = await fetch(new URL(name, base));
    if (!response.ok) throw new Error(`The sample ${name} can't be loaded (${response.status}): reload the page.`);
    return decode(await response.blob());
  },
  decode: (file) => decode(file),
  files,
  bitmap: pixelsBitmap,
  present: tensorToBitmap,
  host: navigator.userAgent,
  encode,
  async keepTaught(file, facts) {
    const { entry } = await models.keepTaught(file, facts);
    return taughtMethod(entry.title ?? facts.name, facts.id);
  },
  takeTaught: (file) => models.takeTaught(file),
};

const training = new TrainingSession(trainingEnvironment, emit);
const upscale = new UpscaleSession(environment, new ImageStore(new BroadcastChannel('cosr-removed')), training, emit);

const diagnosis = new DiagnosisSession(upscale, emit);

const models = new ModelsSession(
  {
    shipped: shippedModels,
    user: userModels,
    storage: modelStorage,
    changed(preset) {
      void upscale.weightsChanged(preset);
      void evaluation.weightsChanged();
    },
    async renamed(before, now) {
      await compare.renamed(before, now);
      await evaluation.renamed(before, now);
    },
  },
  emit,
);

const compare = new CompareSession(
  {
    files,
    userOnnx,
    metrics: modelsIn(metricsFolder),
    external: (backend, models) => browserExternal(base, backend === 'cpu' ? 'wasm' : backend, models),
    decode: (file) => decode(file, resultLimits),
    encode,
    bitmap: pixelsBitmap,
    runExclusive: upscale.runExclusive,
  },
  emit,
);

const notice = (message: string) => emit({ type: 'notice', level: 'warning', message });

const evaluation = new EvaluationSession(
  {
    models: environment.models,
    metrics: modelsIn(metricsFolder),
    external: (backend, models) => browserExternal(base, backend, models),
    decode: (file) => decode(file, resultLimits),
    encode,
    files,
    userOnnx,
    rows: openRowStore,
    runExclusive: upscale.runExclusive,
  },
  emit,
  notice,
);

const tour = new TourSession(
  { ...trainingEnvironment, models: shippedModels, runExclusive: upscale.runExclusive },
  emit,
);

const handlers: Handlers<Command> = {
  ...upscale.handlers,
  ...diagnosis.handlers,
  ...training.handlers,
  ...tour.handlers,
  ...compare.handlers,
  ...evaluation.handlers,
  ...models.handlers,
};

/** Never rejects: a command that fails is answered by a notice. */
async function handle(command: Command): Promise<void> {
  try {
    await dispatch(handlers, command);
  } catch (error) {
    emit({ type: 'notice', level: 'warning', message: errorMessage(error) });
  }
}

scope.onmessage = ({ data }: MessageEvent<Command>) => void handle(data);
