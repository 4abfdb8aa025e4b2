/**
 * The full-reference perceptual distance that ships with the app: MobileNetV2's features of both pictures, compared as LPIPS
 * compares. It is not LPIPS: another network, and no weights learnt from people's judgements.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Rgba8 } from '../imaging/image.ts';
import { featureDistance } from '../nn/feature-distance.ts';
import { mobilenetFeatures, mobilenetParamShapes, mobilenetStride } from '../nn/mobilenet-v2.ts';
import type { Params } from '../nn/params.ts';
import type { KnownFile, ModelSource } from './model-source.ts';
import { readParams } from './networks.ts';

/** Folder beside the presets' that holds the file. */
export const perceptualFolder = 'perceptual';

/** Made by scripts/make-perceptual.mjs; another file would be another metric. */
const file: KnownFile = {
  name: 'mobilenet-v2.safetensors',
  bytes: 524_664,
  sha256: '8ec50f07fcffca6418d071a330807c39697688bc94d15352d04d49a5251303b8',
};

/** Larger pictures are measured in parts of at most this side, which bounds memory: 512² take 100 MB. */
const largestPart = 512;

/** Cuts a length into parts of nearly equal size, each but the last a multiple of the coarsest features' stride. */
function parts(length: number): { readonly start: number; readonly size: number }[] {
  const count = Math.ceil(length / largestPart);
  const edge = (i: number) =>
    i === count ? length : Math.round((i * length) / count / mobilenetStride) * mobilenetStride;
  return Array.from({ length: count }, (_, i) => ({ start: edge(i), size: edge(i + 1) - edge(i) }));
}

export class FeatureDistance {
  static readonly label = 'MobileNetV2 (nsfwjs) feature distance';
  /** Least side of a picture in pixels. */
  static readonly smallestSide = mobilenetStride;
  readonly #params: Params;

  private constructor(params: Params) {
    this.#params = params;
  }

  /**
   * Puts the network on the active backend.
   * @param source the models' folder `perceptualFolder`
   * @throws one sentence when the file is missing, damaged or another
   */
  static async load(source: Pick<ModelSource, 'file'>): Promise<FeatureDistance> {
    const blob = await source.file(file, () => {});
    return new FeatureDistance(await readParams(blob, mobilenetParamShapes(), file.name));
  }

  /**
   * 0 for equal pictures, at most 2; smaller is better. Alpha is ignored.
   * @throws RangeError when the pictures differ in size or have less than 16 px a side
   */
  async measure(a: Rgba8, b: Rgba8): Promise<number> {
    const { width, height } = a;
    if (width !== b.width || height !== b.height) {
      throw new RangeError(`Images of ${width} × ${height} and ${b.width} × ${b.height} px can't be compared.`);
    }
    if (Math.min(width, height) < FeatureDistance.smallestSide) {
      throw new RangeError(`Images of ${width} × ${height} px are too small for the feature distance.`);
    }
    let sum = 0;
    for (const rows of parts(height)) {
      for (const columns of parts(width)) {
        const distance = tf.tidy(() =>
          featureDistance(
            mobilenetFeatures(this.#params, pair(a, b, columns.start, rows.start, columns.size, rows.size)),
          ),
        );
        sum += Number((await distance.data())[0]) * columns.size * rows.size;
        distance.dispose();
      }
    }
    return sum / (width * height);
  }

  dispose(): void {
    this.#params.dispose();
  }
}

/** A rectangle of both pictures, [2, height, width, 3] in [0, 1], the range that the network was trained on. */
function pair(a: Rgba8, b: Rgba8, x: number, y: number, width: number, height: number): tf.Tensor4D {
  const values = new Float32Array(2 * height * width * 3);
  let to = 0;
  for (const image of [a, b]) {
    for (let row = y; row < y + height; row++) {
      for (let from = (row * image.width + x) * 4; from < (row * image.width + x + width) * 4; from += 4) {
        for (let c = 0; c < 3; c++) values[to++] = (image.data[from + c] as number) / 255;
      }
    }
  }
  return tf.tensor4d(values, [2, height, width, 3]);
}
