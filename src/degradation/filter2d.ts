/** Filtering with a kernel, the border reflected (§6.2): `filter2D` of the reference, a cross-correlation. */
import { type FloatImage, floatImage } from '../imaging/image.ts';
import { cropReflect } from '../imaging/pad.ts';
import type { Kernel } from './kernels.ts';

/** Values of a row that are summed at once, so that each weight is read once for all of them. */
const blockSize = 4;

/** Cross-correlation with a kernel of `rows` × `columns` weights, both odd. */
function correlate(image: FloatImage, rows: number, columns: number, weights: Float64Array): FloatImage {
  const { width, height, channels } = image;
  const [marginX, marginY] = [columns >> 1, rows >> 1];
  // A few columns more on the right: the last block of a row may reach over its end.
  const spare = blockSize - 1;
  const padded = cropReflect(image, -marginX, -marginY, width + 2 * marginX + spare, height + 2 * marginY);
  const source = padded.data;
  const stride = padded.width * channels;
  const out = floatImage(width, height, channels);
  const row = width * channels;
  const sums = new Float64Array(row + spare);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < row; i += blockSize) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let ky = 0, k = 0; ky < rows; ky++) {
        let from = (y + ky) * stride + i;
        for (let kx = 0; kx < columns; kx++, from += channels) {
          const weight = weights[k++];
          s0 += weight * source[from];
          s1 += weight * source[from + 1];
          s2 += weight * source[from + 2];
          s3 += weight * source[from + 3];
        }
      }
      sums[i] = s0;
      sums[i + 1] = s1;
      sums[i + 2] = s2;
      sums[i + 3] = s3;
    }
    out.data.set(sums.subarray(0, row), y * row);
  }
  return out;
}

/** The image filtered channel by channel, in its own size; not clamped. Kernels larger than the image are fine. */
export function filter2d(image: FloatImage, { size, weights, line }: Kernel): FloatImage {
  if (line) return correlate(correlate(image, 1, size, line), size, 1, line);
  return correlate(image, size, size, weights);
}
