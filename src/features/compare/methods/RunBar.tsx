import { fewestMethods, isCurrent } from '../../../protocol/compare.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { Button } from '../../ui/Button.tsx';
import { useTitles } from '../use-compare.ts';
import styles from './RunBar.module.css';
import { workShare, workText } from './work-text.ts';

/** Starts and stops, says what goes on, and why something did not. */
export function RunBar() {
  const state = useAppState(({ compare }) => compare.state);
  const work = useAppState(({ compare }) => compare.work);
  const options = useAppState(({ settings }) => settings.options);
  const engine = useAppState(({ engine }) => engine.phase);
  const { runComparison, cancelComparison } = useActions();
  const titleOf = useTitles();
  if (!state) return null;
  const { methods, results, prepared, fault } = state;
  const left = methods.filter(
    (method) => !results.some((result) => result.method === method && isCurrent(result, options)),
  );
  const enough = methods.length >= fewestMethods;
  const done = left.length === 0;
  return (
    <div className={styles.bar}>
      {work ? (
        <>
          <p className={styles.text} role="status">
            {workText(work, work.method && titleOf(work.method), engine === 'ready')}
          </p>
          <progress value={workShare(work)} aria-label="Progress of the comparison" />
          <Button onClick={cancelComparison}>Cancel</Button>
        </>
      ) : (
        <Button look="primary" disabled={state.selected === null || !enough} onClick={() => runComparison(done)}>
          {done && enough && prepared ? 'Run again' : 'Compare'}
        </Button>
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
