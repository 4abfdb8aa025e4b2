import { useEffect, useMemo } from 'react';
import type { Directions } from '../../report/columns.ts';
import { useActions, useAppState } from '../../store/context.ts';
import styles from './Evaluate.module.css';
import { MethodsSection, MetricsSection } from './MethodsSection.tsx';
import { ResultsSection } from './ResultsSection.tsx';
import { RunSection } from './RunSection.tsx';
import { SetSection } from './SetSection.tsx';
import { SetsSection } from './SetsSection.tsx';

/** Methods over a set of pictures, in numbers. */
export function EvaluatePage() {
  const state = useAppState(({ evaluation }) => evaluation.state);
  const report = useAppState(({ evaluation }) => evaluation.report);
  const hasFailed = useAppState(({ engine }) => engine.phase === 'failed');
  const { openEvaluation } = useActions();

  const directions = useMemo<Directions>(
    () =>
      Object.fromEntries((state?.files ?? []).flatMap(({ metric }) => (metric ? [[metric.name, metric.better]] : []))),
    [state?.files],
  );

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
          {report && <ResultsSection state={state} report={report} directions={directions} />}
        </>
      ) : (
        <p role="status">Looking for an earlier evaluation …</p>
      )}
      {/* It needs no engine, but before the engine's answer it would be pushed down by it. */}
      {(state || hasFailed) && <SetsSection report={report} directions={directions} />}
    </div>
  );
}
