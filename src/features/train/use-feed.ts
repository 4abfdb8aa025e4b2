import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import type { ChartView, ChartViewState } from '../../store/chart-view.ts';
import { useApp } from '../../store/context.ts';
import type { FeedChange, TrainingFeed } from '../../store/training-feed.ts';

/**
 * Drawings at common times: however many parts of the page follow the run, and however fast it goes, they cost one frame a
 * beat together.
 */
interface Beat {
  readonly waiting: Set<() => void>;
  isSet: boolean;
}

const beats = new Map<number, Beat>();

function run(beat: Beat): void {
  requestAnimationFrame(() => {
    const draws = [...beat.waiting];
    beat.waiting.clear();
    beat.isSet = false;
    for (const draw of draws) draw();
  });
}

/**
 * Draws once at the next beat, whatever often it is asked for.
 * @param milliseconds between two beats; they are at multiples of it, so that those of a multiple fall together
 */
export function scheduleDraw(milliseconds: number, draw: () => void): void {
  let beat = beats.get(milliseconds);
  if (!beat) {
    beat = { waiting: new Set(), isSet: false };
    beats.set(milliseconds, beat);
  }
  beat.waiting.add(draw);
  if (beat.isSet) return;
  beat.isSet = true;
  const now = performance.now();
  setTimeout(run, (Math.floor(now / milliseconds) + 1) * milliseconds - now, beat);
}

export function cancelDraw(milliseconds: number, draw: () => void): void {
  beats.get(milliseconds)?.waiting.delete(draw);
}

export type Change = FeedChange | 'view';

/** Milliseconds between two drawings of each kind, when it changes faster. */
const intervals: Readonly<Record<FeedChange, number>> = { rows: 200, panels: 100, phase: 100 };

/** Draws what the feed has, now and after changes of those kinds, not too often; React renders nothing for it. */
export function useFeed<E extends Element>(
  kinds: Change | readonly Change[],
  draw: (element: E, feed: TrainingFeed, chartView: ChartView) => void,
): RefObject<E | null> {
  const { feed, chartView } = useApp();
  const element = useRef<E>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const names = [kinds].flat().join();
  useEffect(() => {
    const wanted = names.split(',');
    const now = () => {
      if (element.current) latest.current(element.current, feed, chartView);
    };
    now();
    const stopFeed = feed.listen((change) => {
      if (wanted.includes(change)) scheduleDraw(intervals[change], now);
    });
    let frame = 0;
    const follow = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(now);
    };
    const stopLook = wanted.includes('view') ? chartView.listen(follow) : () => {};
    return () => {
      stopFeed();
      stopLook();
      for (const interval of Object.values(intervals)) cancelDraw(interval, now);
      cancelAnimationFrame(frame);
    };
  }, [feed, chartView, names]);
  return element;
}

/** Writes a text where it is another one: the same one anew would cost a layout. */
export function writeText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The component renders again when the selected value changes; select the least it needs. */
export function useChartView<T>(select: (chartView: ChartViewState) => T): T {
  const { chartView } = useApp();
  return useSyncExternalStore(chartView.listen, () => select(chartView.now));
}
