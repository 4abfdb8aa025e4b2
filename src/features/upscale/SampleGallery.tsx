import { useState } from 'react';
import { useActions } from '../../store/context.ts';
import { creditOf, loadSample, type Sample, samples, sampleUrl } from '../intake/samples.ts';
import { AddImages } from '../intake/ways-in.tsx';
import { formatSize } from '../ui/format.ts';
import { pageHref } from '../ui/router.ts';
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
    <button
      type="button"
      className={styles.sample}
      onClick={add}
      aria-busy={loading}
      title={`${formatSize(sample.width, sample.height)}. ${creditOf(sample)}`}
    >
      <img className={styles.picture} src={sampleUrl(sample)} alt="" width={sample.width} height={sample.height} />
      <span>
        <span className="sr-only">Add sample: </span>
        {sample.title}
      </span>
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

/** The list's place before there is anything in it. */
export function Welcome() {
  return (
    <section className={styles.welcome} aria-labelledby="welcome-title">
      <h2 id="welcome-title" className={styles.title}>
        Pictures ×4, in one diffusion step
      </h2>
      <p className={styles.lead}>Drop a photo anywhere, or paste one. It never leaves this device.</p>
      <AddImages prominent />
      <p className={styles.lead}>Or try one of these:</p>
      <SampleGallery />
      <p className={styles.links}>
        <a href={pageHref('tour')}>How it works: the 60-second tour</a>
        <a href={pageHref('train')}>See it learn</a>
        <a href={pageHref('compare')}>Compare methods</a>
      </p>
    </section>
  );
}
