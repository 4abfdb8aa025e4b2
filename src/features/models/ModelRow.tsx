import { Download, Info, Pencil, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { ModelEntry } from '../../protocol/models.ts';
import { useActions } from '../../store/context.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { ConfirmDialog } from '../ui/dialogs.tsx';
import { RenameField } from '../ui/fields.tsx';
import { formatBytes, formatInteger } from '../ui/format.ts';
import { factsOf, roleName, titleOf, trainingOf, validationOf } from './model-text.ts';
import styles from './models.module.css';

interface ToolsProps {
  readonly model: ModelEntry;
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly onRename: () => void;
}

/** All that is known of a file, over the width of the table. */
function Facts({ model }: { readonly model: ModelEntry }) {
  const facts = [...factsOf(model.training), ...factsOf(model.metrics), ['SHA-256', model.sha256] as const];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Tools({ model, open, onOpen, onRename }: ToolsProps) {
  const { exportModel, removeModel } = useActions();
  const [asked, setAsked] = useState(false);
  const title = titleOf(model);
  return (
    <div className={styles.tools}>
      <IconButton icon={Info} label={`Details of ${title}`} pressed={open} onClick={onOpen} />
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

/** The columns of `ModelRow`; the last, the tools, has no name on screen. */
export const modelColumns = ['Network', 'Size', 'Trained', 'Validation', 'Licence', 'Origin'] as const;

interface CellProps {
  readonly column: (typeof modelColumns)[number];
  /** The second line. */
  readonly more?: string | null;
  readonly children: ReactNode;
}

/** A cell that names its column where the table is a list. */
function Cell({ column, more, children }: CellProps) {
  return (
    <td data-column={column} data-empty={children === null || undefined}>
      {children ?? <span aria-hidden="true">–</span>}
      {more && <span className={styles.more}>{more}</span>}
    </td>
  );
}

/** One file of weights: a row of the preset's table, and one more with its details. */
export function ModelRow({ model }: { readonly model: ModelEntry }) {
  const { putModelInUse, renameModel } = useActions();
  const [renaming, setRenaming] = useState(false);
  const [open, setOpen] = useState(false);
  const { inUse, origin, parameters, bytes, licence, source, name } = model;
  const finish = (title: string | null) => {
    setRenaming(false);
    if (title !== null) renameModel(model, title);
  };
  const { trained, when } = trainingOf(model);
  return (
    <>
      <tr className={styles.modelRow} data-in-use={inUse}>
        <th scope="row">
          {renaming ? <RenameField title={titleOf(model)} onDone={finish} /> : titleOf(model)}
          <span className={styles.more}>
            {model.title !== null && `${roleName(model)}, `}
            <code>{name}</code>
          </span>
          {!inUse && <span className={styles.more}>not in use: another file has its part</span>}
          {!inUse && origin === 'imported' && <Button onClick={() => putModelInUse(model)}>Use this one</Button>}
        </th>
        <Cell column="Size" more={`${formatInteger(parameters)} parameters`}>
          {formatBytes(bytes)}
        </Cell>
        <Cell column="Trained" more={when}>
          {trained}
        </Cell>
        <Cell column="Validation">{validationOf(model)}</Cell>
        <Cell column="Licence">{licence}</Cell>
        <Cell column="Origin" more={source}>
          {origin === 'shipped' ? 'comes with the page' : 'added by you'}
        </Cell>
        <td className={styles.toolCell}>
          <Tools model={model} open={open} onOpen={() => setOpen(!open)} onRename={() => setRenaming(true)} />
        </td>
      </tr>
      {open && (
        <tr className={styles.detailRow}>
          <td colSpan={modelColumns.length + 1}>
            <Facts model={model} />
          </td>
        </tr>
      )}
    </>
  );
}
