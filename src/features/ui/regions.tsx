/** Regions of pages: one that scrolls sideways, and the engine's banner over the foot. */
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
