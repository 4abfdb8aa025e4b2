/** Time and memory that an image will take, before it runs. */
import { computedPixels, planTiles, type Tile } from '../imaging/tiling.ts';
import type { Prediction } from '../protocol/upscale.ts';
import type { Compute } from './compute.ts';
import { scale } from './job.ts';

/** Bytes a pixel: RGBA out; sums of tiles are RGB floats over a band of two tile rows. */
const outputBytes = 4;
const blendBytes = 12;

/** @param compute null: its part is not known yet */
export function predict(compute: Compute | null, width: number, height: number): Prediction {
  const size = { outWidth: width * scale, outHeight: height * scale };
  if (!compute) return { ...size, run: null };
  const { networks, ready, tiling } = compute;
  const { tiles } = planTiles({ width, height }, ready.tile, tiling);
  // None is larger.
  const [first] = tiles as [Tile];
  const band = Math.min(height, 2 * first.used.height) * width * scale ** 2 * blendBytes;
  const picture = width * height * (scale ** 2 * outputBytes + outputBytes);
  const { peak } = networks.tileCost(first.height, first.width, networks.decodeRows);
  const seconds = compute.msOf(computedPixels(tiles)) / 1000;
  return { ...size, run: { tiles: tiles.length, peakBytes: peak + band + picture, seconds } };
}
