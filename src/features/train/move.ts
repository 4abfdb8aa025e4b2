/** Steps through the iterations. */
import type { TrainingFeed } from '../../store/training-feed.ts';
import type { TrainingLook } from '../../store/training-view.ts';

/** @param by iterations; ±Infinity: to an end */
export function move({ curves }: Pick<TrainingFeed, 'curves'>, look: TrainingLook, by: number): void {
  if (curves.end === curves.first) return;
  const now = look.now.iteration === null ? curves.end - 1 : curves.indexOf(look.now.iteration);
  const next = Math.min(curves.end - 1, Math.max(curves.first, now + by));
  look.change({ iteration: curves.get('iteration').at(next), hover: null });
}
