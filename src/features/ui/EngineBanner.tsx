import { useState } from 'react';
import { useActions, useAppState } from '../../store/context.ts';
import { Button } from './buttons.tsx';
import styles from './EngineBanner.module.css';

/** Across the page, only when there is something to know: the engine failed, or it runs without a GPU. */
export function EngineBanner() {
  const engine = useAppState((state) => state.engine);
  const asked = useAppState(({ settings }) => settings.backend);
  const { retry } = useActions();
  const [dismissed, setDismissed] = useState(false);

  if (engine.phase === 'failed') {
    return (
      <div className={styles.banner} data-level="bad" role="alert">
        <p className={styles.text}>
          <strong>The engine is not running.</strong> {engine.message}
        </p>
        <Button onClick={retry}>Try again</Button>
        <a href="#/diagnosis">Open Diagnosis</a>
      </div>
    );
  }
  const { ready } = engine;
  if (!ready || dismissed || asked === 'wasm') return null;
  const software = ready.backend === 'webgpu' && ready.adapter?.isSoftware;
  if (ready.backend === 'webgpu' && !software) return null;
  return (
    <div className={styles.banner} data-level="warn" role="status">
      <p className={styles.text}>
        {software ? 'WebGPU runs on a software adapter here: correct, but slow.' : ready.backendReason}{' '}
        <a href="#/diagnosis">Remedies</a>
      </p>
      <Button look="quiet" onClick={() => setDismissed(true)}>
        Dismiss
      </Button>
    </div>
  );
}
