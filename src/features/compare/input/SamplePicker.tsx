import { useState } from 'react';
import type { Degradation } from '../../../protocol/compare.ts';
import { useActions } from '../../../store/context.ts';
import { creditOf, loadSample, type Sample, samples, sampleUrl } from '../../intake/samples.ts';
import styles from './SamplePicker.module.css';

/** The one sample that is large enough to be a ground truth. */
const asTruth: Degradation = { name: 'realesrgan-test', seed: 1 };
const isLarge = ({ width }: Sample) => width > 64;

export function SamplePicker() {
  const { addToCompare, notify } = useActions();
  const [loading, setLoading] = useState(false);
  const add = async (sample: Sample) => {
    setLoading(true);
    try {
      addToCompare([await loadSample(sample)], isLarge(sample) ? asTruth : undefined);
    } catch {
      notify('warning', `The sample “${sample.title}” can't be loaded: check the connection, then try again.`);
    } finally {
      setLoading(false);
    }
  };
  return (
    <ul className={styles.list} aria-label="Sample pictures">
      {samples.map((sample) => (
        <li key={sample.file}>
          <button
            type="button"
            className={styles.sample}
            disabled={loading}
            aria-label={`Compare on the sample: ${sample.title}${isLarge(sample) ? ', with ground truth' : ''}`}
            title={`${sample.title}: ${creditOf(sample)}`}
            onClick={() => add(sample)}
          >
            <img src={sampleUrl(sample)} alt="" width={44} height={44} />
          </button>
        </li>
      ))}
    </ul>
  );
}
