/**
 * The decoder by strips, for devices that a whole decode does not fit. Only its last level, which has the pixels and nearly all
 * of the memory, is cut: codes, attention and deeper levels see the whole latent, as ever. A strip has the rows around it that
 * its convolutions reach, so what differs are statistics of GroupNorm, where there is one: they are those of the strip;
 * neighbours fade into each other, so that no seam shows.
 */
import * as tf from '@tensorflow/tfjs-core';
import { through } from '../gpu/through.ts';

/** Rows of the map that goes into the last level. */
export interface Strip {
  /** Rows that the strip yields. */
  readonly start: number;
  readonly end: number;
  /** Rows that are decoded for it. */
  readonly from: number;
  readonly to: number;
}

/** Where a decoder can be cut into strips. */
export interface Cut {
  /** Rows of the map that is cut, for each of the latent's. */
  readonly scale: number;
  /** Rows of it that the convolutions behind it reach. */
  readonly reach: number;
}

/** Rows on either side of a cut over which one strip gives way to the next. */
const fade = 4;

/**
 * @param height of the latent
 * @param rows of the latent that a strip answers for
 */
export function planStrips({ scale, reach }: Cut, height: number, rows: number): Strip[] {
  const whole = height * scale;
  const step = Math.max(2 * fade, rows * scale);
  const around = fade + reach;
  const count = Math.max(1, Math.floor(whole / step));
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i * step, i === count - 1 ? whole : (i + 1) * step];
    return { start, end, from: Math.max(0, start - around), to: Math.min(whole, end + around) };
  });
}

/** 0 … 1 from `fade` rows above the cut to as many below it. */
const over = (row: number, cut: number) => Math.min(1, Math.max(0, (row - cut + fade) / (2 * fade)));

/** @param scale pixels a row. @returns what each row of the strip's pixels counts; those of all strips add up to 1 */
export function stripWeights({ start, end, from, to }: Strip, whole: number, scale: number): Float32Array {
  return Float32Array.from({ length: (to - from) * scale }, (_, y) => {
    const row = from + (y + 0.5) / scale;
    return (start > 0 ? over(row, start) : 1) * (end < whole ? 1 - over(row, end) : 1);
  });
}

/** Runs `steps`, which may enlarge, strip by strip. @param x [B, H, W, C] → [B, scale·H, scale·W, C′] */
export function byStrips(
  x: tf.Tensor4D,
  strips: readonly Strip[],
  steps: readonly ((x: tf.Tensor4D) => tf.Tensor4D)[],
): tf.Tensor4D {
  const [, whole] = x.shape;
  const placed = (strip: Strip) => {
    const { from, to } = strip;
    const pixels = through(x, (map) => tf.slice(map, [0, from, 0, 0], [-1, to - from, -1, -1]), ...steps);
    const scale = pixels.shape[1] / (to - from);
    const weights = tf.tensor4d(stripWeights(strip, whole, scale), [1, pixels.shape[1], 1, 1]);
    const rows: [number, number] = [from * scale, (whole - to) * scale];
    return tf.pad(tf.mul(pixels, weights), [[0, 0], rows, [0, 0], [0, 0]]) as tf.Tensor4D;
  };
  return tf.tidy(() => {
    const [first, ...others] = strips as [Strip, ...Strip[]];
    return through(
      tf.tidy(() => placed(first)),
      ...others.map((strip) => (sum: tf.Tensor4D) => tf.add(sum, placed(strip)) as tf.Tensor4D),
    );
  });
}
