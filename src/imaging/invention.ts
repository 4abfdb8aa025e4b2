/** How much of each place of a result is invented: not in the faithful picture, or against the LR picture. */
import type { Rgba8 } from './image.ts';

/** Largest and mean of values, in 8-bit levels. */
export interface InventionFacts {
  readonly mean: number;
  readonly most: number;
}

/**
 * The larger of two means at each LR pixel, over the colours and the result's pixels there: |detailed − faithful|, and
 * |↓(detailed) − LR| with ↓ the mean over those pixels.
 *
 * @param factor of the result's sides to the LR picture's
 * @returns 8-bit levels, a value for each LR pixel
 * @throws RangeError when the sizes do not belong together
 */
export function inventionMap(detailed: Rgba8, faithful: Rgba8, lr: Rgba8, factor: number): Float32Array {
  const { width, height } = lr;
  for (const picture of [detailed, faithful])
    if (picture.width !== width * factor || picture.height !== height * factor)
      throw new RangeError(`The result is not ${factor} times as large as its LR picture.`);
  const map = new Float32Array(width * height);
  const count = factor * factor;
  for (let pixel = 0; pixel < map.length; pixel++) {
    const [left, top] = [(pixel % width) * factor, Math.floor(pixel / width) * factor];
    let [apart, against] = [0, 0];
    for (let channel = 0; channel < 3; channel++) {
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const at = 4 * ((top + Math.floor(k / factor)) * detailed.width + left + (k % factor)) + channel;
        const value = detailed.data[at] ?? 0;
        apart += Math.abs(value - (faithful.data[at] ?? 0));
        sum += value;
      }
      against += Math.abs(sum / count - (lr.data[4 * pixel + channel] ?? 0));
    }
    map[pixel] = Math.max(apart / count, against) / 3;
  }
  return map;
}

export function inventionFacts(map: Float32Array): InventionFacts {
  let [sum, most] = [0, 0];
  for (const value of map) {
    sum += value;
    most = Math.max(most, value);
  }
  return { mean: sum / map.length, most };
}
