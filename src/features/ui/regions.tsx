/** Regions of pages: one that scrolls sideways, one that is kept at the window's foot, and the engine's banner over the foot. */
import type { ReactNode } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from './buttons.tsx';
import styles from './regions.module.css';

interface ScrollRegionProps {
  /** For screen readers. */
  readonly label: string;
  readonly children: ReactNode;
}

/** Scrolls sideways what is wider than its place, also by keyboard; a shadow shows that there is more, a table's first column stays. */
export function ScrollRegion({ label, children }: ScrollRegionProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.region} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** The `ref` of an element that stays at the bottom of the window, one a page: notices and the engine's banner stand above it. */
export function docked(element: HTMLElement | null): (() => void) | undefined {
  if (!element) return;
  const { style } = document.documentElement;
  const size = new ResizeObserver(() => style.setProperty('--docked', `${element.clientHeight}px`));
  size.observe(element);
  return () => {
    size.disconnect();
    style.removeProperty('--docked');
  };
}

/** Over the foot of the page, when the engine failed: nothing moves. That it is slow, the header says. */
export function EngineBanner() {
  const phase = useAppState(({ engine }) => engine.phase);
  const message = useAppState(({ engine }) => engine.message);
  const { retry } = useActions();
  if (phase !== 'failed') return null;
  return (
    <div className={styles.banner} role="alert">
      <p className={styles.text}>
        <strong>The engine is not running.</strong> {message}
      </p>
      <Button onClick={retry}>Try again</Button>
      <a href="#/diagnosis">Open Diagnosis</a>
    </div>
  );
}
