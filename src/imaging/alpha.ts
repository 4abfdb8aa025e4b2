/**
 * Transparency. Networks see RGB only, and what lies under transparent pixels is often black or garbage, which would
 * bleed over the edge: so colour is spread there first. Alpha itself is upscaled separately and stays 8-bit throughout.
 */
import type { Rect, Rgba8 } from './image.ts';
import { cubic } from './resize-kernels.ts';

/** True when a pixel is not fully opaque. */
export function hasAlpha({ data }: Rgba8): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/** True when a pixel is neither opaque nor invisible. */
export function isTranslucent({ data }: Rgba8): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255 && data[i] !== 0) return true;
  return false;
}

/** Mean colour (0–255) and coverage (0–1) by pixel, four floats each: one level of the pyramid. */
interface Level {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Halves a level. `read` puts colour and coverage of pixel i into `pixel`. */
function halve(width: number, height: number, read: (i: number, pixel: Float32Array) => void): Level {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const data = new Float32Array(half.width * half.height * 4);
  const pixel = new Float32Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      read(y * width + x, pixel);
      const weight = pixel[3];
      const to = ((y >> 1) * half.width + (x >> 1)) * 4;
      for (let c = 0; c < 3; c++) data[to + c] += weight * pixel[c];
      data[to + 3] += weight;
    }
  }
  for (let i = 0; i < data.length; i += 4) {
    const weight = data[i + 3];
    if (weight === 0) continue;
    for (let c = 0; c < 3; c++) data[i + c] = data[i + c] / weight;
    // One well-covered pixel is enough to trust the mean of four.
    data[i + 3] = Math.min(1, weight);
  }
  return { ...half, data };
}

/** Colour of the finer pixel (x, y) interpolated in the coarser level, into `out[0..2]`. */
function sampleCoarser({ width, height, data }: Level, x: number, y: number, out: Float32Array): void {
  // The finer pixel's centre lies a quarter of a coarse pixel off its parent's: weights 3/4 and 1/4 on each axis.
  const [parentX, parentY] = [x >> 1, y >> 1];
  const besideX = Math.min(Math.max(parentX + (x & 1 ? 1 : -1), 0), width - 1);
  const besideY = Math.min(Math.max(parentY + (y & 1 ? 1 : -1), 0), height - 1);
  const at = (column: number, row: number) => (row * width + column) * 4;
  const [a, b, c, d] = [at(parentX, parentY), at(besideX, parentY), at(parentX, besideY), at(besideX, besideY)];
  for (let i = 0; i < 3; i++) {
    out[i] = (9 * data[a + i] + 3 * (data[b + i] + data[c + i]) + data[d + i]) / 16;
  }
}

/** Fills what a level doesn't cover with the colours of the coarser one. */
function fillFrom(coarser: Level, { width, height, data }: Level): void {
  const colour = new Float32Array(3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const missing = 1 - data[i + 3];
      if (missing === 0) continue;
      sampleCoarser(coarser, x, y, colour);
      for (let c = 0; c < 3; c++) data[i + c] = (1 - missing) * data[i + c] + missing * colour[c];
    }
  }
}

/**
 * The image with colour under every fully transparent pixel, diffused from the pixels around (push–pull over a pyramid,
 * Gortler et al. 1996; time and memory linear in the pixels). Alpha and all other pixels stay as they are; an image that
 * is transparent everywhere comes back unchanged.
 */
