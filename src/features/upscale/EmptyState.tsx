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
          Drop images or folders anywhere, paste one, or start with a sample. Everything runs in this tab: your pictures
          never leave the device.
        </p>
        <SampleGallery />
      </div>
    </section>
  );
}
