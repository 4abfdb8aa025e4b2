/** The numbers beside a chart: each line at the iteration that is shown. */
import type { Curves } from '../../../store/curves/curves.ts';
import type { Pyramid } from '../../../store/curves/pyramid.ts';
import type { TrainingLook } from '../../../store/training-view.ts';
import { say } from '../use-feed.ts';
import { curvesOf, isSmooth, type Line, type Source } from './lines.ts';

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

/** Index of an iteration in a run's curves; −1 where the run has not come so far. @param iteration null: the newest */
function indexAt(curves: Curves, iteration: number | null): number {
  if (iteration === null) return curves.end - 1;
  return iteration > curves.span[1] ? -1 : curves.indexOf(iteration);
}

/** @param items one element a line, in order; of the open run, those without a single number are hidden */
export function writeLegend(
  items: readonly HTMLElement[],
  lines: readonly Line[],
  source: Source,
  look: TrainingLook,
): void {
  const isAlone = lines.every(({ run }) => run === null);
  lines.forEach((line, i) => {
    const item = items[i];
    if (!item) return;
    const curves = curvesOf(line, source);
    const values = curves?.get(line.curve);
    const isEmpty = !values || values.extremes(values.first, values.length) === null;
    const isHidden = isEmpty && isAlone;
    if (item.hidden !== isHidden) item.hidden = isHidden;
    const index = curves ? indexAt(curves, look.iteration) : -1;
    const at = (pyramid: Pyramid | undefined) => (pyramid && index >= 0 ? lastAt(pyramid, index) : Number.NaN);
    write(item, 'value', at(values));
    write(item, 'smooth', isSmooth(line, look) ? at(curves?.smoothed(line.curve, look.now.smoothing)) : Number.NaN);
  });
}
