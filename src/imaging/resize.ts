/** Separable resampling of float images on the CPU: columns first, then rows. Values are not clamped: overshoot stays. */
import { type FloatImage, floatImage } from './image.ts';
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
