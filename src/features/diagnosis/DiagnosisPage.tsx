import { useEffect } from 'react';
import type { Diagnosis, MachineReport, MeasuringStep, SelfTestRow } from '../../protocol/diagnosis.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { Button, CopyButton } from '../ui/buttons.tsx';
import { useCommands } from '../ui/commands.ts';
import { save } from '../ui/save.ts';
import styles from './diagnosis.module.css';
import { ProfileSection } from './Profile.tsx';
import {
  engineFacts,
  errorText,
  type Fact,
  limitFacts,
  measuredText,
  platformFacts,
  reportText,
  verdict,
  webgpuFacts,
} from './report.ts';

/** A driver reset, on purpose. */
function LoseDevice() {
  const onGpu = useAppState(({ engine }) => engine.ready?.backend === 'webgpu');
  const { loseDevice } = useActions();
  return (
    <section className={styles.recoverySection}>
      <div className={styles.text}>
        <h2>Recovery</h2>
        <p className={styles.detail}>
          Drivers reset, laptops switch their GPU: the device under the networks can go away at any time. This takes it
          away on purpose. The engine notices, opens a new one, and a running image goes on where it stopped.
          {onGpu ? '' : ' It needs the WebGPU backend.'}
        </p>
      </div>
      <Button disabled={!onGpu} onClick={loseDevice}>
        Simulate a lost GPU
      </Button>
    </section>
  );
}

const steps: Readonly<Record<MeasuringStep['name'], string>> = {
  waiting: 'Waiting for what runs …',
  peak: 'The adapter’s peak …',
  convolutions: 'A chain of convolutions …',
  tile: 'A tile, first and again …',
};

/** This machine's own figures, as a file for whoever asks for them. */
function MeasureSection() {
  const { step, report, message } = useAppState((state) => state.measuring);
  const isReady = useAppState(({ engine }) => engine.phase === 'ready');
  const { measure, stopMeasuring } = useActions();
  const keep = (report: MachineReport) => {
    const text = `${JSON.stringify(report, null, 2)}\n`;
    save(`cosr-machine-${report.created.slice(0, 10)}.json`, new Blob([text], { type: 'application/json' }));
  };
  return (
    <section className={styles.recoverySection} aria-label="Report of this machine">
      <div className={styles.text}>
        <h2>Report of this machine</h2>
        <p className={styles.detail}>
          Measures what arithmetic and a tile reach here, and puts it into one JSON file with all of the above. The file
          is yours; nothing is sent.
        </p>
        <p className={styles.detail} role="status">
          {step ? steps[step.name] : (message ?? (report && measuredText(report)))}
        </p>
        {step && <progress aria-label="Measuring" max={step.total} value={step.done} />}
      </div>
      {report && !step && (
        <Button look="primary" onClick={() => keep(report)}>
          Download report
        </Button>
      )}
      {step ? (
        <Button onClick={stopMeasuring}>Stop</Button>
      ) : (
        <Button disabled={!isReady} onClick={measure}>
          {report ? 'Measure again' : 'Measure'}
        </Button>
      )}
    </section>
  );
}

function SelfTest({ rows, isRunning }: { readonly rows: readonly SelfTestRow[]; readonly isRunning: boolean }) {
  const failed = rows.filter(({ ok }) => !ok).length;
  return (
    <section className={styles.section}>
      <h2>Self-test</h2>
      <p className={styles.testSummary}>
        {rows.length === 0
          ? isRunning
            ? 'Running …'
            : 'Not run: the engine is not ready. Run the diagnosis again when it is.'
          : failed === 0
            ? `All ${rows.length} operations agree with the CPU.`
            : `${failed} of ${rows.length} operations are wrong here.`}
      </p>
      {rows.length > 0 && (
        <div className={styles.frame}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Operation</th>
                <th scope="col">Result</th>
                <th scope="col">Largest error</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ op, ok, maxError, message }) => (
                <tr key={op}>
                  <th scope="row">{op}</th>
                  <td data-ok={ok}>{ok ? 'ok' : `wrong${message && `: ${message}`}`}</td>
                  <td>{errorText(maxError)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function FactTable({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  return (
    <section className={styles.section}>
      <h2>{title}</h2>
      <dl className={styles.list}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.row}>
            <dt className={styles.name}>{name}</dt>
            <dd className={styles.value}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** States the backend and the adapter in use, and the reason where they are slow. */
function Verdict({ report }: { readonly report: Diagnosis }) {
  const engine = useAppState((state) => state.engine);
  const said = verdict(report, engine);
  if (engine.phase === 'failed') return null;
  // The verdict takes its place.
  if (!said)
    return (
      <section className={styles.awaited}>
        The engine starts: it says then what the networks run on, and how fast.
      </section>
    );
  return (
    <section className={said.isFast ? styles.well : styles.advice} aria-label="In short">
      <p>
        <strong>{said.what}</strong> {said.why}
      </p>
    </section>
  );
}

/** Chrome's own page on adapters that don't show. */
const webgpuHelp = 'https://developer.chrome.com/docs/web-platform/webgpu/troubleshooting-tips';

interface AdviceProps {
  readonly advice: readonly string[];
  readonly hasGpu: boolean;
}

function Advice({ advice, hasGpu }: AdviceProps) {
  if (advice.length === 0) return null;
  return (
    <section className={styles.advice}>
      <h2>Remedies</h2>
      <ul>
        {advice.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {!hasGpu && (
          <li>
            <a href={webgpuHelp}>Chrome’s help with WebGPU, system by system</a>
          </li>
        )}
      </ul>
    </section>
  );
}

export function DiagnosisPage() {
  const { running, report } = useAppState((state) => state.diagnosis);
  const engine = useAppState((state) => state.engine);
  const { diagnose, profile, measure } = useActions();
  const phase = engine.phase;
  useCommands(() => [
    { label: 'Run the diagnosis again', run: diagnose },
    ...(phase === 'ready'
      ? [
          { label: 'Profile a tile', run: profile },
          { label: 'Measure this machine', run: measure },
        ]
      : []),
  ]);

  // Once on opening, and again when the engine has become ready: only then can it test itself.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of phase is the reason to run again
  useEffect(() => diagnose(), [diagnose, phase]);

  // Actions stand below the findings, which would push them down.
  const isSettled = phase === 'failed' || (report !== null && report.selfTest.length > 0);

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
          <Verdict report={report} />
          <Advice
            advice={report.advice}
            hasGpu={report.webgpu.available && report.webgpu.adapter?.isSoftware !== true}
          />
          <div className={styles.columns}>
            <FactTable title="Engine" facts={engineFacts(report, engine)} />
            <FactTable title="WebGPU" facts={webgpuFacts(report)} />
            <FactTable title="Platform and storage" facts={platformFacts(report)} />
            <SelfTest rows={report.selfTest} isRunning={running} />
          </div>
          {report.webgpu.available && (
            <details>
              <summary className={styles.summary}>Limits of the adapter</summary>
              <FactTable title="Limits" facts={limitFacts(report)} />
            </details>
          )}
        </>
      )}
      {isSettled && (
        <>
          <ProfileSection />
          <MeasureSection />
          <LoseDevice />
        </>
      )}
    </div>
  );
}
