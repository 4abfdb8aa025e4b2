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

async function fastest(network: TileNetwork, { tile, repeats }: Contest): Promise<number> {
  const lr = { width: tile, height: tile, channels: 3, data: uniform('picture', tile * tile * 3, 1) };
  const noise = uniform('noise', tile * tile * network.latentChannels, 1.7);
  let best = Number.POSITIVE_INFINITY;
  // The first time prepares.
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const started = performance.now();
    await network.runTile(lr, noise, 'off');
    if (repeat > 0) best = Math.min(best, performance.now() - started);
  }
  return best;
}

async function ours(contest: Contest, ground: Ground): Promise<Result> {
  const request = { ...contest, method: 'auto', memoryBudget: 2 ** 33 } as const;
  const compute = await UpscaleEngine.open(ground, request, () => {});
  const ms = await fastest(compute, contest);
  const adapter = compute.ready.adapter?.description || null;
  compute.dispose();
  return { ms, adapter };
}

async function onnx(contest: Contest, ground: Ground): Promise<Result> {
  const { backend, preset, tile } = contest;
  const options = { method: 'auto', tile, weights: 'float32', noiseSeed: null } as const;
  const { file } = await exportUpscaler(ground.models(preset), options);
  // Here alone: a fallback would be another row.
  const runtime = { ...(await ground.external.runtime()), providers: [backend] };
  const model = await openOnnxModel(file, runtime);
  const ms = await fastest(model, contest);
  model.dispose();
  return { ms, adapter: null };
}

async function esrgan(contest: Contest, ground: Ground): Promise<Result> {
  const backend = await ground.openBackend(contest.backend);
  const model = await openExternal('esrgan-slim', ground.external, contest.tile);
  const ms = await fastest(model, contest);
  model.dispose();
  backend.dispose();
  return { ms, adapter: backend.adapter?.description || null };
}

export const contestants = {
  ours: { name: 'the student, here', run: ours },
  onnx: { name: 'the student, onnxruntime-web', run: onnx },
  esrgan: { name: 'ESRGAN slim, tfjs', run: esrgan },
} as const;

export type Contestant = keyof typeof contestants;
