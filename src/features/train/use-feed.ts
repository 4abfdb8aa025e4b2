import { type RefObject, useEffect, useRef } from 'react';
import { useApp } from '../../store/context.ts';
import type { FeedChange, TrainingFeed } from '../../store/training-feed.ts';

/** Draws what the feed has, now and after each change of that kind, at most once a frame; React renders nothing for it. */
export function useFeed<E extends Element>(
  kind: FeedChange,
  draw: (element: E, feed: TrainingFeed) => void,
): RefObject<E | null> {
  const { feed } = useApp();
  const element = useRef<E>(null);
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    let frame = 0;
    const now = () => {
      frame = 0;
      if (element.current) latest.current(element.current, feed);
    };
    now();
    const stop = feed.listen((change) => {
      if (change === kind && frame === 0) frame = requestAnimationFrame(now);
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [feed, kind]);
  return element;
}
