/** A contestant's surroundings in a browser: WebGPU, weights and models beside the page. browser.ts calls `contend`. */

import { browserExternal } from '../../../src/engine/external/open.ts';
import { httpModelSource } from '../../../src/engine/runtime/model-source.ts';
import { openBackend } from '../../../src/gpu/backend.ts';
import { type Contest, type Contestant, contestants, type Ground, type Result } from '../contest.ts';

const root = new URL('/', location.href);

const ground: Ground = {
  openBackend: (kind) => openBackend({ kind, gpu: navigator.gpu, wasmPaths: {} }),
  models: (preset) =>
    httpModelSource(new URL(`models/${preset}`, root).href, { get: async () => null, put: async () => {} }),
  external: browserExternal(root, 'webgpu', () => Promise.reject(new Error('There are no files here.'))),
};

export type Contend = (name: Contestant, contest: Contest) => Promise<Result>;

const contend: Contend = (name, contest) => contestants[name].run(contest, ground);

Object.assign(globalThis, { contend });
