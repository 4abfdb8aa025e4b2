import { useState } from 'react';
import type { OnnxExport, PresetModels } from '../../protocol/models.ts';
import type { Method } from '../../report/methods.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/buttons.tsx';
import { ChoiceField } from '../ui/fields.tsx';
import { roleName } from './model-text.ts';
import styles from './SaveOnnx.module.css';

/** Multiples of what every preset's windows need. */
const tiles = [64, 128, 192, 256].map((value) => ({ value, label: `${value} × ${value} px` }));

type Weights = OnnxExport['weights'];
const precisions: readonly { readonly value: Weights; readonly label: string }[] = [
  { value: 'float16', label: 'float16: half the bytes' },
  { value: 'float32', label: 'float32' },
];

function Making() {
  const onnx = useAppState(({ models }) => models.onnx);
  const { cancelOnnx } = useActions();
  const { done = 0, total = 0 } = onnx ?? {};
  return (
    <>
      <p role="status">
        {total === 0
          ? 'Loading the weights …'
          : done < total
            ? `Reading weights: ${done} of ${total} tensors`
            : 'Writing the graph …'}
      </p>
      <progress aria-label="ONNX file" max={total || 1} value={done} />
      <Button onClick={cancelOnnx}>Cancel</Button>
    </>
  );
}

/** The preset's upscalers as ONNX files, for other runtimes. */
export function SaveOnnx({ models }: { readonly models: PresetModels }) {
  const { preset, files } = models;
  const making = useAppState(({ models }) => models.onnx);
  const fault = useAppState(({ models }) => models.onnxFault);
  const seed = useAppState(({ settings }) => settings.options.seed);
  const { exportOnnx } = useActions();
  const upscalers = files.filter(({ inUse, role }) => inUse && (role === 'student' || role === 'teacher'));
  const methods = upscalers.map((file) => ({ value: file.method as Method, label: roleName(file) }));
  const [method, setMethod] = useState<Method | null>(null);
  const [tile, setTile] = useState(64);
  const [weights, setWeights] = useState<Weights>('float16');
  const [fixed, setFixed] = useState(false);
  const chosen = methods.find(({ value }) => value === method) ?? methods[0];
  if (!chosen) return null;
  const id = (name: string) => `onnx-${preset}-${name}`;
  return (
    <details className={styles.area}>
      <summary className={styles.summary}>Save as ONNX</summary>
      <div className={styles.fields}>
        <ChoiceField
          label="Network"
          id={id('method')}
          hint="The whole way of a tile in one graph, autoencoder included."
          value={chosen.value}
          choices={methods}
          onChange={setMethod}
        />
        <ChoiceField
          label="Tile"
          id={id('tile')}
          hint="The size that the file takes, LR."
          value={tile}
          choices={tiles}
          onChange={setTile}
        />
        <ChoiceField
          label="Weights"
          id={id('weights')}
          hint="Computed with as float32 either way."
          value={weights}
          choices={precisions}
          onChange={setWeights}
        />
      </div>
      <label className={styles.check}>
        <input type="checkbox" checked={fixed} onChange={({ target }) => setFixed(target.checked)} />
        Put the noise of seed {seed} into the file: the picture is then its only input
      </label>
      {making?.preset === preset ? (
        <Making />
      ) : (
        <Button
          disabled={making !== null}
          onClick={() => exportOnnx(preset, { method: chosen.value, tile, weights, noiseSeed: fixed ? seed : null })}
        >
          Save {preset} as ONNX
        </Button>
      )}
      {fault?.preset === preset && (
        <p className={styles.fault} role="alert">
          {fault.message}
        </p>
      )}
    </details>
  );
}
