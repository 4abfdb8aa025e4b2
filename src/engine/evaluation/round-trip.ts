/** An HR picture through the autoencoder alone: the ceiling of everything that works on its latents. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../gpu/backend.ts';
import { BlockAccumulator } from '../../imaging/accumulator.ts';
import { type FloatImage, floatImage, pasteRgba8, type Rgba8 } from '../../imaging/image.ts';
import { cropReflectRgb } from '../../imaging/pad.ts';
import { computedSide, planTiles, type Tiling } from '../../imaging/tiling.ts';
import { autoencoderParamShapes, decode, encode } from '../../nn/autoencoder.ts';
import { autoencoderCost } from '../../nn/cost/memory.ts';
import type { Params } from '../../nn/params.ts';
import { type AutoencoderConfig, upscaleFactor } from '../../presets/architecture.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { autoencoderTiling } from '../runtime/network-tiling.ts';
import { findAutoencoder, loadWeights, weightCost } from '../runtime/networks.ts';
import { chooseTile, deviceOf, type TileChoice, type TileCost } from '../runtime/tile-choice.ts';

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

  private constructor(config: AutoencoderConfig, params: Params, tiling: Tiling, { tile, rows }: TileChoice) {
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
      const trip = new RoundTrip(config, params, tiling, choice);
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
    const output = tf.tidy(() => {
      const latent = encode(this.#params, this.#config, tf.tensor4d(data, [1, height, width, 3]));
      return tf.clipByValue(decode(this.#params, this.#config, latent, this.#rows), -1, 1);
    });
    const values = (await output.data()) as Float32Array;
    output.dispose();
    return values;
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
