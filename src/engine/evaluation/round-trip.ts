/** What the autoencoder alone makes of an HR picture: the ceiling of everything that works on its latents. */
import * as tf from '@tensorflow/tfjs-core';
import { BlockAccumulator } from '../../imaging/accumulator.ts';
import { pasteRgba8, type Rgba8 } from '../../imaging/image.ts';
import { cropReflectRgb } from '../../imaging/pad.ts';
import { planTiles } from '../../imaging/tiling.ts';
import type { Params } from '../../nn/params.ts';
import { autoencoderParamShapes, decode, encode } from '../../nn/vqgan.ts';
import type { AutoencoderConfig } from '../../presets/architecture.ts';
import { scale } from '../job.ts';
import type { ModelSource } from '../model-source.ts';
import { findAutoencoder, readParams } from '../networks.ts';

/** Pixels a side that are encoded at once, cut and blended as upscaling does. */
const tileLr = 64;
const tile = tileLr * scale;

export class RoundTrip {
  readonly #config: AutoencoderConfig;
  readonly #params: Params;

  private constructor(config: AutoencoderConfig, params: Params) {
    this.#config = config;
    this.#params = params;
  }

  /** Puts the preset's autoencoder on the active backend and warms it up. @throws one sentence */
  static async load(source: ModelSource): Promise<RoundTrip> {
    const file = findAutoencoder(await source.manifest());
    const blob = await source.file(file, () => {});
    const trip = new RoundTrip(file.config, await readParams(blob, autoencoderParamShapes(file.config), file.name));
    await trip.#runTile(new Float32Array(tile * tile * 3));
    return trip;
  }

  get parameters(): number {
    return this.#params.count;
  }

  async #runTile(pixels: Float32Array): Promise<Float32Array> {
    const output = tf.tidy(() => {
      const latent = encode(this.#params, this.#config, tf.tensor4d(pixels, [1, tile, tile, 3]));
      return tf.clipByValue(decode(this.#params, this.#config, latent), -1, 1);
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
