import { useRef, useState } from 'react';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { EvaluationState } from '../../protocol/evaluate.ts';
import { type EvaluationMethod, isClassical, methodTitle } from '../../report/methods.ts';
import { useActions, useAppState } from '../../store/context.ts';
import { type EnginePace, tileSeconds } from '../../store/engine.ts';
import { Button } from '../ui/buttons.tsx';
import { useCommands } from '../ui/commands.ts';
import { ConfirmDialog } from '../ui/dialogs.tsx';
import { formatCount, formatSeconds } from '../ui/format.ts';
import styles from './Evaluate.module.css';

function lackOf({ set, total, setup }: EvaluationState): string {
  if (set.fault !== null) return 'These pictures can’t be measured: see above.';
  if (set.count === 0) {
    if (setup.set === 'pairs') return 'Add HR and LR pictures first.';
    return `Add ${setup.set === 'blind' ? 'LR' : 'HR'} pictures first.`;
  }
  return total === 0 ? 'Choose a method first.' : '';
}

/**
 * Seconds of what is left: by earlier pictures where a method ran before, else by the engine's tile. Interpolation is done sooner than
 * it is measured. @returns `missing`: methods of which nothing is known; `measures`: all of it is known, measuring included
 */
export function expectedWork(left: EvaluationState['left'], ready: EnginePace | null) {
  const missing: EvaluationMethod[] = [];
  let [seconds, measures] = [0, true];
  for (const { method, megapixels, secondsPerMegapixel } of left) {
    const tile = ready && tileSeconds(method, ready);
    const byTile = ready && tile !== null ? (tile * 1e6) / (ready.tile * upscaleFactor) ** 2 : null;
    const pace = secondsPerMegapixel ?? byTile ?? (isClassical(method) ? 0 : null);
    if (pace === null) missing.push(method);
    else seconds += pace * megapixels;
    if (secondsPerMegapixel === null) measures = false;
  }
  return { seconds, missing, measures };
}

function expectedText({ left, teacherSteps }: EvaluationState, ready: EnginePace | null): string {
  const { seconds, missing, measures } = expectedWork(left, ready);
  if (missing.length === left.length) return 'The first pictures tell how long it takes.';
  const more = [...missing.map((method) => methodTitle(method, teacherSteps)), ...(measures ? [] : ['measuring'])];
  return `Takes about ${formatSeconds(seconds)}${more.length > 0 ? `, not counting ${more.join(', ')}` : ''}.`;
}

function statusOf(state: EvaluationState, ready: EnginePace | null): string {
  const { done, total } = state;
  if (total === 0) return lackOf(state);
  if (done === total) return `All ${total} measured.`;
  const work =
    done === 0
      ? `${formatCount(total, 'result')} to measure: each method on each picture.`
      : `${done} of ${total} measured; the rest runs when you say so.`;
  return `${work} ${expectedText(state, ready)}`;
}

/** Seconds left of all, by the pace since the run began; null before its first result. */
function useRemaining(running: boolean, done: number, total: number): number | null {
  const began = useRef<{ readonly at: number; readonly done: number } | null>(null);
  if (!running) began.current = null;
  else began.current ??= { at: performance.now(), done };
  const since = began.current;
  if (!since || done <= since.done) return null;
  return (((performance.now() - since.at) / 1000) * (total - done)) / (done - since.done);
}

/** Begins, stops and goes on. */
export function RunSection({ state }: { readonly state: EvaluationState }) {
  const progress = useAppState(({ evaluation }) => evaluation.progress);
  const ready = useAppState(({ engine }) => engine.ready);
  const { runEvaluation, cancelEvaluation, forgetEvaluation } = useActions();
  const [asked, setAsked] = useState(false);
  const { running, done, total, fault, kept, reading } = state;
  const canRun = total > 0 && done < total && reading === null;
  useCommands(() => [
    ...(running ? [{ label: 'Cancel the evaluation', run: cancelEvaluation }] : []),
    ...(!running && canRun ? [{ label: 'Run the evaluation', run: runEvaluation }] : []),
  ]);
  const whole = useRemaining(running, done, total);
  const left =
    whole !== null
      ? `, about ${formatSeconds(whole)} left in all`
      : progress?.etaSeconds != null && progress.done < progress.total
        ? `, about ${formatSeconds(progress.etaSeconds)} left for this method`
        : '';
  return (
    <section className={styles.run} aria-label="Run">
      <div className={styles.row}>
        {running ? (
          <Button onClick={cancelEvaluation}>Cancel</Button>
        ) : (
          <Button look="primary" disabled={!canRun} onClick={runEvaluation}>
            {done > 0 && done < total ? 'Resume' : 'Run'}
          </Button>
        )}
        {!running && done > 0 && <Button onClick={() => setAsked(true)}>Delete results</Button>}
        <p className={styles.grow} role="status">
          {running
            ? progress
              ? `${methodTitle(progress.method, state.teacherSteps)}: ${progress.done} of ${progress.total}${left}`
              : 'Waiting for the engine …'
            : statusOf(state, ready)}
        </p>
      </div>
      {running && <progress aria-label="Measured" max={total} value={done} />}
      {fault !== null && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      {!kept && <p className={styles.hint}>This window keeps nothing: results go when it is closed.</p>}
      <ConfirmDialog
        question={
          asked
            ? {
                title: 'Delete all results?',
                text: 'Everything that was measured here is thrown away, also of other pictures and methods. Pictures and files stay.',
                no: 'Keep them',
                yes: 'Delete',
                onYes: forgetEvaluation,
              }
            : null
        }
        onClose={() => setAsked(false)}
      />
    </section>
  );
}
