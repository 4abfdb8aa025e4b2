/** The numbers beside a chart: each curve at the iteration that is shown. */
import type { Pyramid } from '../../../store/curves/pyramid.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import type { TrainingLook } from '../../../store/training-look.ts';
import { say } from '../use-feed.ts';
import type { Series } from './groups.ts';

/** Whether a series is shown smoothed as well. */
export const isSmooth = ({ isReference }: Series, { now }: TrainingLook): boolean => now.smoothing > 0 && !isReference;

function write(item: HTMLElement, name: 'value' | 'smooth', value: number): void {
  const place = item.querySelector(`[data-${name}]`);
  if (place) say(place, Number.isNaN(value) ? '' : value.toPrecision(4));
}

/** Some numbers are measured now and then: iterations to go back for the last one. */
const back = 2000;

function lastAt(curve: Pyramid, index: number): number {
  const from = Math.max(curve.first, index - back);
  for (let at = index; at >= from; at--) if (!Number.isNaN(curve.at(at))) return curve.at(at);
  return Number.NaN;
}

/** @param items one element a series, in order; a series without a single number is hidden */
export function writeLegend(
  items: readonly HTMLElement[],
  series: readonly Series[],
  { curves }: TrainingFeed,
  look: TrainingLook,
): void {
  const index = look.iteration === null ? curves.end - 1 : curves.indexOf(look.iteration);
  series.forEach((each, i) => {
    const item = items[i];
    if (!item) return;
    const values = curves.get(each.curve);
    const isEmpty = values.extremes(values.first, values.length) === null;
    if (item.hidden !== isEmpty) item.hidden = isEmpty;
    write(item, 'value', lastAt(values, index));
    const smoothed = isSmooth(each, look) ? lastAt(curves.smoothed(each.curve, look.now.smoothing), index) : Number.NaN;
    write(item, 'smooth', smoothed);
  });
}
