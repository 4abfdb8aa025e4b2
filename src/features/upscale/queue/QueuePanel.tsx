import { Download, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { errorMessage } from '../../../formats/errors.ts';
import { useActions, useApp, useAppState } from '../../../store/context.ts';
import { isActive, isRunnable, shownState, stateOf, visibleIds } from '../../../store/queue.ts';
import { totalSeconds } from '../../../store/starts.ts';
import { AddImages } from '../../intake/ways-in.tsx';
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
      const runnable = items.filter((item) => isRunnable(shownState(item)));
      const active = items.filter((item) => isActive(shownState(item)));
      return {
        runnable: runnable.length,
        active: active.length,
        done: items.filter((item) => shownState(item) === 'done').length,
        seconds: totalSeconds(runnable),
        secondsLeft: totalSeconds(active),
      };
    }),
  );
}

function QueueActions({ ids }: { readonly ids: readonly string[] }) {
  const { store, engine } = useApp();
  const { runAll, cancel, remove, notify } = useActions();
  const { runnable, active, done, seconds, secondsLeft } = useCounts(ids);
  const [packing, setPacking] = useState<string | null>(null);

  const cancelAll = () => {
    const { queue } = store.getState();
    for (const id of ids) if (isActive(stateOf(queue, id))) cancel(id);
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
      {active > 0 && runnable === 0 ? (
        <Button onClick={cancelAll}>
          Cancel all
          <TimeLeft seconds={secondsLeft} />
        </Button>
      ) : (
        <Button look="primary" disabled={runnable === 0} onClick={runAll}>
          Upscale all
          {runnable > 0 && seconds !== null && <span className={styles.time}>{formatSeconds(seconds)}</span>}
        </Button>
      )}
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
        <IconButton icon={Trash2} label="Remove all" disabled={ids.length === 0} onClick={() => remove(ids)} />
      </span>
    </div>
  );
}

/** Of all that runs and waits. */
const TimeLeft = ({ seconds }: { readonly seconds: number | null }) =>
  seconds === null ? null : (
    <span className={styles.time}>{seconds < 1 ? 'almost done' : `${formatSeconds(seconds)} left`}</span>
  );

/** Files that did not become images, each with its reason and, where there is one, the remedy. */
function RefusedFiles() {
  const refused = useAppState(({ queue }) => queue.refused);
  const { forgive, makeSmaller } = useActions();
  if (refused.length === 0) return null;
  return (
    <section className={styles.refused} aria-label="Files that were not added">
      {refused.map(({ id, name, message, size }) => (
        <div key={id} className={styles.refusal}>
          <p>
            <strong>{name}</strong>: {message}
          </p>
          {size && (
            <>
              <Button onClick={() => void makeSmaller(id, 'scale')}>Scale it down</Button>
              <Button onClick={() => void makeSmaller(id, 'crop')}>Use its middle</Button>
            </>
          )}
          <IconButton icon={X} label={`Dismiss ${name}`} onClick={() => forgive([id])} />
        </div>
      ))}
      {refused.length > 1 && (
        <Button onClick={() => forgive(refused.map(({ id }) => id))}>Dismiss all {refused.length}</Button>
      )}
    </section>
  );
}

export function QueuePanel() {
  const ids = useAppState(useShallow(({ queue }) => visibleIds(queue)));
  const reading = useAppState(({ queue }) => queue.reading);
  const isRefused = useAppState(({ queue }) => queue.refused.length > 0);
  const onKeyDown = useQueueKeys();
  const empty = ids.length === 0 && reading.length === 0 && !isRefused;

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
          <RefusedFiles />
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
