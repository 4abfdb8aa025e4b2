import { FilePlus2, X } from 'lucide-react';
import { useState } from 'react';
import type { EvaluationState } from '../../protocol/evaluate.ts';
import type { MetricFacts } from '../../report/columns.ts';
import { isFinished, methodTitle } from '../../report/methods.ts';
import { useActions } from '../../store/context.ts';
import { notifySkipped } from '../intake/drop-routes.ts';
import type { DroppedFiles } from '../intake/dropped-files.ts';
import { AddImages } from '../intake/ways-in.tsx';
import { FileButton, IconButton } from '../ui/buttons.tsx';
import { TextField } from '../ui/fields.tsx';
import { formatBytes, formatCount } from '../ui/format.ts';
import styles from './Evaluate.module.css';

const kindTitles: Readonly<Record<MetricFacts['kind'], string>> = {
  'full-reference': 'against the truth',
  'no-reference': 'of the output alone',
  features: 'Fréchet distance over the set',
};

const metricText = ({ kind, better }: MetricFacts): string =>
  `${kindTitles[kind]}, ${better === 'higher' ? 'larger' : 'smaller'} is better`;

interface AddOnnxProps {
  readonly label: string;
  readonly disabled: boolean;
  readonly onAdd: (file: File) => void;
}

function AddOnnx({ label, disabled, onAdd }: AddOnnxProps) {
  return (
    <FileButton
      icon={FilePlus2}
      label={label}
      accept=".onnx"
      multiple
      disabled={disabled}
      onFiles={(files) => files.forEach(onAdd)}
    />
  );
}

/** Outputs of any program become a row of the table, by file name. */
function AddFinished({ disabled }: { readonly disabled: boolean }) {
  const { addEvaluationPictures, notify } = useActions();
  const [name, setName] = useState('');
  const add = (dropped: DroppedFiles) => {
    const title = name.trim() || dropped.folder || 'outputs';
    if (dropped.files.length > 0) addEvaluationPictures(`result:${title}`, dropped.files);
    notifySkipped(notify, dropped, null);
    setName('');
  };
  return (
    <details className={styles.details}>
      <summary className={styles.summary}>Outputs of another program</summary>
      <fieldset className={styles.plain} disabled={disabled}>
        <legend className="sr-only">Outputs of another program</legend>
        <TextField
          label="Name of the row"
          hint="Left empty: the folder’s name."
          longest={60}
          value={name}
          onChange={setName}
        />
        <AddImages label="Add outputs" folderLabel="Add a folder of outputs" onAdd={add} />
      </fieldset>
      <p className={styles.hint}>
        Pictures four times as large as the LR ones, with the names of the set’s pictures. Those that are missing or of
        another size leave their cells empty.
      </p>
    </details>
  );
}

/** The choice of methods. */
export function MethodsSection({ state }: { readonly state: EvaluationState }) {
  const { changeEvaluation, addEvaluationModel, removeEvaluationModel, clearEvaluationPictures } = useActions();
  const { setup, offered, running } = state;
  const countOf = (method: string) => state.results.find((entry) => entry.method === method)?.count ?? 0;
  const chosen = offered.filter((method) => setup.methods.includes(method));
  return (
    <section className={styles.card} aria-labelledby="methods-title">
      <h2 id="methods-title">Methods</h2>
      <fieldset className={styles.grid} disabled={running}>
        <legend className="sr-only">Methods to run</legend>
        {offered.map((method) => (
          <span key={method} className={styles.choice}>
            <label className={styles.choice}>
              <input
                type="checkbox"
                checked={setup.methods.includes(method)}
                onChange={({ target }) =>
                  changeEvaluation({
                    methods: target.checked ? [...chosen, method] : chosen.filter((other) => other !== method),
                  })
                }
              />
              {methodTitle(method, state.teacherSteps)}
              {isFinished(method) && ` (${formatCount(countOf(method), 'output')})`}
            </label>
            {isFinished(method) && (
              <IconButton
                icon={X}
                label={`Remove ${methodTitle(method)}`}
                disabled={running}
                onClick={() => clearEvaluationPictures(method)}
              />
            )}
            {method.startsWith('onnx:') && (
              <IconButton
                icon={X}
                label={`Remove ${methodTitle(method)}`}
                disabled={running}
                onClick={() => removeEvaluationModel(method.slice('onnx:'.length))}
              />
            )}
          </span>
        ))}
      </fieldset>
      <div className={styles.row}>
        <AddOnnx label="Add an ONNX upscaler" disabled={running} onAdd={(file) => addEvaluationModel('method', file)} />
      </div>
      <AddFinished disabled={running} />
      <p className={styles.hint}>
        Preset, seed, colour lock and tile are those of the Upscale page’s settings. An ONNX upscaler enlarges RGB four
        times.
      </p>
    </section>
  );
}

/** The metrics: those that ship, and the user's ONNX files. */
export function MetricsSection({ state }: { readonly state: EvaluationState }) {
  const { addEvaluationModel, removeEvaluationModel } = useActions();
  const metrics = state.files.filter(({ metric }) => metric !== null);
  return (
    <section className={styles.card} aria-labelledby="metrics-title">
      <h2 id="metrics-title">Metrics</h2>
      <p>
        {state.setup.set === 'blind'
          ? 'NIQE of the output, and times.'
          : 'PSNR, SSIM and MS-SSIM of luma, LPIPS (AlexNet), NIQE of the output, and times.'}
      </p>
      {metrics.length > 0 && (
        <ul className={styles.list}>
          {metrics.map(({ name, bytes, metric }) => (
            <li key={name} className={styles.item}>
              <span>
                <strong>{name}</strong> {metric && metricText(metric)}, {formatBytes(bytes)}
              </span>
              <IconButton
                icon={X}
                label={`Remove ${name}`}
                disabled={state.running}
                onClick={() => removeEvaluationModel(name)}
              />
            </li>
          ))}
        </ul>
      )}
      <div className={styles.row}>
        <AddOnnx
          label="Add an ONNX metric"
          disabled={state.running}
          onAdd={(file) => addEvaluationModel('metric', file)}
        />
      </div>
      <p className={styles.hint}>
        DISTS: two pictures to a number. CLIPIQA, MUSIQ: one picture to a number. FID: one picture to a feature vector,
        compared over the set. RGB in [0, 1], [1, 3, height, width], unless the file’s metadata says another{' '}
        <code>input_range</code>; it is called by its file’s name.
      </p>
    </section>
  );
}
