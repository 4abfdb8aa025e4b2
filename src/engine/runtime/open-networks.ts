/** The networks that an upscale engine runs, opened: those of a preset's weights, or a model that comes beside them. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Backend, BackendKind } from '../../gpu/backend.ts';
import type { Tiling } from '../../imaging/tiling.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { BackendRequest, EngineReady } from '../../protocol/upscale.ts';
import { type EsrganName, isEsrgan, type UpscaleRequest } from '../../report/methods.ts';
import type { ModelSource } from './model-source.ts';
import { fetchNetworks, type LoadedNetworks, loadNetworks, offeredBy } from './networks.ts';
import { chooseTile, deviceOf } from './tile-choice.ts';

/** A model that comes beside the weights, by the engine's tiles, queue and clock. It draws no noise and leaves colours as it makes them. */
export interface OutsideNetwork {
  readonly parameters: number;
  readonly tiling: Tiling;
  readonly tileCost: LoadedNetworks['tileCost'];
  /** @param lr [1, h, w, 3] in [−1, 1] @returns [1, 4h, 4w, 3], in [−1, 1] as well */
  enlarge(lr: tf.Tensor4D): tf.Tensor4D;
  dispose(): void;
}

export type OpenNetworks =
  | LoadedNetworks
  | (OutsideNetwork &
      Pick<LoadedNetworks, 'methods' | 'teacherSteps' | 'downsamplers' | 'decodeRows'> & {
        readonly method: EsrganName;
      });

export interface EngineEnvironment {
  readonly openBackend: (kind: BackendRequest) => Promise<Backend>;
  readonly models: (preset: PresetName) => ModelSource;
  /** On the backend that is active; left out: the engine runs networks of the weights alone. @throws one sentence */
  readonly outside?: (name: EsrganName) => Promise<OutsideNetwork>;
}

export interface EngineRequest {
  readonly backend: BackendRequest;
  readonly preset: PresetName;
  readonly method: UpscaleRequest;
  readonly tile: number | 'auto';
  readonly memoryBudget: number;
}

/**
 * Loads what a request's networks are made of, while the backend opens.
 * @returns makes them on the backend that is active then. @throws one sentence; nothing stays allocated then
 * @throws one sentence
 */
export async function fetchOpening(
  { models, outside }: Pick<EngineEnvironment, 'models' | 'outside'>,
  { preset, method }: Pick<EngineRequest, 'preset' | 'method'>,
  onProgress: (loaded: number, total: number, cached: boolean) => void,
): Promise<(backend: BackendKind) => Promise<OpenNetworks>> {
  const source = models(preset);
  if (!isEsrgan(method)) {
    const fetched = await fetchNetworks(source, method, onProgress);
    return (backend) => loadNetworks(fetched, backend);
  }
  if (!outside) throw new Error(`${method} can’t be opened here: choose a network of the weights.`);
  // The methods of the weights stay on offer beside it.
  const offered = offeredBy(await source.manifest());
  return async () => ({ ...(await outside(method)), ...offered, method });
}

/** The device's and the networks' part of the question for a tile. */
export const tileQuestion = (backend: Backend, { tiling, tileCost }: OpenNetworks) => ({
  ...deviceOf(backend),
  tiling,
  cost: (side: number, rows?: number) => tileCost(side, side, rows),
});

/** The engine's plan, before anything was timed. */
export function engineFacts(
  backend: Backend,
  networks: OpenNetworks,
  request: EngineRequest,
): { readonly ready: EngineReady; readonly decodeRows?: number } {
  const { tile, rows, reason } = chooseTile({
    ...tileQuestion(backend, networks),
    requested: request.tile,
    memoryBudget: request.memoryBudget,
  });
  const ready: EngineReady = {
    backend: backend.kind,
    backendReason: backend.reason,
    adapter: backend.adapter,
    preset: request.preset,
    method: networks.method,
    methods: networks.methods,
    teacherSteps: networks.teacherSteps,
    downsamplers: networks.downsamplers,
    parameters: networks.parameters,
    tile,
    tileReason: reason,
    msPerTile: null,
  };
  return { ready, decodeRows: rows };
}
