/** What the autoencoder alone makes of an HR picture: the ceiling of everything that works on its latents. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../gpu/backend.ts';
import { BlockAccumulator } from '../../imaging/accumulator.ts';
import { pasteRgba8, type Rgba8 } from '../../imaging/image.ts';
import { cropReflectRgb } from '../../imaging/pad.ts';
import { planTiles } from '../../imaging/tiling.ts';
import { autoencoderParamShapes, decode, encode } from '../../nn/autoencoder.ts';
import { autoencoderCost } from '../../nn/cost/autoencoder.ts';
import type { Params } from '../../nn/params.ts';
import type { AutoencoderConfig } from '../../presets/architecture.ts';
import { scale } from '../job.ts';
import type { ModelSource } from '../model-source.ts';
import { findAutoencoder, loadWeights, weightCost } from '../networks.ts';
import { chooseTile, deviceOf, type TileCost } from '../tile-choice.ts';

/** Pixels a side that are encoded at once, cut and blended as upscaling does. */
const tileLr = 64;
const tile = tileLr * scale;

export class RoundTrip {
  readonly #config: AutoencoderConfig;
  readonly #params: Params;
  /** Of the latent, decoded at once; undefined: all. */
  readonly #rows: number | undefined;

  private constructor(config: AutoencoderConfig, params: Params, rows: number | undefined) {
    this.#config = config;
    this.#params = params;
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
      const question = { ...deviceOf(backend), alignment: tileLr, requested: tileLr, cost, memoryBudget };
      const trip = new RoundTrip(config, params, chooseTile(question).rows);
      await trip.#runTile(new Float32Array(tile * tile * 3));
      return trip;
    } catch (error) {
      params.dispose();
      throw error;
    }
  }

  get parameters(): number {
    return this.#params.count;
  }

  async #runTile(pixels: Float32Array): Promise<Float32Array> {
    const output = tf.tidy(() => {
      const latent = encode(this.#params, this.#config, tf.tensor4d(pixels, [1, tile, tile, 3]));
      return tf.clipByValue(decode(this.#params, this.#config, latent, this.#rows), -1, 1);
    });
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
  }

  /** Dec(Enc(x)), opaque. @throws RangeError unless the sides are multiples of 4 */
  async run(image: Rgba8): Promise<Rgba8> {
    const { width, height } = image;
    if (width % scale !== 0 || height % scale !== 0) {
      throw new RangeError(`A picture of ${width} × ${height} px has no whole latent: sides must be multiples of 4.`);
    }
    const plan = planTiles({ width: width / scale, height: height / scale }, tileLr, { align: 16 });
    const out: Rgba8 = { width, height, data: new Uint8ClampedArray(image.data.length) };
    const accumulator = new BlockAccumulator(plan, scale, ({ x, y }, pixels) => pasteRgba8(out, pixels, x, y));
    for (const place of plan.tiles) {
      const { data } = cropReflectRgb(image, place.x * scale, place.y * scale, tile, tile);
      accumulator.add(place, await this.#runTile(data));
    }
    return out;
  }

  dispose(): void {
    this.#params.dispose();
  }
}
