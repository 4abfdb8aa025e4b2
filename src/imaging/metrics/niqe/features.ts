/**
 * NIQE's features: luma normalised by its local mean and deviation, patch by patch on two scales, and how its values and
 * the products of its neighbours are spread (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 2013, eqs. 1–8).
 * Maps are kept in float32, as the reference implementation does: whether a flat place is exactly 0 or nearly so decides
 * which side of the Gaussian it counts to.
 */
import { type FloatImage, floatImage, type Rgba8 } from '../../image.ts';
import { resize } from '../../resize.ts';
import { studioLuma } from '../planes.ts';
import { niqePatch } from '../sizes.ts';
import { fitGaussian } from './gaussian-fit.ts';

const perScale = 18;
/** Values that describe a patch, both scales together. */
export const featureCount = 2 * perScale;

/** Patches across and down. */
export const patchGrid = ({ width, height }: Pick<Rgba8, 'width' | 'height'>) => ({
  columns: Math.floor(width / niqePatch),
  rows: Math.floor(height / niqePatch),
});

/** Filtered along both axes; beyond the border the outermost pixel goes on. @param window of odd length, sum 1 */
function blurred(values: Float32Array, width: number, height: number, window: Float64Array): Float32Array {
  const radius = (window.length - 1) / 2;
  const along = (
    from: ArrayLike<number>,
    to: Float32Array | Float64Array,
    length: number,
    stride: number,
    lines: number,
    lineStride: number,
  ) => {
    for (let line = 0; line < lines; line++) {
      const start = line * lineStride;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k));
          sum += window[k + radius] * from[start + at * stride];
        }
        to[start + i * stride] = sum;
      }
    }
    return to;
  };
  const rows = along(values, new Float64Array(values.length), width, 1, height, width);
  return along(rows, new Float32Array(values.length), height, width, width, 1) as Float32Array;
}

/** (I − μ) / (σ + 1): eq. 1. */
function normalised({ width, height, data }: FloatImage, window: Float64Array): Float32Array {
  const mean = blurred(data, width, height, window);
  const squares = blurred(
    data.map((value) => value * value),
    width,
    height,
    window,
  );
  return data.map((value, i) => {
    const mu = mean[i];
    const sigma = Math.fround(Math.sqrt(Math.abs(squares[i] - Math.fround(mu * mu))));
    return (value - mu) / (sigma + 1);
  });
}

/** Neighbours to the left, above, and on both diagonals; a patch's edges meet, as in the authors' program. */
const shifts = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
] as const;

/** NaN where a patch has no structure to fit. */
function describePatch(patch: Float32Array, side: number): number[] {
  const whole = fitGaussian(patch);
  const features = [whole.shape, (whole.left + whole.right) / 2];
  for (const [dx, dy] of shifts) {
    const products = patch.map((value, i) => {
      const [x, y] = [((i % side) - dx + side) % side, (Math.floor(i / side) - dy + side) % side];
      return value * patch[y * side + x];
    });
    const fit = fitGaussian(products);
    features.push(fit.shape, fit.mean, fit.left, fit.right);
  }
  return features;
}

const cut = (values: Float32Array, width: number, x: number, y: number, side: number) =>
  Float32Array.from({ length: side * side }, (_, i) => values[(y + Math.floor(i / side)) * width + x + (i % side)]);

/** Luma in 16 … 235, rounded, cut to whole patches from the top left. */
function lumaImage({ width, data }: Rgba8, across: number, down: number): FloatImage {
  const image = floatImage(across, down, 1);
  for (let i = 0; i < across * down; i++) {
    image.data[i] = Math.round(studioLuma(data, (Math.floor(i / across) * width + (i % across)) * 4));
  }
  return image;
}

/**
 * The patches of a picture, row by row, without those at the right and below that are not whole. Alpha is ignored.
 * @param window the Gaussian that local means are taken with, sum 1
 * @returns `featureCount` values a patch; NaN where it has no structure
 */
export function patchFeatures(picture: Rgba8, window: Float64Array): number[][] {
  const { columns, rows } = patchGrid(picture);
  if (columns === 0 || rows === 0) return [];
  const full = lumaImage(picture, columns * niqePatch, rows * niqePatch);
  const half = resize(full, full.width / 2, full.height / 2, 'matlab-bicubic');
  const [fine, coarse] = [normalised(full, window), normalised(half, window)];
  return Array.from({ length: rows * columns }, (_, i) => {
    const [x, y] = [(i % columns) * niqePatch, Math.floor(i / columns) * niqePatch];
    return [
      ...describePatch(cut(fine, full.width, x, y, niqePatch), niqePatch),
      ...describePatch(cut(coarse, half.width, x / 2, y / 2, niqePatch / 2), niqePatch / 2),
    ];
  });
}
