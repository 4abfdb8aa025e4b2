/** The numbers beside a chart: each curve at the iteration that is shown. */
import type { TrainingFeed } from '../../../store/training-feed.ts';
import type { TrainingLook } from '../../../store/training-look.ts';
import type { Series } from './groups.ts';

/** Whether a series is shown smoothed as well. */
export const isSmooth = ({ isReference }: Series, { now }: TrainingLook): boolean => now.smoothing > 0 && !isReference;

function write(item: HTMLElement, name: 'value' | 'smooth', value: number): void {
  const place = item.querySelector(`[data-${name}]`);
  if (place) place.textContent = Number.isNaN(value) ? '' : value.toPrecision(4);
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
    item.hidden = values.extremes(values.first, values.length) === null;
    write(item, 'value', values.at(index));
    const smoothed = isSmooth(each, look) ? curves.smoothed(each.curve, look.now.smoothing).at(index) : Number.NaN;
    write(item, 'smooth', smoothed);
  });
}
