/** The metrics that ship with weights of their own, LPIPS (AlexNet, v0.1) and NIQE, loaded when something is to be measured. */

import * as tf from '@tensorflow/tfjs-core';
import { cropRgba8, type Rgba8, rgba8ToFloat } from '../../imaging/image.ts';
import { type NiqeModel, niqeModel, niqeShapes } from '../../imaging/metrics/niqe/index.ts';
import { lpipsSmallestSide } from '../../imaging/metrics/planes.ts';
import { lpipsFeatures, lpipsMaps, lpipsParamShapes, lpipsReach, lpipsStrides } from '../../nn/lpips.ts';
import type { Params } from '../../nn/params.ts';
import type { KnownFile, ModelSource } from './model-source.ts';
import { openNetworkFile, readParams } from './networks.ts';

/** Made by `python -m trainer features`; another file would be another metric. */
const lpipsFile: KnownFile = {
  name: 'lpips-alex.safetensors',
  bytes: 4_943_128,
  sha256: '0390c4750d3a6e8b31bf235fe9a1d69702afbea1827af0cbe91393af430b4478',
};

/** Larger pictures are measured in parts of at most this side, which bounds memory. */
const largestPart = 512;
/** Parts start at multiples of this, so that every layer's places are those of the whole. */
const grid = Math.max(...lpipsStrides);

interface Part {
  readonly start: number;
  readonly end: number;
  /** With what its features look at, as far as the picture goes. */
  readonly from: number;
  readonly to: number;
}

/** Cuts a length into parts of nearly equal size. */
function parts(length: number): Part[] {
  const count = Math.ceil(length / largestPart);
  const edge = (i: number) => (i === count ? length : Math.round((i * length) / count / grid) * grid);
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [edge(i), edge(i + 1)];
    return { start, end, from: Math.max(0, start - lpipsReach), to: Math.min(length, end + lpipsReach) };
  });
}

/** The places of a map along one axis that belong to a part: where they begin in its own map, and how many. */
function places({ start, end, from }: Part, length: number, found: number, stride: number): [number, number] {
  const first = (start - from) / stride;
  return [first, (end === length ? found : (end - from) / stride) - first];
}

/**
 * The network on the active backend.
 * @param source the folder of the metrics' weights
 * @throws one sentence when the file is missing, damaged or another
 */
export async function loadLpipsParams(source: Pick<ModelSource, 'file'>): Promise<Params> {
  return readParams(await source.file(lpipsFile, () => {}), lpipsParamShapes(), lpipsFile.name);
}

export class Lpips {
  readonly #params: Params;

  private constructor(params: Params) {
    this.#params = params;
  }

  /** As `loadLpipsParams`. */
  static async load(source: Pick<ModelSource, 'file'>): Promise<Lpips> {
    return new Lpips(await loadLpipsParams(source));
  }

  /**
   * A function of its own, to be handed on. 0 for equal pictures; smaller is better. Alpha is ignored. A large picture's value is
   * that of the whole, not a mean of parts.
   * @returns null for less than 31 px a side
   * @throws RangeError when the pictures differ in size
   */
  readonly measure = async (a: Rgba8, b: Rgba8): Promise<number | null> => {
    const { width, height } = a;
    if (width !== b.width || height !== b.height) {
      throw new RangeError(`Images of ${width} × ${height} and ${b.width} × ${b.height} px can't be compared.`);
    }
    if (Math.min(width, height) < lpipsSmallestSide) return null;
    const sums = lpipsStrides.map(() => 0);
    const counts = lpipsStrides.map(() => 0);
    for (const rows of parts(height)) {
      for (const columns of parts(width)) {
        const { values, numbers } = await this.#part(a, b, rows, columns);
        for (const i of lpipsStrides.keys()) {
          sums[i] = sums[i] + values[i];
          counts[i] = counts[i] + numbers[i];
        }
      }
    }
    return sums.reduce((total, sum, i) => total + sum / counts[i], 0);
  };

  /** Sums of the five maps over a part, and how many places those are. */
  async #part(a: Rgba8, b: Rgba8, rows: Part, columns: Part) {
    const numbers: number[] = [];
    const features = (image: Rgba8) => {
      const part = cropRgba8(image, columns.from, rows.from, columns.to - columns.from, rows.to - rows.from);
      const { data, height, width } = rgba8ToFloat(part);
      return lpipsFeatures(this.#params, tf.tensor4d(data, [1, height, width, 3]));
    };
    const sums = tf.tidy(() =>
      tf.stack(
        lpipsMaps(this.#params, features(a), features(b)).map((map, i) => {
          const [, mapHeight, mapWidth] = map.shape;
          const stride = lpipsStrides[i];
          const [y, down] = places(rows, a.height, mapHeight, stride);
          const [x, across] = places(columns, a.width, mapWidth, stride);
          numbers.push(down * across);
          return tf.sum(tf.slice(map, [0, y, x], [1, down, across]));
        }),
      ),
    );
    const values = (await sums.data()) as Float32Array;
    sums.dispose();
    return { values, numbers };
  }

  dispose(): void {
    this.#params.dispose();
  }
}

/** Folder beside the presets' that holds their weights. */
export const metricsFolder = 'metrics';

/** Made by `python -m trainer features` from the authors' model as BasicSR has it. */
const niqeFile: KnownFile = {
  name: 'niqe.safetensors',
  bytes: 5_932,
  sha256: '0d47a254d95e50ae93e215fb6beb9227b832961cd1dd873f21620348c6930327',
};

export interface ShippedMetrics {
  /** Null where no truth is there to compare with. */
  readonly lpips: Lpips | null;
  readonly niqe: NiqeModel;
  dispose(): void;
}

async function loadNiqe(source: Pick<ModelSource, 'file'>): Promise<NiqeModel> {
  const file = await openNetworkFile(await source.file(niqeFile, () => {}), niqeShapes, niqeFile.name);
  const read = (name: string) => file.readFloat32(name);
  return niqeModel(await read('mean'), await read('covariance'), await read('window'));
}

/**
 * Puts LPIPS, where it is needed, on the active backend.
 * @param source the folder `metricsFolder`
 * @throws one sentence when a file is missing, damaged or another
 */
export async function loadMetrics(source: Pick<ModelSource, 'file'>, hasTruth: boolean): Promise<ShippedMetrics> {
  const niqe = await loadNiqe(source);
  const lpips = hasTruth ? await Lpips.load(source) : null;
  return { lpips, niqe, dispose: () => lpips?.dispose() };
}
