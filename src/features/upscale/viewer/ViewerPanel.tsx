import { Stage } from './Stage.tsx';
import { ViewerFooter } from './ViewerFooter.tsx';
import styles from './ViewerPanel.module.css';
import { ViewerToolbar } from './ViewerToolbar.tsx';

export function ViewerPanel({ onShortcuts }: { readonly onShortcuts: () => void }) {
  return (
    <section className={styles.panel} aria-label="Viewer" data-viewer="">
      <ViewerToolbar onShortcuts={onShortcuts} />
      <Stage />
      <ViewerFooter />
    </section>
  );
}
