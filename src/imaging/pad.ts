/** Reading outside an image: reflection at the border, for images from one pixel up and any distance. */
import { byteToFloat, type FloatImage, floatImage, type Rgba8 } from './image.ts';

/**
 * Index into 0…n−1 of position `i` on the endlessly reflected line; the border pixel is not repeated (… 2 1 0 1 2 …).
 * A triangle wave, so it reflects as often as needed: PyTorch's reflect padding fails from a distance of n on.
 */
export function reflectIndex(i: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const phase = ((i % period) + period) % period;
  return phase < n ? phase : period - phase;
}

function reflectedOffsets(start: number, count: number, n: number, stride: number): Int32Array {
  if (n < 1) throw new RangeError('An empty image has nothing to reflect.');
  return Int32Array.from({ length: count }, (_, i) => reflectIndex(start + i, n) * stride);
}

/** The rectangle at (x, y), which may leave the image on every side; what lies outside is reflected. */
export function cropReflect(image: FloatImage, x: number, y: number, width: number, height: number): FloatImage {
  const { channels, data } = image;
  const columns = reflectedOffsets(x, width, image.width, channels);
  const rows = reflectedOffsets(y, height, image.height, image.width * channels);
  const out = floatImage(width, height, channels);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < channels; c++) out.data[to++] = data[row + column + c];
    }
  }
  return out;
}

/** As `cropReflect`, straight from 8-bit pixels to RGB in [−1, 1]; alpha is left out. */
export function cropReflectRgb(image: Rgba8, x: number, y: number, width: number, height: number): FloatImage {
  const columns = reflectedOffsets(x, width, image.width, 4);
  const rows = reflectedOffsets(y, height, image.height, image.width * 4);
  const out = floatImage(width, height, 3);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = row + column;
      for (let c = 0; c < 3; c++) out.data[to++] = byteToFloat[image.data[from + c]];
    }
  }
  return out;
}
