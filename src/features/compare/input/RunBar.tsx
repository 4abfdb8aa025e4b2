import { type CompareWork, fewestMethods, isCurrent, type PreparedInput } from '../../../protocol/compare.ts';
import { type CompareMethod, offeredMethods } from '../../../report/methods.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { type EnginePace, tileSeconds } from '../../../store/engine.ts';
import { Button } from '../../ui/buttons.tsx';
import { formatSeconds } from '../../ui/format.ts';
import styles from '../compare.module.css';
import { useTitles } from '../use-compare.ts';

const tasks: Readonly<Record<CompareWork['task'], string>> = {
  prepare: 'Making the input',
  methods: 'Comparing',
  chain: 'The teacher’s steps',
  sweep: 'Sweeping seeds',
  critic: 'Asking the discriminators',
  model: 'Trying the model',
};

const phases: Readonly<Record<CompareWork['phase'], string>> = {
  queued: 'waits for its turn',
  opening: 'is warming up',
  running: 'runs',
  measuring: 'is measured',
};

/** @param title of the method in work. @param isReady whether the engine is */
export function workText(work: CompareWork, title: string | null, isReady: boolean): string {
  const { task, phase, done, total, etaSeconds, etaOf } = work;
  if (phase === 'queued') return isReady ? `${tasks[task]} …` : `${tasks[task]}: waits for the engine …`;
  const count = total > 1 ? `${Math.min(done + 1, total)} of ${total}: ` : '';
  const what = `${count}${title ?? tasks[task]} ${phases[phase]}`;
  if (etaSeconds === null) return `${what} …`;
  return `${what}, ${formatSeconds(etaSeconds)} left${etaOf === 'method' && task === 'methods' ? ' for it' : ''}`;
}

/** 0 … 1 of all of it; undefined: it can't be said. */
export function workShare({ done, total, share, phase }: CompareWork): number | undefined {
  if (phase === 'queued' || (total <= 1 && share === 0)) return undefined;
  return Math.min(1, (done + share) / Math.max(1, total));
}

/**
 * Seconds that methods of this project take on a picture, by the engine's own tile; null: nothing is known.
 * @param picture the LR picture, pixels
 */
export function estimatedSeconds(
  left: readonly CompareMethod[],
  { width, height }: Pick<PreparedInput, 'width' | 'height'>,
  ready: EnginePace | null,
): number | null {
  if (!ready) return null;
  const tiles = Math.ceil(width / ready.tile) * Math.ceil(height / ready.tile);
  const seconds = left.reduce((sum, method) => sum + tiles * (tileSeconds(method, ready) ?? 0), 0);
  return seconds > 0 ? seconds : null;
}

/** Progress of the work and the button that stops it, where the work was asked for. */
export function WorkProgress({ work }: { readonly work: CompareWork }) {
  const engine = useAppState(({ engine }) => engine.phase);
  const { cancelComparison } = useActions();
  const titleOf = useTitles();
  return (
    <>
      <p className={styles.text} role="status">
        {workText(work, work.method && titleOf(work.method), engine === 'ready')}
      </p>
      <progress value={workShare(work)} aria-label="Progress of the comparison" />
      <Button onClick={cancelComparison}>Cancel</Button>
    </>
  );
}

/** Work that its own section shows. */
const isElsewhere = ({ task }: CompareWork) => task === 'chain' || task === 'sweep' || task === 'critic';

/** Starts and stops, says what goes on, and why something did not. */
export function RunBar() {
  const state = useAppState(({ compare }) => compare.state);
  const work = useAppState(({ compare }) => compare.work);
  const options = useAppState(({ settings }) => settings.options);
  const ready = useAppState(({ engine }) => engine.ready);
  const { runComparison, chooseMethods } = useActions();
  const titleOf = useTitles();
  if (!state) return null;
  const { results, prepared, fault } = state;
  const offered = offeredMethods(ready, state.models);
  const methods = state.methods.filter((method) => ready === null || offered.includes(method));
  const left = methods.filter(
    (method) => !results.some((result) => result.method === method && isCurrent(result, options)),
  );
  const run = () => {
    // Chosen for other weights: it would only fail.
    if (methods.length < state.methods.length) chooseMethods(methods);
    runComparison(done);
  };
  const seconds = prepared && estimatedSeconds(left, prepared, ready);
  const enough = methods.length >= fewestMethods;
  const done = left.length === 0;
  return (
    <div className={styles.bar}>
      {work && !isElsewhere(work) ? (
        <WorkProgress work={work} />
      ) : (
        <Button look="primary" disabled={state.selected === null || !enough || work !== null} onClick={run}>
          {done && enough && prepared ? 'Run again' : 'Compare'}
        </Button>
      )}
      {!work && enough && seconds !== null && (
        <p className={styles.text}>Takes about {formatSeconds(seconds)}, and loading.</p>
      )}
      {!work && !enough && <p className={styles.text}>Choose at least {fewestMethods} methods.</p>}
      {!work && fault && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      {results
        .filter(({ fault: reason }) => reason !== null)
        .map(({ method, fault: reason }) => (
          <p key={method} className={styles.fault}>
            {titleOf(method)}: {reason}
          </p>
        ))}
    </div>
  );
}
