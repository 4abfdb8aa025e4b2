/**
 * What NIQE looks at: luma normalised by its local mean and deviation, patch by patch on two scales, and how its values and
 * the products of its neighbours are spread (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 2013).
 */
import type { FloatImage, Rgba8 } from '../../image.ts';
import { resize } from '../../resize.ts';
import { luma } from '../planes.ts';
import { fitGaussian } from './gaussian-fit.ts';

/**
 * Side of a patch in pixels of the full scale. The authors' is 96; 64 leaves a picture of 256 × 256, the size that
 * benchmarks of ×4 from 64 have, whole.
 */
export const patchSide = 64;
const perScale = 18;
/** Values that describe a patch, both scales together. */
export const featureCount = 2 * perScale;

/** 7 × 7 Gaussian of deviation 7/6. */
const windowRadius = 3;
const windowWeights = (() => {
  const raw = Array.from({ length: 2 * windowRadius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - windowRadius) / (7 / 6)) ** 2),
  );
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / total);
})();

/** Filtered along both axes; beyond the border the outermost pixel goes on. */
function blurred(values: Float64Array, width: number, height: number): Float64Array {
  const along = (from: Float64Array, length: number, stride: number, lines: number, lineStride: number) => {
    const to = new Float64Array(from.length);
    for (let line = 0; line < lines; line++) {
      const start = line * lineStride;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = -windowRadius; k <= windowRadius; k++) {
          const at = Math.min(length - 1, Math.max(0, i + k));
          sum += (windowWeights[k + windowRadius] as number) * (from[start + at * stride] as number);
        }
        to[start + i * stride] = sum;
      }
    }
    return to;
  };
  return along(along(values, width, 1, height, width), height, width, width, 1);
}

interface Normalised {
  /** (I − μ) / (σ + 1). */
  readonly values: Float64Array;
  /** σ, which tells how sharp a place is. */
  readonly deviation: Float64Array;
}

function normalise({ width, height, data }: FloatImage): Normalised {
  const pixels = Float64Array.from(data);
  const mean = blurred(pixels, width, height);
  const squares = blurred(
    pixels.map((value) => value * value),
    width,
    height,
  );
  const deviation = squares.map((value, i) => Math.sqrt(Math.abs(value - (mean[i] as number) ** 2)));
  return {
    values: pixels.map((value, i) => (value - (mean[i] as number)) / ((deviation[i] as number) + 1)),
    deviation,
  };
}

/** Neighbours to the right, below, and on both diagonals; a patch's edges meet, as in the authors' program. */
const shifts = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
] as const;

/** Null for a patch without any structure. */
function describePatch(patch: Float64Array, side: number): number[] | null {
  const whole = fitGaussian(patch);
  if (!whole) return null;
  const features = [whole.shape, (whole.left + whole.right) / 2];
  for (const [dx, dy] of shifts) {
    const products = patch.map((value, i) => {
      const [x, y] = [((i % side) - dx + side) % side, (Math.floor(i / side) - dy + side) % side];
      return value * (patch[y * side + x] as number);
    });
    const fit = fitGaussian(products);
    if (!fit) return null;
    features.push(fit.shape, fit.mean, fit.left, fit.right);
  }
  return features;
}

const cut = (values: Float64Array, width: number, x: number, y: number, side: number) =>
  Float64Array.from(
    { length: side * side },
    (_, i) => values[(y + Math.floor(i / side)) * width + x + (i % side)] as number,
  );

/** Luma in 16 … 235, cut to whole patches from the top left. */
function lumaImage({ width, data }: Rgba8, columns: number, rows: number): FloatImage {
  const [plane] = luma;
  const [across, down] = [columns * patchSide, rows * patchSide];
  const values = Float32Array.from({ length: across * down }, (_, i) =>
    plane ? plane(data, (Math.floor(i / across) * width + (i % across)) * 4) : 0,
  );
  return { width: across, height: down, channels: 1, data: values };
}

export interface PatchFeatures {
  readonly features: readonly number[];
  /** Mean local deviation on the full scale: what is blurred has less. */
  readonly sharpness: number;
}

/**
 * The patches of a picture that have a structure, without those at the right and below that are not whole. Alpha is ignored.
 * @returns nothing for a picture of less than 64 px a side, or a flat one
 */
export function patchFeatures(image: Rgba8): PatchFeatures[] {
  const [columns, rows] = [Math.floor(image.width / patchSide), Math.floor(image.height / patchSide)];
  if (columns === 0 || rows === 0) return [];
  const full = lumaImage(image, columns, rows);
  const half = resize(full, full.width / 2, full.height / 2, 'bicubic');
  const [fine, coarse] = [normalise(full), normalise(half)];
  const patches: PatchFeatures[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [column * patchSide, row * patchSide];
      const first = describePatch(cut(fine.values, full.width, x, y, patchSide), patchSide);
      const second = describePatch(cut(coarse.values, half.width, x / 2, y / 2, patchSide / 2), patchSide / 2);
      if (!first || !second) continue;
      const deviation = cut(fine.deviation, full.width, x, y, patchSide);
      const sharpness = deviation.reduce((sum, value) => sum + value, 0) / deviation.length;
      patches.push({ features: [...first, ...second], sharpness });
    }
  }
  return patches;
}
