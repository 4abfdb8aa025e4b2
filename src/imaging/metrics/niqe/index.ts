/**
 * NIQE (Mittal, Soundararajan, Bovik, IEEE Signal Processing Letters 2013) as BasicSR computes it: how far the statistics of a
 * picture's patches are from those of good photographs. It needs no truth and no judgements of people. Smaller is better.
 */
import type { Rgba8 } from '../../image.ts';
import { featureCount, patchFeatures, patchGrid } from './features.ts';
import { type FeatureModel, modelDistance, modelOf } from './model.ts';

/** The authors' model of good photographs, and the window it was made with. */
export interface NiqeModel extends FeatureModel {
  /** Of one axis, sum 1. */
  readonly window: Float64Array;
}

/** Shapes of the arrays that the model is made from. */
export const niqeShapes: ReadonlyMap<string, readonly number[]> = new Map([
  ['mean', [featureCount]],
  ['covariance', [featureCount, featureCount]],
  ['window', [7, 7]],
]);

/** @param window 7 × 7, a product of two equal ones: those of its axes */
export function niqeModel(mean: Float32Array, covariance: Float32Array, window: Float32Array): NiqeModel {
  const side = Math.sqrt(window.length);
  const sums = Float64Array.from({ length: side }, (_, row) =>
    window.subarray(row * side, (row + 1) * side).reduce((sum, value) => sum + value, 0),
  );
  const total = sums.reduce((sum, value) => sum + value, 0);
  return {
    mean: Float64Array.from(mean),
    covariance: Float64Array.from(covariance),
    window: sums.map((value) => value / total),
  };
}

/** Whether a picture is large enough. */
function niqeFits(picture: Pick<Rgba8, 'width' | 'height'>): boolean {
  const { columns, rows } = patchGrid(picture);
  return columns * rows >= 2;
}

/** Null for pictures that are too small, or flat but for one patch. Alpha is ignored, no border left out. */
export function niqe(picture: Rgba8, good: NiqeModel): number | null {
  const found = niqeFits(picture) ? modelOf(patchFeatures(picture, good.window)) : null;
  return found && modelDistance(found, good);
}
