/** Which iterations the charts show. */
import type { TrainingFeed } from '../../../store/training-feed.ts';
import type { Look } from '../../../store/training-look.ts';

/** First and last iteration, different ones. */
export function shownRange({ curves }: Pick<TrainingFeed, 'curves'>, { range, tail }: Look): [number, number] {
  if (range) return [range[0], Math.max(range[1], range[0] + 1)];
  const [first, last] = curves.span;
  const low = tail === null ? first : Math.max(first, last - tail + 1);
  return [low, Math.max(last, low + 1)];
}
