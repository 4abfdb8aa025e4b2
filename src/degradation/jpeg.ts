/**
 * JPEG as DiffJPEG does it (§6.3): 4:2:0, baseline tables, rounded DCT coefficients, no entropy coding; the decoded pixels
 * are not rounded, and the quality needn't be whole.
 */
import { type FloatImage, floatImage } from '../imaging/image.ts';

/** The standard's luminance table; the reference reads it transposed, and so its columns are rows here. */
// biome-ignore format: a table
const luminance = [
  16, 12, 14, 14, 18, 24, 49, 72,
  11, 12, 13, 17, 22, 35, 64, 92,
  10, 14, 16, 22, 37, 55, 78, 95,
  16, 19, 24, 29, 56, 64, 87, 98,
  24, 26, 40, 51, 68, 81, 103, 112,
  40, 58, 57, 87, 109, 104, 121, 100,
  51, 60, 69, 80, 103, 113, 120, 103,
  61, 55, 56, 62, 77, 92, 101, 99,
];
// biome-ignore format: a table
const chrominance = [
  17, 18, 24, 47, 99, 99, 99, 99,
  18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99,
  ...new Array<number>(32).fill(99),
];

/** Orthonormal 8-point DCT-II, and its inverse. */
const dct = Float64Array.from({ length: 64 }, (_, i) => {
  const [k, n] = [i >> 3, i & 7];
  return k === 0 ? Math.SQRT1_2 / 2 : Math.cos(((2 * n + 1) * k * Math.PI) / 16) / 2;
});
const inverseDct = dct.map((_, i) => dct[(i & 7) * 8 + (i >> 3)]);

/** out = (matrix · block)ᵀ, all 8 × 8: applied twice it transforms both axes. */
function transformTransposed(matrix: Float64Array, block: Float64Array, out: Float64Array): void {
  for (let column = 0; column < 8; column++) {
    const b0 = block[column];
    const b1 = block[column + 8];
    const b2 = block[column + 16];
    const b3 = block[column + 24];
    const b4 = block[column + 32];
    const b5 = block[column + 40];
    const b6 = block[column + 48];
    const b7 = block[column + 56];
    for (let row = 0; row < 8; row++) {
      const m = row * 8;
      out[column * 8 + row] =
        matrix[m] * b0 +
        matrix[m + 1] * b1 +
        matrix[m + 2] * b2 +
        matrix[m + 3] * b3 +
        matrix[m + 4] * b4 +
        matrix[m + 5] * b5 +
        matrix[m + 6] * b6 +
        matrix[m + 7] * b7;
    }
  }
}

// Adding this leaves a double no room for a fraction: rounds to nearest, halves to even, as PyTorch's `round`.
const roundingShift = 1.5 * 2 ** 52;

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

const plane = (width: number, height: number): Plane => ({ width, height, data: new Float64Array(width * height) });

/** Rounds the DCT coefficients of every 8 × 8 block to multiples of the table times `factor`, in place. */
function quantize({ width, height, data }: Plane, table: readonly number[], factor: number): void {
  const steps = table.map((step) => step * factor);
  const [block, turned] = [new Float64Array(64), new Float64Array(64)];
  for (let y = 0; y < height; y += 8) {
    for (let x = 0; x < width; x += 8) {
      const corner = y * width + x;
      for (let i = 0; i < 64; i++) block[i] = data[corner + (i >> 3) * width + (i & 7)];
      transformTransposed(dct, block, turned);
      transformTransposed(dct, turned, block);
      for (let i = 0; i < 64; i++) block[i] = (block[i] / steps[i] + roundingShift - roundingShift) * steps[i];
      transformTransposed(inverseDct, block, turned);
      transformTransposed(inverseDct, turned, block);
      for (let i = 0; i < 64; i++) data[corner + (i >> 3) * width + (i & 7)] = block[i];
    }
  }
}

/** Y centred on zero, and Cb and Cr averaged over 2 × 2 pixels; black to the right and below, up to multiples of 16. */
function toYCbCr({ width, height, data }: FloatImage): { y: Plane; cb: Plane; cr: Plane } {
  const padded = (length: number) => Math.ceil(length / 16) * 16;
  const y = plane(padded(width), padded(height));
  const [cb, cr] = [plane(y.width / 2, y.height / 2), plane(y.width / 2, y.height / 2)];
  y.data.fill(-128);
  for (let row = 0, from = 0; row < height; row++) {
    for (let column = 0; column < width; column++, from += 3) {
      const red = (data[from] + 1) * 127.5;
      const green = (data[from + 1] + 1) * 127.5;
      const blue = (data[from + 2] + 1) * 127.5;
      const half = (row >> 1) * cb.width + (column >> 1);
      y.data[row * y.width + column] = 0.299 * red + 0.587 * green + 0.114 * blue - 128;
      cb.data[half] += (-0.168736 * red - 0.331264 * green + 0.5 * blue) / 4;
      cr.data[half] += (0.5 * red - 0.418688 * green - 0.081312 * blue) / 4;
    }
  }
  return { y, cb, cr };
}

/** Quality 1…100 → factor on the tables (libjpeg's scale). At 100 it would be 0; there nothing is rounded away. */
const tableFactor = (quality: number) => Math.max(1e-6, (quality < 50 ? 5000 / quality : 200 - 2 * quality) / 100);

/**
 * The picture compressed and decompressed.
 * @param image RGB in [−1, 1]; the result stays there
 * @param quality 1…100
 */
export function jpeg(image: FloatImage, quality: number): FloatImage {
  const factor = tableFactor(quality);
  const { y, cb, cr } = toYCbCr(image);
  quantize(y, luminance, factor);
  quantize(cb, chrominance, factor);
  quantize(cr, chrominance, factor);
  const { width, height } = image;
  const out = floatImage(width, height, 3);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to += 3) {
      const luma = y.data[row * y.width + column] + 128;
      const half = (row >> 1) * cb.width + (column >> 1);
      const [blueness, redness] = [cb.data[half], cr.data[half]];
      out.data[to] = luma + 1.402 * redness;
      out.data[to + 1] = luma - 0.344136 * blueness - 0.714136 * redness;
      out.data[to + 2] = luma + 1.772 * blueness;
    }
  }
  for (let i = 0; i < out.data.length; i++) out.data[i] = Math.min(255, Math.max(0, out.data[i])) / 127.5 - 1;
  return out;
}
