import styles from './EmptyState.module.css';
import { SampleGallery } from './intake/SampleGallery.tsx';

/** The viewer's place before there is anything to view. */
export function EmptyState() {
  return (
    <section className={styles.empty} aria-labelledby="empty-title">
      <div className={styles.content}>
        <h2 id="empty-title" className={styles.title}>
          Upscale images ×4, in one diffusion step
        </h2>
        <p className={styles.lead}>
          Drop images or folders anywhere, paste one, or start with a sample. Weights that are dropped go to the Models
          page. Everything runs in this tab: your files never leave the device.
        </p>
        <SampleGallery />
      </div>
    </section>
  );
}
