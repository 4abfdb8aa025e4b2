/** Pictures for tests. */
import { type FloatImage, floatImage, type Rgba8 } from '../../src/imaging/image.ts';
import { RandomStream } from '../../src/imaging/random.ts';

/** Every value from `value(x, y, channel)`. */
export function paint(
  width: number,
  height: number,
  channels: number,
  value: (x: number, y: number, channel: number) => number,
): FloatImage {
  const image = floatImage(width, height, channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) image.data[i++] = value(x, y, c);
    }
  }
  return image;
}

/** Uniform noise in [−1, 1]. */
export function noiseImage(width: number, height: number, channels: number, seed: number): FloatImage {
  const random = new RandomStream(seed);
  return paint(width, height, channels, () => random.uniform() * 2 - 1);
}

/** Uniform bytes, alpha included. */
export function noiseRgba(width: number, height: number, seed: number): Rgba8 {
  const random = new RandomStream(seed);
  return { width, height, data: Uint8ClampedArray.from({ length: width * height * 4 }, () => random.integer(256)) };
}

/** Largest absolute difference; NaN where one is NaN. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values against ${b.length}.`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
