/**
 * Others beside us by the shipped weights, on one backend: the same student as an ONNX file in onnxruntime-web, and
 * UpscalerJS's smallest ESRGAN. Runs in Node and in a browser's page alike.
 */

import { exportUpscaler } from '../../src/engine/export/upscaler.ts';
import { openOnnxModel } from '../../src/engine/external/onnx-model.ts';
import { type ExternalSource, openExternal } from '../../src/engine/external/open.ts';
import type { TileNetwork } from '../../src/engine/runtime/network-tiling.ts';
import type { EngineEnvironment } from '../../src/engine/runtime/open-networks.ts';
import { UpscaleEngine } from '../../src/engine/runtime/upscale-engine.ts';
import type { PresetName } from '../../src/presets/presets.ts';
import { uniform } from '../../tests/support/hashed.ts';

export interface Contest {
  readonly backend: 'webgpu' | 'wasm';
  readonly preset: PresetName;
  /** LR pixels a side. */
  readonly tile: number;
  readonly repeats: number;
}

export interface Ground extends EngineEnvironment {
  readonly external: ExternalSource;
}

export interface Result {
  /** Of a tile, the fastest of the repeats, with its way to and from the GPU. */
  readonly ms: number;
  /** The device that it ran on, where that is known by name. */
  readonly adapter: string | null;
}

/** A network that is ready for tiles. */
interface Entrant {
  readonly network: TileNetwork;
  readonly adapter: string | null;
  dispose(): void;
}

/** One tile through a network, of so many LR pixels a side and without context. */
export function tileOf(network: TileNetwork, tile: number): () => Promise<unknown> {
  const lr = { width: tile, height: tile, channels: 3, data: uniform('picture', tile * tile * 3, 1) } as const;
  const noise = uniform('noise', tile * tile * network.latentChannels, 1.7);
  return () => network.runTile(lr, noise, 'off');
}

async function ours(contest: Contest, ground: Ground): Promise<Entrant> {
  const request = { ...contest, method: 'auto', memoryBudget: 2 ** 33 } as const;
  const compute = await UpscaleEngine.open(ground, request, () => {});
  const adapter = compute.ready.adapter?.description || null;
  return { network: compute, adapter, dispose: () => compute.dispose() };
}

async function onnx(contest: Contest, ground: Ground): Promise<Entrant> {
  const { backend, preset, tile } = contest;
  const options = { method: 'auto', tile, weights: 'float32', noiseSeed: null } as const;
  const { file } = await exportUpscaler(ground.models(preset), options);
  // Here alone: a fallback would be another row.
  const runtime = { ...(await ground.external.runtime()), providers: [backend] };
  const model = await openOnnxModel(file, runtime);
  return { network: model, adapter: null, dispose: () => model.dispose() };
}

async function esrgan(contest: Contest, ground: Ground): Promise<Entrant> {
  const backend = await ground.openBackend(contest.backend);
  const model = await openExternal('esrgan-slim', ground.external, contest.tile);
  const dispose = () => {
    model.dispose();
    backend.dispose();
  };
  return { network: model, adapter: backend.adapter?.description || null, dispose };
}

export const contestants = {
  ours: { name: 'the student, here', open: ours },
  onnx: { name: 'the student, onnxruntime-web', open: onnx },
  esrgan: { name: 'ESRGAN slim, tfjs', open: esrgan },
} as const;

export type Contestant = keyof typeof contestants;

export async function timeTile(name: Contestant, contest: Contest, ground: Ground): Promise<Result> {
  const { network, adapter, dispose } = await contestants[name].open(contest, ground);
  const run = tileOf(network, contest.tile);
  let ms = Number.POSITIVE_INFINITY;
  // The first time prepares.
  for (let repeat = 0; repeat <= contest.repeats; repeat++) {
    const started = performance.now();
    await run();
    if (repeat > 0) ms = Math.min(ms, performance.now() - started);
  }
  dispose();
  return { ms, adapter };
}
