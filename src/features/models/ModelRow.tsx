import { Check, Download, Pencil, Trash2, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { ModelEntry } from '../../protocol/models.ts';
import { useActions } from '../../store/context.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { ConfirmDialog } from '../ui/dialogs.tsx';
import { formatBytes, formatInteger } from '../ui/format.ts';
import { factsOf, roleName, titleOf } from './model-text.ts';
import styles from './models.module.css';

interface RenameFieldProps {
  readonly title: string;
  /** Null: it stays as it was. */
  readonly onDone: (title: string | null) => void;
}

function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const name = text.trim();
  const done = () => onDone(name === '' || name === title ? null : name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    done();
  };
  return (
    <form
      className={styles.form}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone(null);
      }}
    >
      <input
        className={styles.input}
        type="text"
        aria-label="Name"
        maxLength={80}
        value={text}
        // biome-ignore lint/a11y/noAutofocus: the user has just asked to type here
        autoFocus
        onFocus={({ target }) => target.select()}
        onChange={({ target }) => setText(target.value)}
      />
      <IconButton icon={Check} label="Save the name" onClick={done} />
      <IconButton icon={X} label="Keep the old name" onClick={() => onDone(null)} />
    </form>
  );
}

function Facts({ model }: { readonly model: ModelEntry }) {
  const facts = [...factsOf(model.training), ...factsOf(model.metrics)];
  return (
    <details>
      <summary className={styles.summary}>Details</summary>
      <dl className={styles.facts}>
        <div className={styles.fact}>
          <dt>Licence</dt>
          <dd>
            {model.licence}
            {model.source !== null && `, from ${model.source}`}
          </dd>
        </div>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div className={styles.fact}>
          <dt>SHA-256</dt>
          <dd className={styles.hash}>{model.sha256}</dd>
        </div>
      </dl>
    </details>
  );
}

function Tools({ model, onRename }: { readonly model: ModelEntry; readonly onRename: () => void }) {
  const { exportModel, removeModel } = useActions();
  const [asked, setAsked] = useState(false);
  const title = titleOf(model);
  return (
    <div className={styles.tools}>
      <IconButton icon={Download} label={`Save ${title} as safetensors`} onClick={() => exportModel(model)} />
      {model.origin === 'imported' && (
        <>
          <IconButton icon={Pencil} label={`Rename ${title}`} onClick={onRename} />
          <IconButton icon={Trash2} label={`Delete ${title}`} onClick={() => setAsked(true)} />
          <ConfirmDialog
            question={
              asked
                ? {
                    title: `Delete ${title}?`,
                    text: `Its ${formatBytes(model.bytes)} are removed from this browser. The file that you added it from stays where it is.`,
                    no: 'Keep it',
                    yes: 'Delete',
                    onYes: () => removeModel(model),
                  }
                : null
            }
            onClose={() => setAsked(false)}
          />
        </>
      )}
    </div>
  );
}

/** One file of weights. */
export function ModelRow({ model }: { readonly model: ModelEntry }) {
  const { putModelInUse, renameModel } = useActions();
  const [renaming, setRenaming] = useState(false);
  const { inUse, origin, parameters, bytes } = model;
  const finish = (title: string | null) => {
    setRenaming(false);
    if (title !== null) renameModel(model, title);
  };
  return (
    <li className={styles.modelRow} data-in-use={inUse}>
      <div className={styles.modelHead}>
        {renaming ? (
          <RenameField title={titleOf(model)} onDone={finish} />
        ) : (
          <h3 className={styles.title}>{titleOf(model)}</h3>
        )}
      </div>
      <p className={styles.numbers}>
        {model.title !== null && `${roleName(model)} · `}
        {formatInteger(parameters)} parameters · {formatBytes(bytes)} ·{' '}
        {origin === 'shipped' ? 'comes with the page' : 'added by you'}
        {!inUse && ' · not in use: another file has its part'}
      </p>
      <Facts model={model} />
      <Tools model={model} onRename={() => setRenaming(true)} />
      {!inUse && origin === 'imported' && (
        <div>
          <Button onClick={() => putModelInUse(model)}>Use this one</Button>
        </div>
      )}
    </li>
  );
}
