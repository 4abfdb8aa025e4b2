/**
 * The no-reference score: NIQE's formulas with a model of this project's own photographs. How far the statistics of a
 * picture's patches are from those of good photographs; it needs no truth and no judgements of people.
 */
import type { Rgba8 } from '../../image.ts';
import { patchFeatures, patchSide } from './features.ts';
import { modelDistance, modelOf, restoreModel } from './model.ts';
import stored from './photographs.json' with { type: 'json' };

/** Neither MUSIQ nor the NIQE of papers, whose patches and photographs are others: values can't be compared with published ones. */
export const niqeLabel = 'NIQE (own photographs, 64 px)';
/** Least side of a picture in pixels. */
export const niqeSmallestSide = patchSide;

const photographs = restoreModel(stored);

/** Smaller is better. Null for pictures of less than 64 px a side and for flat ones. Alpha is ignored. */
export function niqe(image: Rgba8): number | null {
  const patches = patchFeatures(image);
  if (patches.length === 0) return null;
  return modelDistance(modelOf(patches.map(({ features }) => features)), photographs);
}
