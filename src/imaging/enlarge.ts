/**
 * Classical enlargement of whole 8-bit images, the methods to compare networks with. Works line by line: besides the
 * result only a few lines are held, so the largest image allowed is no problem.
 */
import { bleedColour, hasAlpha } from './alpha.ts';
import type { Rgba8 } from './image.ts';
import { makeTaps, type ResizeKernel, type Taps } from './resize-kernels.ts';

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
