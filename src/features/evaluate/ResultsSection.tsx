import { SquareArrowOutUpRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { EvaluationReport, EvaluationState } from '../../protocol/evaluate.ts';
import {
  type Column,
  columnsOf,
  type Directions,
  faultsOf,
  formatValue,
  headOf,
  type MethodResult,
  ranks,
  rankTitles,
  shortfalls,
  statistics,
  timeColumn,
} from '../../report/columns.ts';
import { methodTitle } from '../../report/methods.ts';
import { csvOf, latexOf, markdownOf } from '../../report/write-table.ts';
import { Button, CopyButton, IconButton } from '../ui/buttons.tsx';
import { ChoiceField } from '../ui/fields.tsx';
import { save } from '../ui/save.ts';
import { AnalysisSection, ValueTable } from './AnalysisSection.tsx';
import styles from './Evaluate.module.css';
import { PicturesSection, useOpenInCompare } from './PicturesSection.tsx';

const seconds = (milliseconds: number | null | undefined) =>
  typeof milliseconds === 'number' ? milliseconds / 1000 : milliseconds;

/** Times that one can read, in place of the files' ms/MP; who is fastest is no rank. */
const times: readonly Column[] = [
  {
    title: 's/picture',
    unit: '',
    digits: 2,
    better: 'lower',
    ofPicture: ({ ms }) => seconds(ms),
    ofMethod({ images = [] }) {
      const measured = images.flatMap(({ ms }) => ms ?? []);
      return measured.length > 0 ? measured.reduce((sum, ms) => sum + ms, 0) / measured.length / 1000 : undefined;
    },
  },
  {
    ...timeColumn,
    title: 's/MP',
    digits: 2,
    ofPicture: (row) => seconds(timeColumn.ofPicture(row)),
    ofMethod: (result) => seconds(timeColumn.ofMethod(result)),
  },
];

/** Why a picture, or a set of them, has no value. */
const reasonOf = (value: number | null | undefined, { title, needs }: Column) =>
  value === null && needs ? `${title} takes ${needs}` : undefined;

interface CellProps {
  readonly text: string;
  readonly rank?: 1 | 2;
  readonly spread?: string;
  /** Why there is no value. */
  readonly reason?: string;
}

/** A value with its mark; what sight sees is said too. */
function Cell({ text, rank, spread, reason }: CellProps) {
  return (
    <td className={styles.number} data-rank={rank} title={reason}>
      <span className={styles.value}>{text}</span>
      {rank && <span className="sr-only"> ({rankTitles[rank]})</span>}
      {spread && <span className={styles.spread}> ± {spread}</span>}
    </td>
  );
}

function MeansTable({
  results,
  columns,
}: {
  readonly results: readonly MethodResult[];
  readonly columns: readonly Column[];
}) {
  return (
    <ValueTable label="Means over the set" name="Method" heads={[...columns.map(headOf), 'pictures']}>
      {results.map((result) => (
        <tr key={result.method}>
          <th scope="row">{methodTitle(result.method, result.steps)}</th>
          {columns.map((column) => {
            const { mean, deviation } = statistics(result, column);
            return (
              <Cell
                key={column.title}
                text={formatValue(mean, column)}
                rank={times.includes(column) ? undefined : ranks(results, column).get(result.method)}
                spread={deviation === null ? undefined : formatValue(deviation, column)}
                reason={reasonOf(mean, column)}
              />
            );
          })}
          <td className={styles.number}>{result.images.length}</td>
        </tr>
      ))}
    </ValueTable>
  );
}

/** More rows than this are in the CSV alone. */
const mostRows = 500;

interface PicturesTableProps {
  readonly results: readonly MethodResult[];
  /** Metrics with a value for each picture. */
  readonly columns: readonly Column[];
  readonly onOpen: (name: string) => void;
}

/** A row a picture, a column a method, for one metric. */
function PicturesTable({ results, columns: own, onOpen }: PicturesTableProps) {
  const [title, setTitle] = useState(own[0]?.title ?? '');
  const column = own.find((entry) => entry.title === title) ?? own[0];
  const names = [...new Set(results.flatMap(({ images }) => images.map(({ name }) => name)))];
  if (!column) return null;
  return (
    <details className={styles.details}>
      <summary className={styles.summary}>Every picture</summary>
      <div className={styles.metric}>
        <ChoiceField
          label="Metric"
          id="evaluation-metric"
          hint={headOf(column)}
          value={column.title}
          choices={own.map((entry) => ({ value: entry.title, label: entry.title }))}
          onChange={setTitle}
        />
      </div>
      <ValueTable
        label="Every picture"
        name="Picture"
        heads={results.map(({ method, steps }) => methodTitle(method, steps))}
      >
        {names.slice(0, mostRows).map((name) => {
          const rows = results.map(({ method, images }) => ({
            method,
            images: images.filter((row) => row.name === name),
            msPerMegapixel: 0,
          }));
          const single = {
            ...column,
            ofMethod: ({ images = [] }: Partial<MethodResult>) => images[0] && column.ofPicture(images[0]),
          };
          const ranked = ranks(rows, single);
          return (
            <tr key={name}>
              <th scope="row">
                <span className={styles.picked}>
                  {name}
                  <IconButton
                    icon={SquareArrowOutUpRight}
                    label={`Open ${name} in Compare`}
                    onClick={() => onOpen(name)}
                  />
                </span>
              </th>
              {rows.map((row) => (
                <Cell
                  key={row.method}
                  text={formatValue(single.ofMethod(row), column)}
                  rank={times.includes(column) ? undefined : ranked.get(row.method)}
                  reason={reasonOf(single.ofMethod(row), column)}
                />
              ))}
            </tr>
          );
        })}
      </ValueTable>
      {names.length > mostRows && (
        <p className={styles.hint}>
          The first {mostRows} of {names.length}; the CSV has all.
        </p>
      )}
    </details>
  );
}

interface ResultsProps {
  readonly state: EvaluationState;
  readonly report: EvaluationReport;
  /** Of the user's metrics. */
  readonly directions: Directions;
}

/** The table over the set, its pictures, and its files. */
export function ResultsSection({ state, report, directions }: ResultsProps) {
  const { methods, adapter, preset } = report;
  const columns = useMemo(
    () => [...columnsOf(methods, directions).filter((column) => column !== timeColumn), ...times],
    [methods, directions],
  );
  const ofPictures = useMemo(
    () =>
      columns.filter((column) =>
        methods.some(({ images }) => images.some((row) => column.ofPicture(row) !== undefined)),
      ),
    [methods, columns],
  );
  const metrics = useMemo(() => ofPictures.filter((column) => !times.includes(column)), [ofPictures]);
  const open = useOpenInCompare();
  if (methods.length === 0) return null;
  const file = (ending: string, type: string, text: () => string) => () =>
    save(`evaluation-${preset}.${ending}`, new Blob([text()], { type }));
  return (
    <section className={styles.card} aria-labelledby="results-title">
      <h2 id="results-title">Results</h2>
      <MeansTable results={methods} columns={columns} />
      <p className={styles.hint}>
        Mean ± standard deviation over the pictures. <strong className={styles.best}>Best</strong> and{' '}
        <span className={styles.second}>second best</span> of those that see the LR picture alone. {preset} weights
        {adapter && `, run on ${adapter}`}.
      </p>
      {[...shortfalls(methods, columns), ...faultsOf(methods)].map((shortfall) => (
        <p key={shortfall} className={styles.hint}>
          {shortfall}
        </p>
      ))}
      <div className={styles.row}>
        <Button onClick={file('csv', 'text/csv', () => csvOf(methods, directions))}>CSV</Button>
        <Button onClick={file('json', 'application/json', () => `${JSON.stringify(report, null, 1)}\n`)}>JSON</Button>
        <Button onClick={file('md', 'text/markdown', () => markdownOf(methods, directions))}>Markdown</Button>
        <Button onClick={file('tex', 'application/x-tex', () => latexOf(methods, directions))}>LaTeX</Button>
        <CopyButton label="Copy Markdown" text={() => markdownOf(methods, directions)} />
      </div>
      <AnalysisSection results={methods} columns={metrics} />
      <PicturesSection state={state} results={methods} columns={metrics} onOpen={open} />
      <PicturesTable results={methods} columns={ofPictures} onOpen={open} />
    </section>
  );
}
