import { useEffect, useRef } from 'react';
import styles from './Dock.module.css';
import { Pinned } from './diagram/Pinned.tsx';
import { Timeline } from './Timeline.tsx';

/** Stays at the bottom of the window: which iteration is shown, and the panels that are to be kept in view. */
export function Dock({ isLive }: { readonly isLive: boolean }) {
  const dock = useRef<HTMLDivElement>(null);
  // Notices stand above it (Notices.module.css).
  useEffect(() => {
    const { style } = document.documentElement;
    const size = new ResizeObserver(([entry]) => {
      style.setProperty('--docked', `${entry?.target.clientHeight ?? 0}px`);
    });
    if (dock.current) size.observe(dock.current);
    return () => {
      size.disconnect();
      style.removeProperty('--docked');
    };
  }, []);
  return (
    <div ref={dock} className={styles.dock}>
      <Pinned />
      <Timeline isLive={isLive} />
    </div>
  );
}
