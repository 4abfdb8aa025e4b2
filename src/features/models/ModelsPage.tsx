import { FilePlus2 } from 'lucide-react';
import { useEffect } from 'react';
import type { ModelStorage, PresetModels } from '../../protocol/models.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button, FileButton } from '../ui/buttons.tsx';
import { formatBytes } from '../ui/format.ts';
import { pageHref } from '../ui/router.ts';
import { ImportCard } from './ImportCard.tsx';
import { ModelRow, modelColumns } from './ModelRow.tsx';
import { lackOf, presetHints } from './model-text.ts';
import styles from './models.module.css';
import { SaveOnnx } from './SaveOnnx.tsx';

/** A preset: whether it runs, what it takes, and its files. */
function PresetSection({ models }: { readonly models: PresetModels }) {
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
        <table className={styles.files}>
          <caption className="sr-only">Weights of the {preset} preset</caption>
          <thead>
            <tr>
              {modelColumns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {files.map((model) => (
              <ModelRow key={`${model.origin} ${model.name}`} model={model} />
            ))}
          </tbody>
        </table>
      )}
      {runs && <SaveOnnx models={models} />}
    </section>
  );
}

/** A native file input over the whole area: picking, dropping and keyboard work as everywhere. */
function AddWeights() {
  const { addWeights } = useActions();
  return (
    <div className={styles.area}>
      <FileButton
        icon={FilePlus2}
        label="Add weights"
        accept=".pth,.pt,.ckpt,.bin,.safetensors"
        multiple
        prominent
        describedBy="add-weights-hint"
        onFiles={addWeights}
      />
      <p id="add-weights-hint" className={styles.addHint}>
        Or drop them anywhere: <code>resshift_realsrx4_s15_v1.pth</code>, <code>…_v2.pth</code>,{' '}
        <code>…_s4_v3.pth</code>, <code>SinSR_v1.pth</code>, <code>SinSR_v2.pth</code> and{' '}
        <code>autoencoder_vq_f4.pth</code> as ResShift and SinSR publish them, or any .pth or .safetensors file of these
        networks.
      </p>
    </div>
  );
}

/** This site's share of the browser's storage, and its protection from clearing. */
function StorageUse({ storage }: { readonly storage: ModelStorage }) {
  const { keepStorage } = useActions();
  const { usage, quota, persisted, available } = storage;
  return (
    <section className={styles.storage} aria-labelledby="storage-title">
      <h2 id="storage-title">Storage</h2>
      {usage !== null && quota !== null && (
        <>
          <progress aria-label="Storage in use" max={quota} value={usage} />
          <p>
            {formatBytes(usage)} in use by this site, of {formatBytes(quota)} that the browser allows: weights, images,
            training runs.
          </p>
        </>
      )}
      {!available && <p>This window can’t keep weights: it is private, or its address is not secure.</p>}
      {available && (
        <div className={styles.row}>
          <p>
            {persisted
              ? 'The browser keeps it until you delete it.'
              : 'The browser may clear it when the disk gets full.'}
          </p>
          {!persisted && <Button onClick={keepStorage}>Protect from clearing</Button>}
        </div>
      )}
    </section>
  );
}

export function ModelsPage() {
  const state = useAppState(({ models }) => models.state);
  const imports = useAppState(({ models }) => models.imports);
  const { listModels } = useActions();

  useEffect(() => listModels(), [listModels]);

  return (
    <div className={styles.page}>
      <h1>Models</h1>
      <p>
        Weights that run in this browser. Files that you add are converted here and stay on this device; no code in them
        is ever run. Measure them on your own pictures on the <a href={pageHref('evaluate')}>Evaluate</a> page.
      </p>
      <AddWeights />
      {imports.length > 0 && (
        <section className={styles.imports} aria-label="Added files">
          {imports.map((file) => (
            <ImportCard key={file.id} file={file} />
          ))}
        </section>
      )}
      {state ? (
        <>
          <StorageUse storage={state.storage} />
          {state.presets.map((models) => (
            <PresetSection key={models.preset} models={models} />
          ))}
        </>
      ) : (
        <p role="status">Looking for weights …</p>
      )}
    </div>
  );
}
