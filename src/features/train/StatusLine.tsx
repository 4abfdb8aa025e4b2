import type { ReactNode } from 'react';
import { useAppState } from '../../store/context.ts';
import { isBusy, type TrainingSlice } from '../../store/training.ts';
import { formatInteger } from '../ui/format.ts';
import { phaseNames } from './diagram/panels.ts';
import { startNames } from './diagram/StartSteps.tsx';
import { HealthLights } from './health/HealthLights.tsx';
import styles from './train.module.css';

/** Where the run stands, one sentence; empty when the buttons say it all. */
function statusText({ run, asked }: Pick<TrainingSlice, 'run' | 'asked'>): string {
  if (!run) return asked ? 'Waiting for the engine to open …' : 'Looking for a run of an earlier visit …';
  const { start } = run;
  if (start) return `${startNames[start.stage]}: ${start.done} of ${start.of} …`;
  const { status, step, saved, nextPhase, message, ended, fault, teaching } = run;
  if (teaching?.method && !isBusy(status)) return `“${teaching.name}” is taught, and a method on Upscale and Compare.`;
  if (status === 'stored' && !fault) {
    return `This run is kept at iteration ${formatInteger(saved ?? 0)} and goes on from there.`;
  }
  const next = nextPhase ? `Iteration ${formatInteger(step + 1)} – next: ${phaseNames[nextPhase]}.` : '';
  const unsaved =
    status === 'paused' && nextPhase && step > (saved ?? 0) ? ' Step finishes the iteration, and keeps the run.' : '';
  return [message, ended, `${next}${unsaved}`].filter(Boolean).join(' ');
}

/** One line with room of its own, so that nothing moves when it has another text. @param children stand in its place */
export function StatusLine({ children }: { readonly children?: ReactNode }) {
  const run = useAppState(({ training }) => training.run);
  const text = useAppState(({ training }) => statusText(training));
  return (
    <div className={styles.status}>
      {run?.fault ? (
        <p className={styles.fault} role="alert">
          {run.fault}
        </p>
      ) : (
        <>
          {children || (
            <p className={styles.message} role="status" title={text}>
              {text}
            </p>
          )}
          {!children && <HealthLights />}
        </>
      )}
    </div>
  );
}
