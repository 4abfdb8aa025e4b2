import { FilePlus2, X } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { EvaluationReport } from '../../protocol/evaluate.ts';
import { type Directions, headOf, rankTitles } from '../../report/columns.ts';
import { tableOne, tableTwo } from '../../report/paper-tables.ts';
import {
  groupsOf,
  type NamedSet,
  quotedNote,
  readNamedSet,
  type SideTable,
  sideBySide,
} from '../../report/side-by-side.ts';
import { sideBySideCsv, sideBySideJson, sideBySideLatex, sideBySideMarkdown } from '../../report/write-table.ts';
import { useActions } from '../../store/context.ts';
import { loadKeptSets, saveKeptSets, withSet } from '../../store/evaluation.ts';
import { Button, FileButton, IconButton } from '../ui/buttons.tsx';
import { ChoiceField, TextField } from '../ui/fields.tsx';
import { ScrollRegion } from '../ui/regions.tsx';
import { save } from '../ui/save.ts';
import styles from './Evaluate.module.css';

const storage = () => localStorage;

function Sides({ table }: { readonly table: SideTable }) {
  const { columns, rows } = table;
  return (
    <ScrollRegion label="Sets side by side">
      <table className={styles.table}>
        <thead>
          <tr>
            <td />
            {groupsOf(table).map(({ set, span }) => (
              <th key={set} scope="colgroup" colSpan={span} className={styles.group}>
                {set}
              </th>
            ))}
          </tr>
          <tr>
            <th scope="col">Method</th>
            {columns.map((column) => (
              <th key={`${column.set} ${column.title}`} scope="col" className={styles.number}>
                {headOf(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, title, quoted, cells }) => (
            <tr key={id} data-quoted={quoted}>
              <th scope="row">{title}</th>
              {cells.map(({ text, rank }, i) => (
                <td key={`${columns[i]?.set} ${columns[i]?.title}`} className={styles.number} data-rank={rank}>
                  <span className={styles.value}>{text}</span>
                  {rank && <span className="sr-only"> ({rankTitles[rank]})</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

const quotes = { both: [tableOne, tableTwo], one: [tableOne], two: [tableTwo], none: [] } as const;
const quoteChoices = [
  { value: 'both', label: 'Tables I and II' },
  { value: 'one', label: 'Table I' },
  { value: 'two', label: 'Table II' },
  { value: 'none', label: 'none' },
] as const;

interface Props {
  /** Of the set that is chosen above; null: not measured yet. */
  readonly report: EvaluationReport | null;
  /** Of the user's metrics. */
  readonly directions: Directions;
}

/** Several sets beside each other, as in the paper's Table I, and the paper's numbers marked as quoted. */
export function SetsSection({ report, directions }: Props) {
  const { notify } = useActions();
  const [kept, setKept] = useState(() => loadKeptSets(storage));
  const latest = useRef(kept);
  const [name, setName] = useState('');
  const [quoted, setQuoted] = useState<keyof typeof quotes>('both');
  const current = useMemo<NamedSet | null>(
    () =>
      report && report.methods.length > 0
        ? { name: name.trim() || 'this set', methods: report.methods, directions }
        : null,
    [report, name, directions],
  );
  const table = useMemo(() => {
    const others = kept.filter((set) => set.name !== current?.name);
    return sideBySide(current ? [...others, current] : others, quotes[quoted]);
  }, [kept, current, quoted]);
  const keep = (sets: NamedSet[]) => {
    latest.current = sets;
    setKept(sets);
    saveKeptSets(storage, sets);
  };
  const addReports = async (files: readonly File[]) => {
    for (const file of files) {
      try {
        const json: unknown = JSON.parse(await file.text().catch(() => ''));
        // Others may have come or gone while it was read.
        keep(withSet(latest.current, readNamedSet(file.name.replace(/\.json$/i, ''), json)));
      } catch (error) {
        notify('warning', error instanceof SyntaxError ? `${file.name}: this is no JSON.` : (error as Error).message);
      }
    }
  };
  const file = (ending: string, type: string, text: (table: SideTable) => string) => () =>
    save(`sets.${ending}`, new Blob([text(table)], { type }));
  return (
    <section className={styles.card} aria-labelledby="sets-title">
      <h2 id="sets-title">Several sets, and the paper’s numbers</h2>
      <div className={styles.setup}>
        <TextField
          label="Name of this set"
          hint="RealSR, RealSet65, DIV2K-Val: the paper’s columns."
          longest={60}
          value={name}
          onChange={setName}
        />
        <ChoiceField
          label="Quoted from the paper"
          id="evaluation-quoted"
          hint="Rows of their own, marked as quoted"
          value={quoted}
          choices={quoteChoices}
          onChange={setQuoted}
        />
      </div>
      <div className={styles.row}>
        <Button disabled={!current} onClick={() => current && keep(withSet(kept, current))}>
          Keep this set
        </Button>
        <FileButton icon={FilePlus2} label="Add reports" accept=".json" multiple onFiles={addReports} />
      </div>
      {kept.length > 0 && (
        <ul className={styles.list}>
          {kept.map((set) => (
            <li key={set.name} className={styles.item}>
              <span>{set.name}</span>
              <IconButton
                icon={X}
                label={`Remove ${set.name}`}
                onClick={() => keep(kept.filter((other) => other !== set))}
              />
            </li>
          ))}
        </ul>
      )}
      <Sides table={table} />
      {quoted !== 'none' && <p className={styles.hint}>{quotedNote}</p>}
      <div className={styles.row}>
        <Button onClick={file('csv', 'text/csv', sideBySideCsv)}>Sets as CSV</Button>
        <Button onClick={file('json', 'application/json', sideBySideJson)}>Sets as JSON</Button>
        <Button onClick={file('md', 'text/markdown', sideBySideMarkdown)}>Sets as Markdown</Button>
        <Button onClick={file('tex', 'application/x-tex', sideBySideLatex)}>Sets as LaTeX</Button>
      </div>
    </section>
  );
}
