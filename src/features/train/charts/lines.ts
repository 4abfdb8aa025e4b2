/**
 * The lines of a chart: the curves of one run, a colour each; or one curve of several runs, a colour a run. Each line has its own
 * iterations, for runs may differ in length.
 */
import uPlot from 'uplot';
import type { ChartView, ChartViewState } from '../../../store/chart-view.ts';
import type { CurveName, Curves } from '../../../store/curves/curves.ts';
import type { Pyramid } from '../../../store/curves/pyramid.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';

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

/** First and last iteration of all runs that are shown; both 0 without any. */
export function spanOf(sources: readonly Pick<Curves, 'span'>[]): readonly [number, number] {
  const spans = sources.map(({ span }) => span).filter(([, last]) => last > 0);
  if (spans.length === 0) return [0, 0];
  return [Math.min(...spans.map(([first]) => first)), Math.max(...spans.map(([, last]) => last))];
}

/** First and last iteration, different ones. */
export function shownRange(
  sources: readonly Pick<Curves, 'span'>[],
  { range, tail }: ChartViewState,
): [number, number] {
  if (range) return [range[0], Math.max(range[1], range[0] + 1)];
  const [first, last] = spanOf(sources);
  const low = tail === null ? first : Math.max(first, last - tail + 1);
  return [low, Math.max(last, low + 1)];
}

export interface Line {
  readonly curve: CurveName;
  /** A kept run that is shown beside others; null: the open one. */
  readonly run: string | null;
  readonly colour: string;
  readonly isDashed: boolean;
  /** Only there to compare with: never smoothed. */
  readonly isReference?: boolean;
}

export type Source = Pick<TrainingFeed, 'curves' | 'overlays'>;

/** Null while they are not here yet. */
export const curvesOf = ({ run }: Line, { curves, overlays }: Source): Curves | null =>
  run === null ? curves : overlays.of(run);

/** The curves of all runs that have a line, each once. */
export const sourcesOf = (lines: readonly Line[], source: Source): Curves[] =>
  [...new Set(lines.map((line) => curvesOf(line, source)))].filter((curves) => curves !== null);

/** Tells the lines that are shown smoothed as well. */
export const isSmooth = ({ isReference }: Line, { now }: ChartView): boolean => now.smoothing > 0 && !isReference;

/**
 * Iterations, then each line's values, then the same smoothed; smoothed ones are empty where they would say nothing new.
 * @param pixels width of the drawing
 */
export function chartData(
  lines: readonly Line[],
  source: Source,
  chartView: ChartView,
  pixels: number,
): uPlot.AlignedData {
  const sources = sourcesOf(lines, source);
  const [low, high] = shownRange(sources, chartView.now);
  const places: number[] = [];
  const tables = sources.map((curves): uPlot.AlignedData => {
    const own = lines.flatMap((line, index) => (curvesOf(line, source) === curves ? [{ line, index }] : []));
    const smooth = own.filter(({ line }) => isSmooth(line, chartView));
    const pyramids = [
      ...own.map(({ line }) => curves.get(line.curve)),
      ...smooth.map(({ line }) => curves.smoothed(line.curve, chartView.now.smoothing)),
    ];
    places.push(...own.map(({ index }) => index), ...smooth.map(({ index }) => lines.length + index));
    // One more on both sides, so that lines reach the edges.
    const from = Math.max(curves.first, curves.indexOf(low) - 1);
    const to = Math.min(curves.end, curves.indexOf(high) + 2);
    const { x, y } = decimate(curves.get('iteration'), pyramids, from, to, pixels);
    return [x, ...y];
  });
  const [x, ...columns] = tables.length > 1 ? uPlot.join(tables) : (tables[0] ?? [[]]);
  const none = Array.from(x, () => null);
  const data: uPlot.AlignedData = [x, ...Array.from({ length: 2 * lines.length }, () => none)];
  places.forEach((place, column) => {
    data[place + 1] = columns[column] ?? none;
  });
  return data;
}
