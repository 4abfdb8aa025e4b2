import type { ReactNode } from 'react';
import styles from './ScrollRegion.module.css';

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
