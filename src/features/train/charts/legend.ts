/** The numbers beside a chart: each line at the iteration that is shown. */

import type { ChartView } from '../../../store/chart-view.ts';
import type { CurveName, Curves } from '../../../store/curves/curves.ts';
import type { Pyramid } from '../../../store/curves/pyramid.ts';
import { spoken } from '../equations/Formula.tsx';
import { colourOf, isDashedColour, type ShownRun } from '../runs/shown-runs.ts';
import { writeText } from '../use-feed.ts';
import type { ChartGroup, Series } from './groups.ts';
import { curvesOf, isSmooth, type Line, type Source } from './lines.ts';

/** A line with its words in the legend. */
export interface NamedLine extends Line {
  readonly key: string;
  readonly symbol?: string;
  readonly name: string;
}

/** The curve in letters alone, for a list to choose from. */
export const curveText = ({ symbol, name }: Series): string => (symbol ? `${spoken(symbol)}, ${name}` : name);

const ofOneRun = ({ series }: ChartGroup): NamedLine[] =>
  series.map((each, index) => ({
    ...each,
    key: each.curve,
    run: null,
    colour: colourOf(index),
    isDashed: each.isReference === true || isDashedColour(index),
  }));

/** The references are those of the first run. */
function ofRuns({ series }: ChartGroup, runs: readonly ShownRun[], curve: CurveName): NamedLine[] {
  const runOf = ({ run, isOpen }: ShownRun) => (isOpen ? null : run);
  const lines = runs.map((run) => {
    const { name, colour, isDashed } = run;
    return { key: run.run, curve, run: runOf(run), colour, isDashed, name };
  });
  const references = series
    .filter((each) => each.isReference && each.curve !== curve)
    .map((each) => ({
      ...each,
      key: each.curve,
      run: runOf(runs[0]),
      colour: 'var(--faint)',
      isDashed: true,
    }));
  return [...lines, ...references];
}

export const isComparison = (runs: readonly ShownRun[]): boolean => runs.some(({ isOpen }) => !isOpen);

/** @param curve the one that runs are compared by */
export const linesOf = (group: ChartGroup, runs: readonly ShownRun[], curve: CurveName): NamedLine[] =>
  isComparison(runs) ? ofRuns(group, runs, curve) : ofOneRun(group);

const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });
const plain = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });

/** Four digits, large numbers in full: "0.1234", "18,240". */
export const numberText = (value: number): string =>
  Math.abs(value) < 9999.5 ? value.toPrecision(4) : thousands.format(value);

/** Of an axis, which has room for six letters: "0.05", "100K", "1e-7". @param value null: a line without a number */
export function tickText(value: number | null): string {
  if (value === null) return '';
  const size = Math.abs(value);
  if (size >= 10_000) return compact.format(value);
  return size > 0 && size < 1e-4 ? value.toExponential() : plain.format(value);
}

function write(item: HTMLElement, name: 'value' | 'smooth', value: number): void {
  const place = item.querySelector(`[data-${name}]`);
  if (place) writeText(place, Number.isNaN(value) ? '' : numberText(value));
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
  chartView: ChartView,
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
    const index = curves ? indexAt(curves, chartView.iteration) : -1;
    const at = (pyramid: Pyramid | undefined) => (pyramid && index >= 0 ? lastAt(pyramid, index) : Number.NaN);
    write(item, 'value', at(values));
    write(
      item,
      'smooth',
      isSmooth(line, chartView) ? at(curves?.smoothed(line.curve, chartView.now.smoothing)) : Number.NaN,
    );
  });
}
