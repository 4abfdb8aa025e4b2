import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { degradationTitles } from '../../../degradation/settings.ts';
import type { CompareInput, Degradation, DegradationName, PreparedInput } from '../../../protocol/compare.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { maxSeed, parseSeed } from '../../../store/settings.ts';
import { useDropRoute } from '../../intake/drop-routes.ts';
import { creditOf, loadSample, type Sample, samples, sampleUrl } from '../../intake/samples.ts';
import { AddImages } from '../../intake/ways-in.tsx';
import { IconButton } from '../../ui/buttons.tsx';
import { type Choice, ChoiceField, Field } from '../../ui/fields.tsx';
import { formatPsnr, formatSize } from '../../ui/format.ts';
import styles from '../compare.module.css';

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

/** @param downsamplers of the weights; undefined: not known yet */
const choices = (
  kind: CompareInput['kind'],
  downsamplers: EngineReady['downsamplers'] | undefined,
): readonly Choice<DegradationName>[] => [
  {
    value: 'given',
    label: kind === 'pair' ? 'The pair’s LR picture' : 'The picture itself',
  },
  ...(['bicubic', 'realesrgan-test', 'realesrgan'] as const).map((value) => ({
    value,
    label: degradationTitles[value],
  })),
  ...(
    [
      ['learned', 'Learned: the trained G', 'ours'],
      ['learned-conv', 'Learned: the convolutional G', 'ours-conv'],
    ] as const
  ).map(([value, label, method]) => ({
    value,
    label,
    ...(downsamplers?.includes(method) === false && { lack: 'not among these weights' }),
  })),
];

const hints: Readonly<Record<DegradationName, string>> = {
  given: 'Use as is (already low-resolution).',
  bicubic: 'The picture is the ground truth; methods get a quarter of it.',
  'realesrgan-test': 'Blur, resizing, noise and JPEG, mild; the picture is the ground truth.',
  realesrgan: 'The full second-order chain; the picture is the ground truth.',
  learned: 'ŷ = G(concat(ε′, Enc(x))): what the downsampler of this project has learnt.',
  'learned-conv': 'The same with the convolutional downsampler of Tables III and IV.',
};

/** Degradations that draw noise or kernels. */
const drawn = (name: DegradationName) => name !== 'given' && name !== 'bicubic';

/** The degradation; a change makes the LR picture again and drops its results. */
export function DegradationFields({ input }: { readonly input: CompareInput }) {
  const { degradeInput } = useActions();
  const downsamplers = useAppState(({ engine }) => engine.ready?.downsamplers);
  const { name, seed } = input.degradation;
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft !== null && parseSeed(draft) === null;
  const commit = () => {
    const value = draft === null ? null : parseSeed(draft);
    if (value !== null && value !== seed) degradeInput(input.id, { name, seed: value });
    setDraft(null);
  };
  return (
    <>
      <ChoiceField<DegradationName>
        label="Low-resolution input"
        id="degradation"
        hint={hints[name]}
        value={name}
        choices={choices(input.kind, downsamplers)}
        onChange={(next) => degradeInput(input.id, { name: next, seed })}
      />
      {drawn(name) && (
        <Field
          label="Seed of the degradation"
          id="degradation-seed"
          hint={wrong ? `A whole number from 0 to ${maxSeed}.` : 'Press Enter to regenerate.'}
        >
          <input
            id="degradation-seed"
            type="text"
            inputMode="numeric"
            autoComplete="off"
            aria-describedby="degradation-seed-hint"
            aria-invalid={wrong}
            value={draft ?? String(seed)}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={commit}
            onKeyDown={(event) => event.key === 'Enter' && commit()}
          />
        </Field>
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
