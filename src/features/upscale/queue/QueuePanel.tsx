import { CircleStop, Download, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { errorMessage } from '../../../formats/errors.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import { isActive, isRunnable, visibleIds } from '../../../store/queue.ts';
import { AddImages } from '../../intake/AddImages.tsx';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { formatSeconds } from '../../ui/format.ts';
import { downloadZip } from '../download.ts';
import { useQueueKeys } from '../keys.ts';
import { SampleGallery } from '../SampleGallery.tsx';
import { QueueRow } from './QueueRow.tsx';
import styles from './queue.module.css';

function useCounts(ids: readonly string[]) {
  return useAppState(
    useShallow(({ queue }) => {
      const items = ids.map((id) => queue.items[id]).filter((item) => item !== undefined);
      const runnable = items.filter(({ state }) => isRunnable(state));
      const times = runnable.map(({ prediction }) => prediction.run?.seconds ?? null);
      return {
        runnable: runnable.length,
        active: items.filter(({ state }) => isActive(state)).length,
        done: items.filter(({ state }) => state === 'done').length,
        seconds: times.includes(null) ? null : times.reduce<number>((sum, time) => sum + (time ?? 0), 0),
      };
    }),
  );
}

function QueueActions({ ids }: { readonly ids: readonly string[] }) {
  const { store, engine } = useApp();
  const { runAll, cancel, remove, notify } = useActions();
  const { runnable, active, done, seconds } = useCounts(ids);
  const [packing, setPacking] = useState<string | null>(null);

  const cancelAll = () => {
    const { items } = store.getState().queue;
    for (const id of ids) if (isActive(items[id]?.state ?? 'done')) cancel(id);
  };
  const pack = async () => {
    const { queue, settings } = store.getState();
    const finished = ids.filter((id) => queue.items[id]?.state === 'done');
    try {
      await downloadZip(engine, finished, settings, (count) => setPacking(`${count} of ${finished.length} …`));
    } catch (error) {
      notify('warning', errorMessage(error));
    } finally {
      setPacking(null);
    }
  };

  return (
    <div className={styles.actions}>
      <Button look="primary" disabled={runnable === 0} onClick={runAll}>
        Upscale all
        {runnable > 0 && seconds !== null && <span className={styles.time}>{formatSeconds(seconds)}</span>}
      </Button>
      <span className={styles.rest}>
        <Button
          look="quiet"
          disabled={done === 0 || packing !== null}
          aria-label={packing ?? 'Download all as zip'}
          onClick={pack}
        >
          <Download size={16} aria-hidden="true" />
          {packing ?? 'All as zip'}
        </Button>
        {active > 0 ? (
          <IconButton icon={CircleStop} label="Cancel all" onClick={cancelAll} />
        ) : (
          <IconButton icon={Trash2} label="Remove all" disabled={ids.length === 0} onClick={() => remove(ids)} />
        )}
      </span>
    </div>
  );
}

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
