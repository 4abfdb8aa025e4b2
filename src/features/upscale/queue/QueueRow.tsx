import { CircleStop, Play, RotateCcw, Trash2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { JobState } from '../../../protocol/upscale.ts';
import { useActions, useAppState } from '../../../store/context.ts';
import { isActive, type QueueItem } from '../../../store/queue.ts';
import { IconButton } from '../../ui/buttons.tsx';
import { formatBytes, formatCount, formatSeconds, formatSize } from '../../ui/format.ts';
import styles from './queue.module.css';

type Spoken = Pick<QueueItem, 'state' | 'prediction' | 'progress' | 'result' | 'message'>;

export function percentOf({ progress }: Pick<QueueItem, 'progress'>): number {
  return progress && progress.total > 0 ? Math.floor((100 * progress.done) / progress.total) : 0;
}

function timeLeft({ progress }: Spoken): string {
  if (!progress || progress.etaSeconds === null) return '';
  const band = progress.etaBand !== null && progress.etaBand >= 0.5 ? ` ± ${formatSeconds(progress.etaBand)}` : '';
  return `, ${formatSeconds(progress.etaSeconds)}${band} left`;
}

/** Memory and time, known before the run; both depend on the engine's tile. */
export function predictionText({ prediction: { run } }: Pick<QueueItem, 'prediction'>): string {
  if (!run) return 'time and memory not known yet';
  const { tiles, seconds, peakBytes } = run;
  return `about ${formatSeconds(seconds)} · ${formatBytes(peakBytes)} · ${formatCount(tiles, 'tile')}`;
}

export function stateText(item: Spoken): string {
  const { state, progress, result, message } = item;
  switch (state) {
    case 'ready':
      return 'Ready';
    case 'waiting':
      return progress && progress.done > 0 ? `Waiting, ${progress.done} of ${progress.total} tiles kept` : 'Waiting';
    case 'running':
      return progress ? `${progress.done} of ${progress.total} tiles${timeLeft(item)}` : 'Starting';
    case 'paused':
      return progress ? `Paused, ${progress.done} of ${progress.total} tiles kept` : 'Paused';
    case 'done':
      return result ? `Done in ${formatSeconds(result.seconds)}` : 'Done';
    case 'failed':
      return `Failed: ${message ?? 'for an unknown reason; try again.'}`;
  }
}

/** Draws the small picture; a canvas, because a bitmap has no address for an img. */
function Thumbnail({ bitmap }: { readonly bitmap: ImageBitmap }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    // A closed bitmap (the image was removed meanwhile) has no size and can't be drawn.
    if (!element || bitmap.width === 0) return;
    element.width = bitmap.width;
    element.height = bitmap.height;
    element.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  return <canvas ref={canvas} className={styles.thumbnail} />;
}

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
      <div className={styles.rowActions}>
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
