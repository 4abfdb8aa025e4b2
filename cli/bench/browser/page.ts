/** A contestant's surroundings in a browser: WebGPU, weights and models beside the page. browser.ts and wasm.ts call what it puts up. */

import { browserExternal } from '../../../src/engine/external/open.ts';
import { httpModelSource } from '../../../src/engine/runtime/model-source.ts';
import { openBackend } from '../../../src/gpu/backend.ts';
import { type Contest, type Contestant, type Ground, type Result, timeTile } from '../contest.ts';
import type { Rates, RatesRequest } from './wasm-worker.ts';

const root = new URL('/', location.href);

const ground: Ground = {
  openBackend: (kind) => openBackend({ kind, gpu: navigator.gpu, wasmPaths: {} }),
  models: (preset) =>
    httpModelSource(new URL(`models/${preset}`, root).href, { get: async () => null, put: async () => {} }),
  external: browserExternal(root, 'webgpu', () => Promise.reject(new Error('There are no files here.'))),
};

export type Contend = (name: Contestant, contest: Contest) => Promise<Result>;

const contend: Contend = (name, contest) => timeTile(name, contest, ground);

export type MeasureRates = (request: RatesRequest) => Promise<Rates>;

/** In a worker of its own, whose threads end with it. */
const measureRates: MeasureRates = (request) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./wasm-worker.ts', import.meta.url), { type: 'module' });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }: MessageEvent<{ rates: Rates } | { error: string }>) => {
      worker.terminate();
      if ('error' in data) reject(new Error(data.error));
      else resolve(data.rates);
    };
    worker.postMessage(request);
  });

Object.assign(globalThis, { contend, measureRates });
