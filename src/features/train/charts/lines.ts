/**
 * What a chart draws: the curves of one run, a colour each; or one curve of several runs, a colour a run. Each line has its own
 * iterations, for runs may differ in length.
 */
import uPlot from 'uplot';
import type { CurveName, Curves } from '../../../store/curves/curves.ts';
import type { TrainingFeed } from '../../../store/training-feed.ts';
import type { TrainingLook } from '../../../store/training-view.ts';
import { decimate } from './decimate.ts';
import { shownRange } from './range.ts';

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

/** Whether a line is shown smoothed as well. */
export const isSmooth = ({ isReference }: Line, { now }: TrainingLook): boolean => now.smoothing > 0 && !isReference;

/**
 * Iterations, then each line's values, then the same smoothed; smoothed ones are empty where they would say nothing new.
 * @param pixels width of the drawing
 */
export function chartData(
  lines: readonly Line[],
  source: Source,
  look: TrainingLook,
  pixels: number,
): uPlot.AlignedData {
  const sources = sourcesOf(lines, source);
  const [low, high] = shownRange(sources, look.now);
  const places: number[] = [];
  const tables = sources.map((curves): uPlot.AlignedData => {
    const own = lines.flatMap((line, index) => (curvesOf(line, source) === curves ? [{ line, index }] : []));
    const smooth = own.filter(({ line }) => isSmooth(line, look));
    const pyramids = [
      ...own.map(({ line }) => curves.get(line.curve)),
      ...smooth.map(({ line }) => curves.smoothed(line.curve, look.now.smoothing)),
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
