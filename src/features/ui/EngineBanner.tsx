import { useActions, useAppState } from '../../store/context.ts';
import { Button } from './buttons.tsx';
import styles from './EngineBanner.module.css';

/** Over the foot of the page, when the engine failed: nothing moves. That it is slow, the header says. */
export function EngineBanner() {
  const phase = useAppState(({ engine }) => engine.phase);
  const message = useAppState(({ engine }) => engine.message);
  const { retry } = useActions();
  if (phase !== 'failed') return null;
  return (
    <div className={styles.banner} role="alert">
      <p className={styles.text}>
        <strong>The engine is not running.</strong> {message}
      </p>
      <Button onClick={retry}>Try again</Button>
      <a href="#/diagnosis">Open Diagnosis</a>
    </div>
  );
}
