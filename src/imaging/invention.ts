/** The invented part of a result at each place: that which the faithful picture does not have. */
import type { Rgba8 } from './image.ts';

/** In 8-bit levels. */
export interface InventionFacts {
  /** Of the map. */
  readonly mean: number;
  readonly most: number;
  /** Mean |↓(detailed) − LR| with ↓ the mean over a block: how far the result contradicts its input. */
  readonly againstInput: number;
}

export interface Invention {
  /** Mean of |detailed − faithful| over the colours and the result's pixels at each LR pixel, 8-bit levels. */
  readonly map: Float32Array;
  readonly facts: InventionFacts;
}

/**
 * The spread to the faithful picture goes with the true error better than what ↓(detailed) − LR leaves, or the larger of both
 * (`python -m trainer dial` measures all three): a degraded input has noise that no result should repeat.
 *
 * @param factor of the result's sides to the LR picture's
 * @throws RangeError when the sizes do not belong together
 */
export function inventionOf(detailed: Rgba8, faithful: Rgba8, lr: Rgba8, factor: number): Invention {
  const { width, height } = lr;
  for (const picture of [detailed, faithful])
    if (picture.width !== width * factor || picture.height !== height * factor)
      throw new RangeError(`The result is not ${factor} times as large as its LR picture.`);
  const map = new Float32Array(width * height);
  const count = factor * factor;
  let [total, most, against] = [0, 0, 0];
  for (let pixel = 0; pixel < map.length; pixel++) {
    const [left, top] = [(pixel % width) * factor, Math.floor(pixel / width) * factor];
    let apart = 0;
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
    const value = apart / count / 3;
    map[pixel] = value;
    total += value;
    most = Math.max(most, value);
  }
  const mean = total / map.length;
  return { map, facts: { mean, most, againstInput: against / 3 / map.length } };
}
