/** Which iterations the charts show. */
import type { Curves } from '../../../store/curves/curves.ts';
import type { Look } from '../../../store/training-view.ts';

/** First and last iteration of all runs that are shown; both 0 without any. */
export function spanOf(sources: readonly Pick<Curves, 'span'>[]): readonly [number, number] {
  const spans = sources.map(({ span }) => span).filter(([, last]) => last > 0);
  if (spans.length === 0) return [0, 0];
  return [Math.min(...spans.map(([first]) => first)), Math.max(...spans.map(([, last]) => last))];
}

/** First and last iteration, different ones. */
export function shownRange(sources: readonly Pick<Curves, 'span'>[], { range, tail }: Look): [number, number] {
  if (range) return [range[0], Math.max(range[1], range[0] + 1)];
  const [first, last] = spanOf(sources);
  const low = tail === null ? first : Math.max(first, last - tail + 1);
  return [low, Math.max(last, low + 1)];
}
