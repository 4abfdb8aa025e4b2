import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { CompareInput, Degradation, PreparedInput } from '../../../protocol/compare.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { useDropRoute } from '../../intake/drop-routes.ts';
import { creditOf, loadSample, type Sample, samples, sampleUrl } from '../../intake/samples.ts';
import { AddImages } from '../../intake/ways-in.tsx';
import { IconButton } from '../../ui/buttons.tsx';
import { formatPsnr, formatSize } from '../../ui/format.ts';
import styles from '../compare.module.css';
import { DegradationFields } from './DegradationFields.tsx';

/** The one sample that is large enough to be a ground truth. */
const asTruth: Degradation = { name: 'realesrgan-test', seed: 1 };
const isLarge = ({ width }: Sample) => width > 64;

function SamplePicker() {
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

function Facts({ input, prepared }: { readonly input: CompareInput; readonly prepared: PreparedInput }) {
  const { width, height, hasTruth, learned, steps } = prepared;
  return (
    <>
      <p className={styles.facts}>
        {formatSize(width, height)} → {formatSize(4 * width, 4 * height)}
        {hasTruth ? ', with ground truth' : ', no ground truth'}
        {input.kind === 'pair' && ' (a pair)'}
      </p>
      {learned && (
        <p className={styles.facts}>
          ŷ against {learned.against === 'given' ? 'the true y' : 'bicubic y'}: PSNR {formatPsnr(learned.psnrRgb)} (Y{' '}
          {formatPsnr(learned.psnrY)}){learned.ssimY !== null && `, SSIM ${learned.ssimY.toFixed(4)}`}
        </p>
      )}
      {steps.length > 0 && (
        <details className={styles.facts}>
          <summary>The degradation: {steps.length === 1 ? '1 step' : `${steps.length} steps`}</summary>
          <ol className={styles.steps}>
            {steps.map((step, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes its order, and steps repeat
              <li key={i}>{step}</li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

/** The picture to compare on, and the degradation that makes its LR version. */
export function InputPanel() {
  const state = useAppState(({ compare }) => compare.state);
  const { selectInput, removeInput } = useActions();
  const add = useDropRoute('compare');
  const input = state?.inputs.find(({ id }) => id === state.selected);
  return (
    <section className={styles.section} aria-labelledby="compare-input">
      <h2 id="compare-input">Picture</h2>
      <AddImages label="Open" prominent={!input} onAdd={add} />
      {state && input ? (
        <>
          <div className={styles.row}>
            <select
              aria-label="Picture to compare on"
              value={input.id}
              onChange={(event) => selectInput(event.target.value)}
            >
              {state.inputs.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
            <IconButton icon={Trash2} label={`Remove ${input.name}`} onClick={() => removeInput(input.id)} />
          </div>
          <DegradationFields key={input.id} input={input} />
          {state.prepared && <Facts input={input} prepared={state.prepared} />}
        </>
      ) : (
        <p className={styles.facts}>
          Drop a picture, an LR/HR pair with the same file name, folders of both, or an ONNX model. Or try a sample.
        </p>
      )}
      <SamplePicker />
    </section>
  );
}
