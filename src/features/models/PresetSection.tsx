import type { PresetModels } from '../../protocol/models.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/Button.tsx';
import { formatBytes } from '../ui/format.ts';
import { ModelRow } from './ModelRow.tsx';
import styles from './PresetSection.module.css';
import { SaveOnnx } from './SaveOnnx.tsx';
import { lackOf, presetHints } from './words.ts';

/** A preset: whether it runs, what it takes, and its files. */
export function PresetSection({ models }: { readonly models: PresetModels }) {
  const chosen = useAppState(({ settings }) => settings.options.preset);
  const { choosePreset } = useActions();
  const { preset, files, runs, memory, message } = models;
  return (
    <section className={styles.preset} aria-labelledby={`preset-${preset}`}>
      <div className={styles.head}>
        <h2 id={`preset-${preset}`}>
          {preset} <span className={styles.state}>{preset === chosen ? 'in use' : ''}</span>
        </h2>
        {runs && preset !== chosen && <Button onClick={() => choosePreset(preset)}>Upscale with {preset}</Button>}
      </div>
      <p className={styles.hint}>
        {presetHints[preset]} {lackOf(models)}
      </p>
      <p className={styles.hint}>
        Memory for its smallest tile: about {formatBytes(memory.webgpu)} on WebGPU, {formatBytes(memory.wasm)} on
        WebAssembly.
      </p>
      {message !== null && (
        <p className={styles.message} role="alert">
          {message}
        </p>
      )}
      {files.length > 0 && (
        <ul className={styles.files}>
          {files.map((model) => (
            <ModelRow key={`${model.origin} ${model.name}`} model={model} />
          ))}
        </ul>
      )}
      {runs && <SaveOnnx models={models} />}
    </section>
  );
}
