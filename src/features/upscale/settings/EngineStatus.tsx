import { useAppState } from '../../../store/context.ts';
import { formatBytes, formatInteger, formatMilliseconds } from '../../ui/format.ts';
import styles from './EngineStatus.module.css';

function Opening() {
  const message = useAppState(({ engine }) => engine.message);
  const download = useAppState(({ engine }) => engine.download);
  return (
    <div className={styles.status} role="status">
      <p>{message}</p>
      {download && (
        <>
          <progress aria-label="Loading the networks" max={Math.max(1, download.total)} value={download.loaded} />
          <p className={styles.detail}>
            {download.cached
              ? 'From this device’s own store'
              : `${formatBytes(download.loaded)} of ${formatBytes(download.total)}`}
          </p>
        </>
      )}
    </div>
  );
}

/** What runs the networks here. */
export function EngineStatus() {
  const phase = useAppState(({ engine }) => engine.phase);
  const message = useAppState(({ engine }) => engine.message);
  const ready = useAppState(({ engine }) => engine.ready);
  if (phase === 'failed') return <p className={styles.status}>{message}</p>;
  if (phase !== 'ready' || !ready) return <Opening />;
  const { adapter, parameters, msPerTile, preset } = ready;
  const device = adapter && [adapter.vendor, adapter.architecture || adapter.device].filter(Boolean).join(' ');
  return (
    <div className={styles.status}>
      <p>
        Preset <strong>{preset}</strong>, {formatInteger(parameters)} parameters
      </p>
      <p className={styles.detail}>
        {device ? `${device}, ` : ''}
        {formatMilliseconds(msPerTile)} a tile
      </p>
    </div>
  );
}
