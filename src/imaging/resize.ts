/**
 * Separable resampling on the CPU: of float images, columns first, then rows, without clamping (overshoot stays); and of whole 8-bit
 * images, the classical enlargements that networks are compared with.
 */

import { bleedColour, hasAlpha } from './alpha.ts';
import { type FloatImage, floatImage, type Rgba8 } from './image.ts';
import { makeTaps, type ResizeKernel, type Taps } from './resize-kernels.ts';

export type { ResizeKernel } from './resize-kernels.ts';

function resampleRows(image: FloatImage, table: Taps, width: number): FloatImage {
  const { channels, data } = image;
  const out = floatImage(width, image.height, channels);
  let to = 0;
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width * channels;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = x * table.taps; k < (x + 1) * table.taps; k++) {
          sum += table.weights[k] * data[row + table.indices[k] * channels + c];
        }
        out.data[to++] = sum;
      }
    }
  }
  return out;
}

function resampleColumns(image: FloatImage, table: Taps, height: number): FloatImage {
  const { width, channels, data } = image;
  const out = floatImage(width, height, channels);
  const row = width * channels;
  const sums = new Float64Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = y * table.taps; k < (y + 1) * table.taps; k++) {
      const weight = table.weights[k];
      if (weight === 0) continue;
      const from = table.indices[k] * row;
      for (let i = 0; i < row; i++) sums[i] += weight * data[from + i];
    }
    out.data.set(sums, y * row);
  }
  return out;
}

function resample(
  image: FloatImage,
  width: number,
  height: number,
  stepX: number,
  stepY: number,
  kernel: ResizeKernel,
): FloatImage {
  for (const length of [image.width, image.height, width, height]) {
    if (!Number.isInteger(length) || length < 1) throw new RangeError(`An image can't be ${length} px wide or high.`);
  }
  const rows = resampleRows(image, makeTaps(kernel, image.width, width, stepX), width);
  return resampleColumns(rows, makeTaps(kernel, image.height, height, stepY), height);
}

/**
 * Resizes to an exact size; coordinates map by the ratio of sizes (torch's `interpolate(size=…)`).
 * @throws RangeError for sizes that are not positive whole numbers
 */
export function resize(image: FloatImage, width: number, height: number, kernel: ResizeKernel): FloatImage {
  return resample(image, width, height, image.width / width, image.height / height, kernel);
}

/**
 * Resizes by a factor: ⌊size · factor⌋ pixels, at least 1. Coordinates map by the factor itself, not by the ratio of the
 * rounded sizes (torch's `interpolate(scale_factor=…)`, §6.3); `torch-area` knows sizes only.
 */
export function resizeBy(image: FloatImage, factor: number, kernel: ResizeKernel): FloatImage {
  const scaled = (length: number) => Math.max(1, Math.floor(length * factor));
  return resample(image, scaled(image.width), scaled(image.height), 1 / factor, 1 / factor, kernel);
}

// Enlarging works line by line: besides the result only a few lines are held, so the largest image allowed is no problem.

export type EnlargeMethod = 'nearest' | 'bicubic' | 'lanczos';
export const enlargeMethods: readonly EnlargeMethod[] = ['nearest', 'bicubic', 'lanczos'];

/**
 * The a = −0.5 kernel is what Pillow and MATLAB call bicubic, and so what papers compare with. The mean of the input pixels
 * that an output pixel touches is, when enlarging a whole number of times, the nearest one.
 */
const kernels: Record<EnlargeMethod, ResizeKernel> = {
  nearest: 'torch-area',
  bicubic: 'bicubic',
  lanczos: 'lanczos3',
};

/** Row `y` of the image resampled along x, RGBA in 0–255 with overshoot. */
function resampleLine({ data, width }: Rgba8, y: number, across: Taps, length: number): Float32Array {
  const line = new Float32Array(length * 4);
  for (let x = 0, to = 0; x < length; x++, to += 4) {
    for (let k = x * across.taps; k < (x + 1) * across.taps; k++) {
      const weight = across.weights[k];
      const from = (y * width + across.indices[k]) * 4;
      for (let c = 0; c < 4; c++) line[to + c] += weight * data[from + c];
    }
  }
  return line;
}

/**
 * The image `factor` times as wide and high, clamped and rounded half up. Colour is spread under transparent pixels first
 * and alpha is resampled like a colour.
 * @throws RangeError when the factor is not a positive whole number
 */
export function enlarge(image: Rgba8, factor: number, method: EnlargeMethod): Rgba8 {
  if (!Number.isInteger(factor) || factor < 1) throw new RangeError(`An image can't be enlarged ${factor} times.`);
  const source = hasAlpha(image) ? bleedColour(image) : image;
  const [width, height] = [image.width * factor, image.height * factor];
  const across = makeTaps(kernels[method], image.width, width, 1 / factor);
  const down = makeTaps(kernels[method], image.height, height, 1 / factor);
  const out: Rgba8 = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  const lines = new Map<number, Float32Array>();
  const sums = new Float64Array(width * 4);
  for (let y = 0; y < height; y++) {
    sums.fill(0.5);
    const rows = down.indices.subarray(y * down.taps, (y + 1) * down.taps);
    for (const [k, row] of rows.entries()) {
      const weight = down.weights[y * down.taps + k];
      const line = lines.get(row) ?? resampleLine(source, row, across, width);
      lines.set(row, line);
      for (let i = 0; i < line.length; i++) sums[i] += weight * line[i];
    }
    for (let i = 0; i < sums.length; i++) out.data[y * width * 4 + i] = Math.floor(sums[i]);
    for (const row of lines.keys()) if (row < rows[0]) lines.delete(row);
  }
  return out;
}
