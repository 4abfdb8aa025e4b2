/**
 * The detail dial: from a faithful picture of regression to the detailed one of a co-trained student, by blending both; the part of
 * the detailed one that is invented; and the places that stay faithful, text among them.
 */
import { grey, type Rgba8 } from './image.ts';

/** Per cent of the detailed picture. */
export const fullDetail = 100;

/** Places that stay faithful wherever the dial stands: 0 (as the dial says) … 255 (faithful), a value for each LR pixel. */
export interface ProtectMask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/**
 * A mask from a picture, white where to protect: as large as the LR picture, or larger by the upscaling factor.
 *
 * @throws one sentence where it has another size
 */
export function protectMask(
  picture: Rgba8,
  { width, height }: Pick<Rgba8, 'width' | 'height'>,
  factor: number,
): ProtectMask {
  const scale = picture.width / width;
  if ((scale !== 1 && scale !== factor) || picture.height !== height * scale)
    throw new Error(
      `The mask is ${picture.width} × ${picture.height} px; it has to be ${width} × ${height} or ${width * factor} × ${height * factor} px.`,
    );
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const [left, top] = [(i % width) * scale, Math.floor(i / width) * scale];
    let sum = 0;
    for (let k = 0; k < scale * scale; k++)
      sum += grey(picture, (top + Math.floor(k / scale)) * picture.width + left + (k % scale));
    data[i] = Math.round(sum / scale ** 2);
  }
  return { width, height, data };
}

/** Part of a picture that is protected, 0 … 1. */
export function protectedShare({ data }: ProtectMask): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum / 255 / data.length;
}

/** For each HR pixel of a line the two LR pixels around its middle, and how far it is from the first of them to the second. */
function places(length: number, lowLength: number) {
  const scale = length / lowLength;
  return Array.from({ length }, (_, i) => {
    const at = Math.min(lowLength - 1, Math.max(0, (i + 0.5) / scale - 0.5));
    const first = Math.floor(at);
    return { first, second: Math.min(lowLength - 1, first + 1), part: at - first };
  });
}

/**
 * faithful + w · (detailed − faithful) in 8 bit, with w = detail/100 · (1 − protect): exactly the one at 0 and exactly the other
 * at 100 where nothing is protected. The mask is enlarged bilinearly.
 *
 * @param detail 0 … 100
 * @returns a new picture with the alpha of the detailed one
 * @throws where the pictures differ in size
 */
export function blendDetail(faithful: Rgba8, detailed: Rgba8, detail: number, protect?: ProtectMask | null): Rgba8 {
  const { width, height } = detailed;
  if (faithful.width !== width || faithful.height !== height)
    throw new Error(
      `The faithful picture is ${faithful.width} × ${faithful.height} px, the detailed one ${width} × ${height} px.`,
    );
  const data = new Uint8ClampedArray(detailed.data);
  const [columns, rows] = protect ? [places(width, protect.width), places(height, protect.height)] : [];
  const protectedAt = (x: number, y: number): number => {
    const [column, row] = [columns?.[x], rows?.[y]];
    if (!protect || !column || !row) return 0;
    const line = (from: number) => {
      const [a, b] = [protect.data[from + column.first] ?? 0, protect.data[from + column.second] ?? 0];
      return a + column.part * (b - a);
    };
    const [above, below] = [line(row.first * protect.width), line(row.second * protect.width)];
    return (above + row.part * (below - above)) / 255;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const part = (detail / fullDetail) * (1 - protectedAt(x, y));
      for (let channel = i; channel < i + 3; channel++) {
        const from = faithful.data[channel] ?? 0;
        data[channel] = from + part * ((detailed.data[channel] ?? 0) - from);
      }
    }
  }
  return { width, height, data };
}

// The invented part of a result at each place: that which the faithful picture does not have.

/** In 8-bit levels. */
export interface InventionFacts {
  /** Of the map. */
  readonly mean: number;
  readonly most: number;
  /** Mean |↓(detailed) − LR| with ↓ the mean over a block: how far the result contradicts its input. */
  readonly againstInput: number;
}

export interface Invention {
  /** Mean of |detailed − faithful|, or of the result and another one, over the colours and the result's pixels at each LR pixel, 8-bit levels. */
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

/** Other seeds of the noise that a result is compared with. */
export const spreadSeeds = 3;

/**
 * The mean of several maps of one result: of |result − result of another seed|, the spread over seeds.
 *
 * @param all one at least, of one size
 */
export function meanInvention(all: readonly Invention[]): Invention {
  const map = new Float32Array(all[0].map.length);
  let [total, most] = [0, 0];
  for (let pixel = 0; pixel < map.length; pixel++) {
    let sum = 0;
    for (const each of all) sum += each.map[pixel];
    const value = sum / all.length;
    map[pixel] = value;
    total += value;
    most = Math.max(most, value);
  }
  return { map, facts: { ...all[0].facts, mean: total / map.length, most } };
}

// Places of a picture that look like text or line drawings: two colours, strong contrast, many strokes.

/** LR pixels between two windows that are judged, and a window's side. */
const stride = 4;
const side = 12;
/** Levels between a window's darkest and brightest pixel, from which on it can be text. */
const leastContrast = 80;
/** Part of the pixels within a quarter of the contrast from either colour. */
const leastTwoColoured = 0.75;
/** Changes from one colour to the other a line and a column, together: the border of an object makes one, a stroke two. */
const leastStrokes = 2;

/** A window's grey values, row by row. */
function isText(values: Float32Array, width: number): boolean {
  let [dark, bright] = [255, 0];
  for (const value of values) {
    if (value < dark) dark = value;
    if (value > bright) bright = value;
  }
  const contrast = bright - dark;
  if (contrast < leastContrast) return false;
  const middle = (dark + bright) / 2;
  let [twoColoured, changes] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (Math.min(value - dark, bright - value) <= contrast / 4) twoColoured++;
    const isBright = value > middle;
    if (i % width > 0 && isBright !== (values[i - 1] ?? 0) > middle) changes++;
    if (i >= width && isBright !== (values[i - width] ?? 0) > middle) changes++;
  }
  return twoColoured >= leastTwoColoured * values.length && changes >= leastStrokes * width;
}

/** @returns a mask of whole windows that look like text; nothing is protected where the picture is smaller than one */
export function textLike(picture: Rgba8): ProtectMask {
  const { width, height } = picture;
  const data = new Uint8Array(width * height);
  const window = new Float32Array(side * side);
  for (let top = 0; top + side <= height; top += stride) {
    for (let left = 0; left + side <= width; left += stride) {
      for (let i = 0; i < window.length; i++)
        window[i] = grey(picture, (top + Math.floor(i / side)) * width + left + (i % side));
      if (!isText(window, side)) continue;
      for (let y = top; y < top + side; y++) data.fill(255, y * width + left, y * width + left + side);
    }
  }
  return { width, height, data };
}
