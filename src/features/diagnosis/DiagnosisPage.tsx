import { useEffect } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import styles from './DiagnosisPage.module.css';
import { FactTable } from './FactTable.tsx';
import { engineFacts, limitFacts, platformFacts, webgpuFacts } from './facts.ts';
import { LoseDevice } from './LoseDevice.tsx';
import { Profile } from './profile/Profile.tsx';
import { reportText } from './report-text.ts';
import { SelfTest } from './SelfTest.tsx';

function Advice({ advice }: { readonly advice: readonly string[] }) {
  if (advice.length === 0) return <p className={styles.well}>All is well: nothing to do.</p>;
  return (
    <section className={styles.advice}>
      <h2>What to do</h2>
      <ul>
        {advice.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}

export function DiagnosisPage() {
  const { running, report } = useAppState((state) => state.diagnosis);
  const engine = useAppState((state) => state.engine);
  const { diagnose } = useActions();
  const phase = engine.phase;

  // Once on opening, and again when the engine has become ready: only then can it test itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of phase is the reason to run again
  useEffect(() => diagnose(), [diagnose, phase]);

  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1>Diagnosis</h1>
        <div className={styles.buttons}>
          <Button onClick={diagnose}>{running ? 'Running …' : 'Run again'}</Button>
          {report && <CopyButton label="Copy report" text={() => reportText(report, engine)} />}
        </div>
      </div>
      <p className={styles.status} role="status">
        {running && !report && phase !== 'failed' ? 'Looking at this browser and device …' : ''}
        {phase === 'failed' ? `The engine is not running. ${engine.message}` : ''}
      </p>
      {report && (
        <>
          <Advice advice={report.advice} />
          <div className={styles.columns}>
            <FactTable title="Engine" facts={engineFacts(report, engine)} />
            <FactTable title="WebGPU" facts={webgpuFacts(report)} />
            <FactTable title="Platform and storage" facts={platformFacts(report)} />
            <SelfTest rows={report.selfTest} />
          </div>
          {report.webgpu.available && (
            <details>
              <summary className={styles.summary}>Limits of the adapter</summary>
              <FactTable title="Limits" facts={limitFacts(report)} />
            </details>
          )}
        </>
      )}
      <Profile />
      <LoseDevice />
    </div>
  );
}
