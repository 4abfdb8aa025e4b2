/** Curves at the resolution of a screen: where there are more points than pixels, the exact extremes of each pixel. */
import type { Pyramid } from '../../../store/curves/pyramid.ts';

/** One list of x values, and for each curve as many y values; null where there is none. */
export interface Points {
  readonly x: number[];
  readonly y: (number | null)[][];
}

const orNull = (value: number) => (Number.isNaN(value) ? null : value);

/**
 * @param steps x by index, ascending
 * @param from, to range of indices
 * @param pixels width of the drawing
 */
export function decimate(steps: Pyramid, curves: readonly Pyramid[], from: number, to: number, pixels: number): Points {
  const points: Points = { x: [], y: curves.map(() => []) };
  const buckets = Math.max(1, Math.floor(pixels));
  if (to - from <= 2 * buckets) {
    for (let index = from; index < to; index++) {
      points.x.push(steps.at(index));
      curves.forEach((curve, i) => {
        points.y[i]?.push(orNull(curve.at(index)));
      });
    }
    return points;
  }
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = from + Math.floor(((to - from) * bucket) / buckets);
    const end = from + Math.floor(((to - from) * (bucket + 1)) / buckets);
    points.x.push(steps.at(start), steps.at(end - 1));
    curves.forEach((curve, i) => {
      const extremes = curve.extremes(start, end);
      // In the order that the curve goes.
      const rises = !(curve.at(end - 1) < curve.at(start));
      const [low, high] = [extremes?.low ?? null, extremes?.high ?? null];
      points.y[i]?.push(...(rises ? [low, high] : [high, low]));
    });
  }
  return points;
}
