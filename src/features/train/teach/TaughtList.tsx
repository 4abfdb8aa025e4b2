import { Download, Pencil, Play, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { isTaught, type TaughtMethod, taughtName } from '../../../presets/teaching.ts';
import type { ModelEntry } from '../../../protocol/models.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { ConfirmDialog } from '../../ui/dialogs.tsx';
import { RenameField } from '../../ui/fields.tsx';
import { formatBytes } from '../../ui/format.ts';
import { goTo, pageHref } from '../../ui/router.ts';
import panel from '../panels.module.css';
import styles from './teach.module.css';

interface Taught {
  readonly model: ModelEntry;
  readonly method: TaughtMethod;
}

function TaughtRow({ model, method }: Taught) {
  const { setOptions, renameModel, exportModel, exportOnnx, removeModel } = useActions();
  const isMaking = useAppState(({ models }) => models.onnx !== null);
  const [renaming, setRenaming] = useState(false);
  const [asked, setAsked] = useState(false);
  const name = taughtName(method);
  return (
    <li className={styles.taught} data-taught={method}>
      {renaming ? (
        <RenameField
          title={name}
          onDone={(title) => {
            setRenaming(false);
            if (title !== null) renameModel(model, title);
          }}
        />
      ) : (
        <span className={styles.name}>{name}</span>
      )}
      <span className={panel.buttons}>
        <IconButton
          icon={Play}
          label={`Use ${name} in Upscale`}
          onClick={() => {
            setOptions({ method, preset: model.preset });
            goTo('upscale');
          }}
        />
        <IconButton icon={Pencil} label={`Rename ${name}`} onClick={() => setRenaming(true)} />
        <IconButton icon={Download} label={`Save ${name} as a file to share`} onClick={() => exportModel(model)} />
        <Button
          disabled={isMaking}
          aria-label={`Save ${name} as ONNX`}
          title="All of the upscaler as one graph, tiles of 64 px"
          onClick={() => exportOnnx(model.preset, { method, tile: 64, weights: 'float16', noiseSeed: null })}
        >
          ONNX
        </Button>
        <IconButton icon={Trash2} label={`Delete ${name}`} onClick={() => setAsked(true)} />
      </span>
      <ConfirmDialog
        question={
          asked
            ? {
                title: `Delete ${name}?`,
                text: `Its ${formatBytes(model.bytes)} are removed from this browser. Files that you saved stay where they are.`,
                no: 'Keep it',
                yes: 'Delete',
                onYes: () => removeModel(model),
              }
            : null
        }
        onClose={() => setAsked(false)}
      />
    </li>
  );
}

/** The user's upscalers, taught here or dropped as files; null before the engine has looked. */
export function useTaught(): readonly Taught[] | null {
  const presets = useAppState(({ models }) => models.state?.presets);
  const { listModels } = useActions();
  useEffect(() => listModels(), [listModels]);
  if (!presets) return null;
  return presets.flatMap(({ files }) =>
    files.flatMap((model): Taught[] =>
      model.method && isTaught(model.method) ? [{ model, method: model.method }] : [],
    ),
  );
}

/** Lists them with what can be done with each. */
export function TaughtList() {
  const fault = useAppState(({ models }) => models.onnxFault);
  const all = useTaught() ?? [];
  if (all.length === 0) return null;
  return (
    <div className={styles.step}>
      <h3 className={panel.title}>Your upscalers</h3>
      <ul className={panel.list} aria-label="Your upscalers">
        {all.map(({ model, method }) => (
          <TaughtRow key={model.name} model={model} method={method} />
        ))}
      </ul>
      {fault && (
        <p className={panel.error} role="alert">
          {fault.message}
        </p>
      )}
      <p className={panel.hint}>
        A saved file is a method for whoever drops it on this page. It holds what your pictures taught, not the
        pictures. Other sizes of ONNX files are on the <a href={pageHref('models')}>Models</a> page.
      </p>
    </div>
  );
}
