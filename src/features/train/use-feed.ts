import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import { useApp } from '../../store/context.ts';
import type { FeedChange, TrainingFeed } from '../../store/training-feed.ts';
import type { Look, TrainingLook } from '../../store/training-look.ts';

export type Change = FeedChange | 'look';

/** Draws what the feed has, now and after each change of those kinds, at most once a frame; React renders nothing for it. */
export function useFeed<E extends Element>(
  kinds: Change | readonly Change[],
  draw: (element: E, feed: TrainingFeed, look: TrainingLook) => void,
): RefObject<E | null> {
  const { feed, look } = useApp();
  const element = useRef<E>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const wanted = [kinds].flat().join();
  useEffect(() => {
    let frame = 0;
    const now = () => {
      frame = 0;
      if (element.current) latest.current(element.current, feed, look);
    };
    const ask = () => {
      if (frame === 0) frame = requestAnimationFrame(now);
    };
    now();
    const stops = [
      feed.listen((change) => {
        if (wanted.split(',').includes(change)) ask();
      }),
      wanted.split(',').includes('look') ? look.listen(ask) : () => {},
    ];
    return () => {
      for (const stop of stops) stop();
      cancelAnimationFrame(frame);
    };
  }, [feed, look, wanted]);
  return element;
}

/** The component renders again when the selected value changes; select the least it needs. */
export function useLook<T>(select: (look: Look) => T): T {
  const { look } = useApp();
  return useSyncExternalStore(look.listen, () => select(look.now));
}