export function bleedColour(image: Rgba8): Rgba8 {
  const { width, height, data } = image;
  const readImage = (i: number, pixel: Float32Array) => {
    for (let c = 0; c < 3; c++) pixel[c] = data[i * 4 + c];
    // Colour under faint alpha was rounded harshly by whoever premultiplied it: it counts as little as it shows.
    pixel[3] = data[i * 4 + 3] / 255;
  };
  const pyramid = [halve(width, height, readImage)];
  for (let level = pyramid[0]; level.width > 1 || level.height > 1; ) {
    const { data: finer } = level;
    level = halve(level.width, level.height, (i, pixel) => {
      for (let c = 0; c < 4; c++) pixel[c] = finer[i * 4 + c];
    });
    pyramid.push(level);
  }
  const out = new Uint8ClampedArray(data);
  if (pyramid[pyramid.length - 1]?.data[3] === 0) return { width, height, data: out };
  for (let i = pyramid.length - 2; i >= 0; i--) fillFrom(pyramid[i + 1], pyramid[i]);
  const colour = new Float32Array(3);
  for (let i = 0; i < width * height; i++) {
    if (data[i * 4 + 3] !== 0) continue;
    sampleCoarser(pyramid[0], i % width, Math.floor(i / width), colour);
    out.set(colour, i * 4);
  }
  return { width, height, data: out };
}

/** Catmull–Rom weights by output phase: exact on gradients, which torch's a = −0.75 would ripple. */
const phaseWeights = Array.from({ length: 4 }, (_, phase) => {
  const centre = (phase + 0.5) / 4 - 0.5;
  const first = Math.floor(centre) - 1;
  return { first, weights: [0, 1, 2, 3].map((k) => cubic(centre - first - k, -0.5)) };
});

/** For each HR position from `start`: byte offsets of its four input samples (border repeated) and their weights. */
function alphaTaps(start: number, count: number, length: number, stride: number) {
  const offsets = new Int32Array(count * 4);
  const weights = new Float64Array(count * 4);
  for (let i = 0; i < count; i++) {
    const phase = phaseWeights[(start + i) & 3];
    for (let k = 0; k < 4; k++) {
      const sample = ((start + i) >> 2) + phase.first + k;
      offsets[i * 4 + k] = Math.min(Math.max(sample, 0), length - 1) * stride;
      weights[i * 4 + k] = phase.weights[k];
    }
  }
  return { offsets, weights };
}

/**
 * Writes the ×4 alpha of a rectangle: bicubic, clamped, rounded half up, never thresholded. Each pixel depends on its
 * absolute position only, so rectangles fit together whatever their sizes.
 * @param source the LR image whose alpha is upscaled
 * @param rect in HR pixels, within 4 · width × 4 · height
 * @param target pixels of the rectangle's size; only their alpha is written
 * @throws RangeError when the sizes don't fit
 */
export function upscaleAlpha4(source: Rgba8, rect: Rect, target: Rgba8): void {
  const { x, y, width, height } = rect;
  if (target.width !== width || target.height !== height) {
    throw new RangeError('The target has another size than the rectangle.');
  }
  if (x < 0 || y < 0 || x + width > source.width * 4 || y + height > source.height * 4) {
    throw new RangeError('The rectangle reaches beyond the image.');
  }
  const across = alphaTaps(x, width, source.width, 4);
  const down = alphaTaps(y, height, source.height, source.width * 4);
  // One input row, blended from four, then read at four places per output pixel.
  const line = new Float64Array(source.width);
  const firstColumn = across.offsets[0];
  const lastColumn = across.offsets[width * 4 - 1] + 4;
  for (let row = 0; row < height; row++) {
    const [o0, o1, o2, o3] = down.offsets.subarray(row * 4);
    const [w0, w1, w2, w3] = down.weights.subarray(row * 4);
    for (let i = firstColumn; i < lastColumn; i += 4) {
      const alpha = (offset: number) => source.data[offset + i + 3];
      line[i >> 2] = w0 * alpha(o0) + w1 * alpha(o1) + w2 * alpha(o2) + w3 * alpha(o3);
    }
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let k = column * 4; k < column * 4 + 4; k++) {
        sum += across.weights[k] * line[across.offsets[k] >> 2];
      }
      // A billionth of slack: sums of rounded weights must not turn an exact half, or 255, down.
      target.data[(row * width + column) * 4 + 3] = Math.floor(sum + 0.5 + 1e-9);
    }
  }
}
