import { useEffect } from 'react';
import { type ReportedTable, reportedValue, tableOne, tableTwo } from '../../report/paper-tables.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { ScrollRegion } from '../ui/ScrollRegion.tsx';
import styles from './Evaluate.module.css';
import { MethodsSection, MetricsSection } from './MethodsSection.tsx';
import { ResultsSection } from './ResultsSection.tsx';
import { RunSection } from './RunSection.tsx';
import { SetSection } from './SetSection.tsx';

function Reported({ table }: { readonly table: ReportedTable }) {
  const { title, columns, rows } = table;
  const sets = [...new Set(columns.map(({ set }) => set))];
  const spanOf = (set: string) => columns.filter((column) => column.set === set).length;
  return (
    <ScrollRegion label={title}>
      <table className={styles.table}>
        <caption className={styles.caption}>{title}</caption>
        <thead>
          <tr>
            <td />
            {sets.map((set) => (
              <th key={set} scope="colgroup" colSpan={spanOf(set)} className={styles.group}>
                {set}
              </th>
            ))}
          </tr>
          <tr>
            <th scope="col">Method</th>
            {columns.map(({ set, metric, better }) => (
              <th key={`${set} ${metric}`} scope="col" className={styles.number}>
                {metric} {better === 'higher' ? '↑' : '↓'}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {columns.map((column, i) => (
                <td key={`${column.set} ${column.metric}`} className={styles.number}>
                  {reportedValue(values[i], column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** The paper's Tables I and II, beside the user's numbers. */
function PaperSection() {
  return (
    <section className={styles.card} aria-labelledby="paper-title">
      <h2 id="paper-title">The paper’s numbers</h2>
      <Reported table={tableOne} />
      <Reported table={tableTwo} />
      <p className={styles.hint}>
        Networks of 174 M parameters trained on ImageNet, on other pictures: the order of methods can be compared with
        yours, the numbers can’t.
      </p>
    </section>
  );
}

/** Methods over a set of pictures, in numbers. */
export function EvaluatePage() {
  const state = useAppState(({ evaluation }) => evaluation.state);
  const report = useAppState(({ evaluation }) => evaluation.report);
  const { openEvaluation } = useActions();

  useEffect(() => openEvaluation(), [openEvaluation]);

  return (
    <div className={styles.page}>
      <h1>Evaluate</h1>
      <p>
        Methods over a set of pictures, measured against the truth. Results are kept on this device: a run can be
        stopped, and goes on where it was, also after a reload. <code>npm run evaluate</code> is the same code.
      </p>
      {state ? (
        <>
          <div className={styles.setup}>
            <SetSection state={state} />
            <MethodsSection state={state} />
            <MetricsSection state={state} />
          </div>
          <RunSection state={state} />
          {report && <ResultsSection state={state} report={report} />}
        </>
      ) : (
        <p role="status">Looking for an earlier evaluation …</p>
      )}
      <PaperSection />
    </div>
  );
}
