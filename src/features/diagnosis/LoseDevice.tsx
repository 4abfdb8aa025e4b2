import { useActions, useAppState } from '../../store/context.ts';
import { Button } from '../ui/Button.tsx';
import styles from './LoseDevice.module.css';

/** A driver reset, on purpose. */
export function LoseDevice() {
  const onGpu = useAppState(({ engine }) => engine.ready?.backend === 'webgpu');
  const { loseDevice } = useActions();
  return (
    <section className={styles.section}>
      <div className={styles.text}>
        <h2>Recovery</h2>
        <p className={styles.detail}>
          Drivers reset, laptops switch their GPU: the device under the networks can go away at any time. This takes it
          away on purpose. The engine notices, opens a new one, and a running image goes on where it stopped.
          {onGpu ? '' : ' It needs the WebGPU backend.'}
        </p>
      </div>
      <Button disabled={!onGpu} onClick={loseDevice}>
        Lose the GPU device
      </Button>
    </section>
  );
}
