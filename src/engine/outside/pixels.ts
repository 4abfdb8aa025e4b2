/** Tiles in the shapes that models want, and back. Ours are HWC in [−1, 1]. */
import { floatToHalf, halfToFloat } from '../../formats/half.ts';
import type { Layout, PixelType } from './signature.ts';

/** What white is: 1 or 255; black is 0. */
export type White = 1 | 255;

export type PixelData = Float32Array | Uint16Array | Uint8Array;

/** @returns for each position of the layout, where that value lies in HWC */
function position(layout: Layout, places: number, channels: number): (i: number) => number {
  if (layout === 'NHWC') return (i) => i;
  return (i) => (i % places) * channels + Math.floor(i / places);
}

/** Values in the layout, not scaled. */
export function arrange(values: Float32Array, channels: number, layout: Layout): Float32Array {
  const from = position(layout, values.length / channels, channels);
  return Float32Array.from(values, (_, i) => values[from(i)] as number);
}

/** A tile as a model's input; float16 as bit patterns. */
export function toModel(tile: Float32Array, layout: Layout, type: PixelType, white: White): PixelData {
  const scaled = arrange(tile, 3, layout).map((value) => ((value + 1) / 2) * white);
  if (type === 'float32') return scaled;
  return type === 'float16' ? floatToHalf(scaled) : Uint8Array.from(scaled, Math.round);
}

/** A model's output as a tile in [−1, 1], clamped. NaN stays, to be seen. */
export function fromModel(output: ArrayLike<number>, layout: Layout, white: White): Float32Array {
  const values = output instanceof Uint16Array ? halfToFloat(output) : output;
  const to = position(layout, values.length / 3, 3);
  const tile = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    tile[to(i)] = Math.min(1, Math.max(-1, ((values[i] as number) / white) * 2 - 1));
  }
  return tile;
}

/** Soft ramps with a step: neither flat, nor fine enough to be changed much by enlarging. HWC in [−1, 1]. */
export function probePicture(side: number): Float32Array {
  const picture = new Float32Array(side * side * 3);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [across, down] = [x / Math.max(1, side - 1), y / Math.max(1, side - 1)];
      for (const value of [across, down, x < side / 2 ? 0.3 : 0.7]) picture[i++] = 1.4 * value - 0.7;
    }
  }
  return picture;
}

/** Root mean square of the difference between a tile and its enlargement brought back by means over 4 × 4; of [−1, 1]. */
export function distance(tile: Float32Array, enlarged: Float32Array, side: number): number {
  let sum = 0;
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++, i++) {
        let mean = 0;
        for (let k = 0; k < 16; k++) {
          mean += (enlarged[((4 * y + (k >> 2)) * 4 * side + 4 * x + (k & 3)) * 3 + c] as number) / 16;
        }
        sum += (mean - (tile[i] as number)) ** 2;
      }
    }
  }
  return Math.sqrt(sum / tile.length);
}
