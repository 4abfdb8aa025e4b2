/** What an image will take, before it runs. */
import { planTiles } from '../imaging/tiling.ts';
import type { Compute } from './compute.ts';
import { scale } from './job.ts';
import type { Prediction } from './protocol.ts';

/** Bytes a pixel: RGBA out; blend sums are RGB floats over a band of two tile rows. */
const outputBytes = 4;
const blendBytes = 12;
/** Used for the tile count until the engine has chosen a shape. */
const usualTile = 64;

export function predict(compute: Compute | null, width: number, height: number): Prediction {
  const tile = compute?.ready.tile ?? usualTile;
  const { tiles } = planTiles({ width, height }, tile, { align: compute?.alignment ?? 16 });
  const band = Math.min(height, 2 * tile) * width * scale ** 2 * blendBytes;
  const picture = width * height * (scale ** 2 * outputBytes + outputBytes);
  return {
    outWidth: width * scale,
    outHeight: height * scale,
    tiles: tiles.length,
    peakBytes: (compute?.networks.tileCost(tile, compute.networks.decodeRows).peak ?? 0) + band + picture,
    seconds: compute ? (tiles.length * compute.ready.msPerTile) / 1000 : null,
  };
}
