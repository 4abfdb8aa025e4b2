/** Places of a picture that look like text or line drawings: two colours, strong contrast, many strokes. */
import type { ProtectMask } from './detail.ts';
import { grey, type Rgba8 } from './image.ts';

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
