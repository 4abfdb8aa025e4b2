/** The contract between tiling and the networks that enlarge a tile. */
import type { FloatImage } from '../../imaging/image.ts';
import type { Tiling } from '../../imaging/tiling.ts';
import type { ColourLock } from '../../protocol/upscale.ts';

/** Makes a tile four times as large: the engine's networks, or a model from elsewhere. */
export interface TileNetwork {
  /** The way in which its tiles join. */
  readonly tiling: Tiling;
  /** Values of noise it takes with each pixel; 0 for a network without noise. */
  readonly latentChannels: number;
  /**
   * @param lr RGB in [−1, 1]; its sides are what `tiling` lets them be
   * @param noise height·width·latentChannels standard normals, HWC
   * @param colourLock how its colours are tied to the tile's; models from elsewhere know none
   * @returns 4·height·4·width·3 values in [−1, 1], HWC
   */
  runTile(lr: FloatImage, noise: Float32Array, colourLock: ColourLock): Promise<Float32Array>;
}
