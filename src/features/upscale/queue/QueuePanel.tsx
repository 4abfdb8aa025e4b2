import { useShallow } from 'zustand/react/shallow';
import { useAppState } from '../../../store/context.ts';
import { visibleIds } from '../../../store/queue.ts';
import { AddImages } from '../../intake/AddImages.tsx';
import { SampleGallery } from '../intake/SampleGallery.tsx';
import { QueueActions } from './QueueActions.tsx';
import styles from './QueuePanel.module.css';
import { QueueRow } from './QueueRow.tsx';
import { useQueueKeys } from './use-queue-keys.ts';

export function QueuePanel() {
  const ids = useAppState(useShallow(({ queue }) => visibleIds(queue)));
  const reading = useAppState(({ queue }) => queue.reading);
  const onKeyDown = useQueueKeys();
  const empty = ids.length === 0 && reading.length === 0;

  return (
    <section className={styles.panel} aria-labelledby="queue-title" data-empty={empty}>
      <div className={styles.head}>
        <h2 id="queue-title">Images{ids.length > 0 && <span className={styles.count}> {ids.length}</span>}</h2>
        <AddImages prominent={empty} />
      </div>
      {empty ? (
        <p className={styles.hint}>None yet. Drop, paste or pick some.</p>
      ) : (
        <>
          <ul className={styles.list} aria-labelledby="queue-title" onKeyDown={onKeyDown}>
            {ids.map((id) => (
              <QueueRow key={id} id={id} />
            ))}
            {reading.map(({ id, name }) => (
              <li key={id} className={styles.reading}>
                Reading {name} …
              </li>
            ))}
          </ul>
          <QueueActions ids={ids} />
          <details className={styles.samples}>
            <summary>Samples</summary>
            <SampleGallery />
          </details>
        </>
      )}
    </section>
  );
}
