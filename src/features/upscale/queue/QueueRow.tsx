import { CircleStop, Play, RotateCcw, Trash2 } from 'lucide-react';
import type { JobState } from '../../../protocol/upscale.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { isActive } from '../../../store/queue.ts';
import { formatSize } from '../../ui/format.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { percentOf, predictionText, stateText } from './item-text.ts';
import styles from './QueueRow.module.css';
import { Thumbnail } from './Thumbnail.tsx';

const runLabels: Readonly<Partial<Record<JobState, string>>> = {
  ready: 'Upscale',
  paused: 'Resume',
  failed: 'Try again',
  done: 'Upscale again',
};

export function QueueRow({ id }: { readonly id: string }) {
  const item = useAppState(({ queue }) => queue.items[id]);
  const selected = useAppState(({ queue }) => queue.selected === id);
  const { select, run, cancel, remove } = useActions();
  if (!item) return null;
  const { image, state, prediction, thumbnail } = item;
  const nameId = `name-${id}`;
  const active = isActive(state);
  const showsProgress = state === 'running' || (item.progress !== null && (active || state === 'paused'));

  return (
    <li className={styles.row} data-selected={selected}>
      <button
        type="button"
        className={styles.pick}
        data-queue-item={id}
        aria-current={selected}
        onClick={() => select(id)}
      >
        <Thumbnail bitmap={thumbnail} />
        <span className={styles.text}>
          <span className={styles.name} id={nameId} title={image.name}>
            {image.name}
          </span>
          <span className={styles.line}>
            {formatSize(image.width, image.height)} → {formatSize(prediction.outWidth, prediction.outHeight)}
          </span>
          {!active && state !== 'done' && <span className={styles.line}>{predictionText(item)}</span>}
          <span className={styles.state} data-state={state}>
            {stateText(item)}
          </span>
        </span>
      </button>
      <div className={styles.actions}>
        {active ? (
          <IconButton icon={CircleStop} label="Cancel" describedBy={nameId} onClick={() => cancel(id)} />
        ) : (
          <IconButton
            icon={state === 'done' || state === 'failed' ? RotateCcw : Play}
            label={runLabels[state] ?? 'Upscale'}
            describedBy={nameId}
            onClick={() => run([id])}
          />
        )}
        <IconButton icon={Trash2} label="Remove" keys="Del" describedBy={nameId} onClick={() => remove([id])} />
      </div>
      {showsProgress && (
        <progress className={styles.progress} aria-labelledby={nameId} max={100} value={percentOf(item)} />
      )}
    </li>
  );
}
