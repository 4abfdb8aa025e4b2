import { useEffect, useState } from 'react';
import { errorMessage } from '../../../formats/errors.ts';
import { presetOf, presetSettings, type TrainingConfig } from '../../../paper/config.ts';
import { type OptionName, options } from '../../../paper/options.ts';
import { trainingPresets } from '../../../presets/cotraining.ts';
import type { EngineReady } from '../../../protocol/upscale.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { currentConfig } from '../../../store/training.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatBytes } from '../../ui/format.ts';
import shapes from '../../ui/shapes.module.css';
import styles from '../panels.module.css';
import { OptionField } from './OptionField.tsx';

interface OptionGroup {
  readonly title: string;
  readonly names: readonly OptionName[];
}

const optimizer: readonly OptionName[] = [
  'learningRate',
  'learningRateEnd',
  'warmup',
  'decaySteps',
  'downsamplerRate',
  'discriminatorRate',
  'featureRate',
  'beta1',
  'beta2',
  'discriminatorBeta1',
  'discriminatorBeta2',
  'clip',
  'ema',
];
const measurement: readonly OptionName[] = ['heldOutEvery'];
const allOptions = Object.keys(options) as OptionName[];
const isStart = (name: OptionName) => !options[name].hot;

/** The settings in the order of the form. Every option of co-training belongs to one group. */
export const optionGroups: readonly OptionGroup[] = [
  {
    title: 'Losses and readings of the paper',
    names: allOptions.filter((name) => !isStart(name) && ![...optimizer, ...measurement].includes(name)),
  },
  { title: 'Optimizer', names: optimizer },
  { title: 'Measurement', names: measurement },
  { title: 'Start of the run', names: allOptions.filter(isStart) },
];

/** Estimated memory of the settings on the open preset, and a crop and batch size that fit. */
function MemoryNote() {
  const config = useAppState(({ training }) => currentConfig(training));
  const isRun = useAppState(({ training }) => (training.run?.run ?? null) !== null);
  const estimate = useAppState(({ training }) => training.estimate);
  const ready = useAppState(({ engine }) => engine.ready);
  const budget = useAppState(({ settings }) => settings.options.memoryBudget);
  const { estimateTraining, editTraining } = useActions();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another backend, preset or budget makes another estimate
  useEffect(() => {
    if (ready) estimateTraining(config);
  }, [config, ready?.preset, ready?.backend, budget, estimateTraining]);

  if (!estimate) return null;
  const { bytes, proposed, fault } = estimate;
  const { crop, batch } = proposed;
  const isOver = bytes > estimate.budget;
  const isProposed = config.crop === crop && config.batch === batch;
  const use = () => editTraining({ crop, batch, window: Math.min(config.window, crop) });
  return (
    <div className={styles.memory} role="status">
      <p className={shapes.fieldHint}>
        Takes about {formatBytes(bytes)} of the memory budget of {formatBytes(estimate.budget)}.
      </p>
      {isOver && (
        <p className={styles.error}>
          That is more than the budget: lower batch, crop or window, or raise the budget on the Upscale page.
        </p>
      )}
      {fault && <p className={styles.error}>{fault}</p>}
      {!isProposed && !isRun && (
        <Button onClick={use}>
          Use crop {crop}, batch {batch}
        </Button>
      )}
    </div>
  );
}

function PresetField({ isRun }: { readonly isRun: boolean }) {
  const config = useAppState(({ training }) => currentConfig(training));
  const { editTraining } = useActions();
  const [error, setError] = useState<string | null>(null);
  const current = presetOf(config);
  const choose = (name: string) => {
    const preset = trainingPresets.find((candidate) => candidate.name === name);
    if (!preset) return;
    try {
      editTraining(presetSettings(preset));
      setError(null);
    } catch (failure) {
      setError(errorMessage(failure));
    }
  };
  return (
    <div className={`${shapes.fieldRow} ${styles.field}`}>
      <label className={styles.label} htmlFor="training-preset">
        Preset
      </label>
      <select
        id="training-preset"
        value={current?.name ?? ''}
        aria-describedby="training-preset-hint"
        onChange={(event) => choose(event.target.value)}
      >
        {!current && <option value="">Own settings</option>}
        {trainingPresets.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <p className={shapes.fieldHint} id="training-preset-hint">
        {error ? (
          <span className={styles.error}>{error}</span>
        ) : (
          `${current?.effect ?? 'None of the rows of Tables III and IV.'}${isRun ? ' A change of G needs a new run.' : ''}`
        )}
      </p>
    </div>
  );
}

const isFound = (name: OptionName, words: readonly string[]): boolean => {
  const { label, effect } = options[name];
  const text = `${label} ${name} ${effect}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

/** The choice that the weights in use don't allow beside the others: to start from shipped partners takes those of that G. */
export function lackOf(
  name: OptionName,
  { partnerStart, downsampler }: Pick<TrainingConfig, 'partnerStart' | 'downsampler'>,
  ready: Pick<EngineReady, 'downsamplers'> | null,
): { readonly choice: string; readonly reason: string } | null {
  const isThere = (kind: TrainingConfig['downsampler']) =>
    ready === null || ready.downsamplers.includes(kind === 'diffusion' ? 'ours' : 'ours-conv');
  if (name === 'partnerStart' && !isThere(downsampler))
    return { choice: 'shipped', reason: `No ${downsampler} G is among these weights to start from.` };
  const other = downsampler === 'diffusion' ? 'convolutional' : 'diffusion';
  if (name === 'downsampler' && partnerStart === 'shipped' && !isThere(other))
    return { choice: other, reason: `No ${other} G is among these weights: it can only start fresh.` };
  return null;
}

/**
 * The settings of co-training, folded by group; a search opens the groups that have what it finds. Those of the start are locked
 * while there is a run; the others hold from its next iteration on.
 */
export function ConfigForm() {
  const config = useAppState(({ training }) => currentConfig(training));
  const isRun = useAppState(({ training }) => training.run !== null && training.run.config !== null);
  const ready = useAppState(({ engine }) => engine.ready);
  const { editTraining } = useActions();
  const [search, setSearch] = useState('');
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = optionGroups
    .map(({ title, names }) => ({ title, names: names.filter((name) => isFound(name, words)) }))
    .filter(({ names }) => names.length > 0);
  const field = (name: OptionName) => (
    <OptionField
      key={name}
      name={name}
      value={config[name]}
      disabled={isRun && !options[name].hot}
      lack={lackOf(name, config, ready)}
      onChange={(value) => editTraining({ [name]: value })}
    />
  );
  return (
    <section className={shapes.panel} aria-label="Training settings">
      <PresetField isRun={isRun} />
      <input
        type="search"
        placeholder="Search settings"
        aria-label="Search settings"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {found.map(({ title, names }) => (
        // Another key for a search: it opens what it finds, and leaves the rest as it was.
        <details key={`${title} ${words.length > 0}`} className={styles.group} open={words.length > 0}>
          <summary className={styles.summary}>{title}</summary>
          {isRun && !options[names[0]].hot && (
            <p className={shapes.fieldHint}>These belong to the start of a run: start a new one to change them.</p>
          )}
          {names.includes('batch') && <MemoryNote />}
          <div className={styles.fields}>{names.map(field)}</div>
        </details>
      ))}
      {found.length === 0 && <p className={shapes.fieldHint}>No setting has “{search}” in its name or description.</p>}
    </section>
  );
}
