import { useEffect } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import styles from './Evaluate.module.css';
import { MethodsSection, MetricsSection } from './MethodsSection.tsx';
import { PaperSection } from './PaperSection.tsx';
import { ResultsSection } from './ResultsSection.tsx';
import { RunSection } from './RunSection.tsx';
import { SetSection } from './SetSection.tsx';

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
        Methods over a set of pictures, measured against the truth. What was measured is kept on this device: a run can
        be stopped, and goes on where it was, also after a reload. <code>npm run evaluate</code> is the same code.
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
