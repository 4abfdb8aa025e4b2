import { Trash2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useActions, useAppState } from '../../../store/context.ts';
import { isActive, type QueueItem, type ShownState, shownState } from '../../../store/queue.ts';
import { memoryExcess, secondsLeft } from '../../../store/starts.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { formatBytes, formatCount, formatSeconds, formatSize, memoryMeaning } from '../../ui/format.ts';
import styles from './queue.module.css';

/** An image's row in words. */
type Spoken = Omit<QueueItem, 'image' | 'thumbnail' | 'isFresh' | 'detail' | 'protectedShare' | 'faithful' | 'spread'>;

export const percentOf = ({ progress }: Pick<QueueItem, 'progress'>): number =>
  Math.round(100 * (progress?.share ?? 0));

/** "14 s ± 2.0 s left", of the whole image. */
function timeLeft(item: Spoken): string {
  const seconds = secondsLeft(item);
  if (seconds === null) return '';
  if (seconds < 1) return 'almost done';
  const { etaBand } = item.progress ?? {};
  return `${formatSeconds(seconds)}${etaBand && etaBand >= 0.5 ? ` ± ${formatSeconds(etaBand)}` : ''} left`;
}

/** Before a run that may be too much for the tab; null where it is not. */
export function memoryText({ prediction }: Pick<Spoken, 'prediction'>): string | null {
  const excess = memoryExcess(prediction);
  if (!excess) return null;
  const [need, limit] = [formatBytes(excess.need), formatBytes(excess.limit)];
  return `Needs about ${need} of memory with its result, and a tab here has about ${limit}: take a part, or half the size.`;
}

/** Time and memory of what is left to do. */
export function predictionText(item: Spoken): string {
  const { run } = item.prediction;
  if (!run) return 'Time known when the engine has started';
  const seconds = secondsLeft(item);
  const { tiles, peakBytes } = run;
  return `${seconds === null ? 'not timed yet' : `about ${formatSeconds(seconds)}`} · ${formatBytes(peakBytes)} · ${formatCount(tiles, 'tile')}`;
}

const tilesText = ({ progress }: Spoken): string =>
  progress && progress.total > 1 ? `${progress.done} of ${formatCount(progress.total, 'tile')}` : '';
const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');

export function stateText(item: Spoken): string {
  const { progress, result, message } = item;
  const kept = progress && progress.done > 0 ? `${tilesText(item)} kept` : '';
  switch (shownState(item)) {
    case 'reading':
      return 'Reading …';
    case 'ready':
      return item.isKept ? 'Ready' : 'Ready, while this page is open';
    case 'waiting':
      if (item.isProvisional) return 'Waiting to be read';
      return joined(item.prediction.run ? 'Waiting' : 'Waiting for the engine to start', kept);
    case 'running':
      return joined(tilesText(item), timeLeft(item)) || 'Running';
    case 'stopping':
      return 'Stopping …';
    case 'paused':
      return joined('Paused', kept);
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

const runLabels: Readonly<Partial<Record<ShownState, string>>> = {
  ready: 'Upscale',
  paused: 'Resume',
  failed: 'Try again',
  done: 'Redo',
};

export function QueueRow({ id }: { readonly id: string }) {
  const item = useAppState(({ queue }) => queue.items[id]);
  const selected = useAppState(({ queue }) => queue.selected === id);
  const { select, run, cancel, remove } = useActions();
  if (!item) return null;
  const { image, prediction, thumbnail } = item;
  const state = shownState(item);
  const memory = memoryText(item);
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
          {!active && state !== 'done' && (
            <span className={styles.line} title={memoryMeaning}>
              {predictionText(item)}
            </span>
          )}
          {!active && state !== 'done' && memory && <span className={styles.warning}>{memory}</span>}
          <span className={styles.state} data-state={state}>
            {stateText(item)}
          </span>
        </span>
      </button>
      <div className={styles.rowActions}>
        {active ? (
          <Button aria-describedby={nameId} disabled={state === 'stopping'} onClick={() => cancel(id)}>
            Cancel
          </Button>
        ) : (
          <Button aria-describedby={nameId} onClick={() => run([id])}>
            {runLabels[state] ?? 'Upscale'}
          </Button>
        )}
        <IconButton icon={Trash2} label="Remove" keys="Del" describedBy={nameId} onClick={() => remove([id])} />
      </div>
      {showsProgress && (
        <progress className={styles.progress} aria-labelledby={nameId} max={100} value={percentOf(item)} />
      )}
    </li>
  );
}
