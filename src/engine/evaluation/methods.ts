/** The methods that an evaluation compares: classical enlargement, the autoencoder alone, the networks, and external models. */

import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../gpu/backend.ts';
import type { Recordings } from '../../gpu/replay.ts';
import { runOnce } from '../../gpu/work.ts';
import { BlockAccumulator } from '../../imaging/accumulator.ts';
import { cropReflectRgb, type FloatImage, floatImage, pasteRgba8, type Rgba8 } from '../../imaging/image.ts';
import { enlarge } from '../../imaging/resize.ts';
import { computedSide, planTiles, type Tiling } from '../../imaging/tiling.ts';
import { autoencoderParamShapes, decode, encode } from '../../nn/autoencoder.ts';
import { autoencoderCost } from '../../nn/cost/memory.ts';
import type { Params } from '../../nn/params.ts';
import { type AutoencoderConfig, upscaleFactor } from '../../presets/architecture.ts';
import type { Manifest } from '../../presets/manifest.ts';
import type { PresetName } from '../../presets/presets.ts';
import { isTaught } from '../../presets/teaching.ts';
import type { ColourLock, JobProgress } from '../../protocol/upscale.ts';
import {
  type ComputedMethod,
  type ExternalMethod,
  evaluationMethods,
  isExternal,
  isNetwork,
  type Method,
  networkOf,
  type OwnMethod,
  teacherSamplings,
} from '../../report/methods.ts';
import { upscaleWith } from '../external/external-model.ts';
import { type ExternalSource, openExternal } from '../external/open.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { autoencoderTiling } from '../runtime/network-tiling.ts';
import { findAutoencoder, loadWeights, methodsOfManifest, teacherStepsOf, weightCost } from '../runtime/networks.ts';
import { chooseTile, deviceOf, type TileChoice, type TileCost } from '../runtime/tile-choice.ts';
import { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { upscaleImage } from '../upscale/tiled-upscale.ts';
import type { FinishedOutputs } from './sets.ts';

/** Whether a preset's weights allow a method; the autoencoder needs the truth for its input. */
export function isAvailable(method: OwnMethod, manifest: Manifest, hasTruth: boolean): boolean {
  if (method === 'autoencoder') return hasTruth;
  return !isNetwork(method) || methodsOfManifest(manifest).includes(networkOf(method));
}

/** Those that a preset's weights allow, the teacher's other samplings and the user's own networks last. */
export const availableMethods = (manifest: Manifest, hasTruth: boolean): OwnMethod[] => [
  ...[...evaluationMethods, ...teacherSamplings(teacherStepsOf(manifest))].filter((method) =>
    isAvailable(method, manifest, hasTruth),
  ),
  ...methodsOfManifest(manifest).filter(isTaught),
];

export interface MethodSettings {
  readonly preset: PresetName;
  readonly seed: number;
  readonly colourLock: ColourLock;
  /** LR pixels a side. */
  readonly tile: number | 'auto';
  readonly memoryBudget: number;
}

/** A picture as methods take it. */
export interface MethodInput {
  readonly name: string;
  readonly lr: Rgba8;
  /** For the autoencoder, whose input it is. */
  readonly truth: Rgba8 | null;
}

/** A method with its networks loaded and its kernels compiled. */
export interface OpenMethod {
  /** Values of its networks; null: none, or not known. */
  readonly parameters: number | null;
  /** @param onProgress told of tiles, by methods that run by tiles */
  run(input: MethodInput, signal?: AbortSignal, onProgress?: (progress: JobProgress) => void): Promise<Rgba8>;
  dispose(): void;
}

/** The networks of one method on a backend that is another's: disposing of them leaves it open. */
export function openOnLease(
  method: Method,
  backend: Backend,
  models: ModelSource,
  settings: MethodSettings,
): Promise<UpscaleEngine> {
  const lease: Backend = { ...backend, dispose: () => {} };
  const environment = { openBackend: async () => lease, models: () => models };
  return UpscaleEngine.open(environment, { ...settings, backend: 'auto', method }, () => {});
}

async function openNetworks(
  method: Method,
  backend: Backend,
  models: ModelSource,
  settings: MethodSettings,
): Promise<OpenMethod> {
  const compute = await openOnLease(method, backend, models, settings);
  const { memoryBudget } = settings;
  return {
    parameters: compute.networks.parameters,
    run: ({ lr }, signal, onProgress) =>
      upscaleImage(compute, lr, { ...settings, method }, { signal, memoryBudget, onProgress }),
    dispose: () => compute.dispose(),
  };
}

/** Colours stay as the model makes them: the colour lock belongs to our own methods. */
async function openExternalMethod(
  name: ExternalMethod,
  source: ExternalSource | undefined,
  settings: MethodSettings,
): Promise<OpenMethod> {
  if (!source) throw new Error(`External models (${name}) can't be opened here.`);
  const model = await openExternal(name, source, settings.tile);
  return {
    parameters: model.parameters,
    run: ({ lr }, signal, onProgress) => upscaleWith(model, lr, settings.seed, { signal, onProgress }),
    dispose: () => model.dispose(),
  };
}

/** Outputs that lie there, as large as ours would be. */
export function openFinished(outputs: FinishedOutputs): OpenMethod {
  return {
    parameters: null,
    async run({ name, lr }) {
      const output = await outputs.read(name);
      const [width, height] = [lr.width * upscaleFactor, lr.height * upscaleFactor];
      if (output.width === width && output.height === height) return output;
      throw new Error(
        `The output is ${output.width} × ${output.height} px; ×${upscaleFactor} of the LR picture is ${width} × ${height} px.`,
      );
    },
    dispose: () => {},
  };
}

/** @throws one sentence, when the weights lack the method above all */
export async function openMethod(
  method: ComputedMethod,
  backend: Backend,
  models: ModelSource,
  settings: MethodSettings,
  external?: ExternalSource,
): Promise<OpenMethod> {
  if (isExternal(method)) return openExternalMethod(method, external, settings);
  switch (method) {
    case 'nearest':
    case 'bicubic':
    case 'lanczos':
      return { parameters: null, run: async ({ lr }) => enlarge(lr, upscaleFactor, method), dispose: () => {} };
    case 'autoencoder': {
      const trip = await RoundTrip.load(models, backend, settings.memoryBudget);
      return {
        parameters: trip.parameters,
        run({ truth }) {
          if (!truth) throw new Error('The autoencoder’s round trip needs the HR pictures.');
          return trip.run(truth);
        },
        dispose: () => trip.dispose(),
      };
    }
    default:
      return openNetworks(method, backend, models, settings);
  }
}

/** Latent pixels a side of a tile, where memory allows. */
const usualTile = 64;

type Four = [number, number, number, number];

export class RoundTrip {
  readonly #config: AutoencoderConfig;
  readonly #params: Params;
  /** Of the latent, decoded at once; undefined: all. */
  readonly #rows: number | undefined;
  readonly #tiling: Tiling;
  /** Latent pixels a side. */
  readonly #tile: number;
  readonly #recordings: Recordings | null;

  private constructor(
    { recordings }: Backend,
    config: AutoencoderConfig,
    params: Params,
    tiling: Tiling,
    { tile, rows }: TileChoice,
  ) {
    this.#recordings = recordings;
    this.#config = config;
    this.#params = params;
    this.#tiling = tiling;
    this.#tile = tile;
    this.#rows = rows;
  }

  /**
   * Puts the preset's autoencoder on the active backend and warms it up; decodes in strips where upscaling would.
   * @param memoryBudget bytes
   * @throws one sentence, when a tile doesn't fit the memory too
   */
  static async load(source: ModelSource, backend: Backend, memoryBudget: number): Promise<RoundTrip> {
    const file = findAutoencoder(await source.manifest());
    const { config, name } = file;
    const blob = await source.file(file, () => {});
    const { params, bytes } = await loadWeights(blob, autoencoderParamShapes(config), name);
    const cost = (side: number, rows?: number): TileCost => {
      const { peak, largest } = autoencoderCost(config, side, side, backend.kind, rows);
      return { peak: weightCost(bytes, backend.kind) + peak, largest };
    };
    try {
      const tiling = autoencoderTiling(config);
      const question = { ...deviceOf(backend), tiling, requested: usualTile, cost, memoryBudget };
      const choice = chooseTile(question);
      const trip = new RoundTrip(backend, config, params, tiling, choice);
      const side = computedSide(tiling, choice.tile) * upscaleFactor;
      await trip.#runTile(floatImage(side, side, 3));
      return trip;
    } catch (error) {
      params.dispose();
      throw error;
    }
  }

  get parameters(): number {
    return this.#params.count;
  }

  async #runTile({ data, height, width }: FloatImage): Promise<Float32Array> {
    const run = (x: tf.Tensor) => {
      const latent = encode(this.#params, this.#config, x as tf.Tensor4D);
      return tf.clipByValue(decode(this.#params, this.#config, latent, this.#rows), -1, 1);
    };
    // All tiles have one shape but those of pictures smaller than a tile: none is kept beside another.
    const work = { owner: this, name: 'round trip', inputs: [{ data, shape: [1, height, width, 3] }], spare: 0, run };
    return this.#recordings?.run(work) ?? runOnce(work);
  }

  /** Dec(Enc(x)), opaque. @throws RangeError unless the sides are multiples of 4 */
  async run(image: Rgba8): Promise<Rgba8> {
    const { width, height } = image;
    if (width % upscaleFactor !== 0 || height % upscaleFactor !== 0) {
      throw new RangeError(`A picture of ${width} × ${height} px has no whole latent: sides must be multiples of 4.`);
    }
    const plan = planTiles({ width: width / upscaleFactor, height: height / upscaleFactor }, this.#tile, this.#tiling);
    const out: Rgba8 = { width, height, data: new Uint8ClampedArray(image.data.length) };
    const accumulator = new BlockAccumulator(plan, upscaleFactor, ({ x, y }, pixels) => pasteRgba8(out, pixels, x, y));
    for (const place of plan.tiles) {
      const [x, y, across, down] = [place.x, place.y, place.width, place.height].map(
        (value) => value * upscaleFactor,
      ) as Four;
      accumulator.add(place, await this.#runTile(cropReflectRgb(image, x, y, across, down)));
    }
    return out;
  }

  dispose(): void {
    this.#params.dispose();
  }
}
