import styles from './Dock.module.css';
import { Pinned } from './diagram/Pinned.tsx';
import { Timeline } from './Timeline.tsx';

/** Stays at the bottom of the window: which iteration is shown, and the panels that are to be kept in view. */
export function Dock({ isLive }: { readonly isLive: boolean }) {
  return (
    <div className={styles.dock}>
      <Pinned />
      <Timeline isLive={isLive} />
    </div>
  );
}
