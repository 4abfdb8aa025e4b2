import { useState } from 'react';
import { useActions } from '../../store/context.ts';
import { creditOf, loadSample, type Sample, samples, sampleUrl } from '../intake/samples.ts';
import { formatSize } from '../ui/format.ts';
import styles from './upscale.module.css';

function SampleButton({ sample }: { readonly sample: Sample }) {
  const { addFiles, notify } = useActions();
  const [loading, setLoading] = useState(false);

  const add = async () => {
    setLoading(true);
    try {
      addFiles([await loadSample(sample)]);
    } catch {
      notify('warning', `The sample “${sample.title}” can't be loaded: check the connection, then try again.`);
    } finally {
      setLoading(false);
    }
  };

  return (
    <button type="button" className={styles.sample} onClick={add} disabled={loading}>
      <img className={styles.picture} src={sampleUrl(sample)} alt="" width={sample.width} height={sample.height} />
      <span className={styles.galleryTitle}>
        <span className="sr-only">Add sample: </span>
        {sample.title}
        <span className={styles.size}>{formatSize(sample.width, sample.height)}</span>
      </span>
      <span className={styles.credit}>{creditOf(sample)}</span>
    </button>
  );
}

export function SampleGallery() {
  return (
    <section className={styles.gallery} aria-label="Sample pictures">
      {samples.map((sample) => (
        <SampleButton key={sample.file} sample={sample} />
      ))}
    </section>
  );
}

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
