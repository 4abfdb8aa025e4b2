/** The way in which the tiles of each network join: it follows from what the network's output depends on. */

import type { FloatImage, Rect } from '../../imaging/image.ts';
import { fillNoise } from '../../imaging/random.ts';
import { blended, type Tiling } from '../../imaging/tiling.ts';
import { tinyAutoencoderReach } from '../../nn/autoencoder.ts';
import { planUnet } from '../../nn/unet-plan.ts';
import type { SamplingMethod } from '../../paper/upscale.ts';
import type { AutoencoderConfig, UnetConfig } from '../../presets/architecture.ts';
import type { ColourLock } from '../../protocol/upscale.ts';
import type { TileWatch } from './kernel-watch.ts';

/**
 * LR pixels around a tile. Convolutions and attention windows of compact reach about 130 together, but far ones count little:
 * a prototype had no frame with 8, and `npm run tiling` measures what is left with these. Each step of a chain works on the last
 * one's result, edges included, so what an edge spoils grows inwards with the steps.
 */
export const contextOf: Readonly<Record<SamplingMethod, number>> = {
  'one-step': 16,
  ancestral: 32,
  deterministic: 32,
};

/**
 * The tiles of an autoencoder and a UNet together: an upscaler, or G behind an encoder. GroupNorm and the attention of the VQ
 * autoencoder make a pixel depend on all of its tile.
 */
export function tilingOf(autoencoder: AutoencoderConfig, unet: UnetConfig, sampling: SamplingMethod): Tiling {
  const { alignment: align } = planUnet(unet);
  const isLocal = autoencoder.kind === 'tiny' && unet.norm === 'none';
  return isLocal ? { join: 'context', align, context: contextOf[sampling] } : blended(align);
}

/** The tiles of an autoencoder alone, latent pixels. Blended ones have the size that upscaling has on most machines. */
export const autoencoderTiling = (config: AutoencoderConfig): Tiling =>
  config.kind === 'tiny' ? { join: 'context', align: 4, context: tinyAutoencoderReach(config) } : blended(64);

// The contract between tiling and the networks that enlarge a tile.

/** Makes a tile four times as large: the engine's networks, or a model from elsewhere. */
export interface TileNetwork {
  /** The way in which its tiles join. */
  readonly tiling: Tiling;
  /** Values of a draw of noise at each pixel; 0 for a network without noise. */
  readonly latentChannels: number;
  /** Draws of noise that a tile takes (paper/upscale.ts). */
  readonly noiseDraws: number;
  /**
   * @param lr RGB in [−1, 1]; its sides are what `tiling` lets them be
   * @param noise noiseDraws·height·width·latentChannels standard normals, a draw after the other, each HWC
   * @param colourLock how its colours are tied to the tile's; models from elsewhere know none
   * @param watch models from elsewhere don't call it
   * @returns 4·height·4·width·3 values in [−1, 1], HWC
   * @throws TileInterruptedError when the watch stopped it
   */
  runTile(lr: FloatImage, noise: Float32Array, colourLock: ColourLock, watch?: TileWatch): Promise<Float32Array>;
}

/** All draws of noise of a place, LR pixels, as the network takes them. */
export function tileNoise(
  { latentChannels, noiseDraws }: Pick<TileNetwork, 'latentChannels' | 'noiseDraws'>,
  seed: number,
  { x, y, width, height }: Rect,
): Float32Array {
  const size = width * height * latentChannels;
  const noise = new Float32Array(noiseDraws * size);
  for (let draw = 0; draw < noiseDraws; draw++) {
    fillNoise(noise.subarray(draw * size, (draw + 1) * size), seed, y, x, height, width, latentChannels, draw);
  }
  return noise;
}
