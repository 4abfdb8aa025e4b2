/** The time and the memory that pictures take, said before their runs, and the pictures that start by themselves because of it. */
import { upscaleFactor } from '../presets/architecture.ts';
import type { Prediction } from '../protocol/upscale.ts';
import { isActive, type QueueItem, type QueueState, shownState, visibleIds } from './queue.ts';

/** A tab of today's browsers gets so much, and ends without a word where it takes more. */
const mostBytes = 4 * 2 ** 30;
/** Of a device's memory a tab can count on so much. */
const shareOfDevice = 0.5;

/** Whole results in memory at once: on the engine's canvas, on the page's, and once more while one becomes a file. */
const results = 3;
/** The picture itself, in the engine and on the page. */
const inputs = 2;
const bytesOfPixel = 4;

/** Bytes of the picture, its result and the networks' tensors. */
function memoryNeed({ outWidth, outHeight, run }: Prediction): number {
  const pixels = outWidth * outHeight;
  return bytesOfPixel * pixels * (results + inputs / upscaleFactor ** 2) + (run?.peakBytes ?? 0);
}

/** Bytes that this tab can count on; browsers that keep their device's memory to themselves are taken for large ones. */
function tabMemory(): number {
  const { deviceMemory } = (globalThis.navigator ?? {}) as Partial<Navigator> & { readonly deviceMemory?: number };
  return deviceMemory === undefined ? mostBytes : Math.min(mostBytes, deviceMemory * 2 ** 30 * shareOfDevice);
}

/** Null where a picture fits; else the bytes that it needs and that there are. */
export function memoryExcess(prediction: Prediction): { readonly need: number; readonly limit: number } | null {
  const [need, limit] = [memoryNeed(prediction), tabMemory()];
  return need > limit ? { need, limit } : null;
}

/** Seconds that an image still takes; null where nothing was measured yet. */
export function secondsLeft({
  state,
  prediction,
  progress,
}: Pick<QueueItem, 'state' | 'prediction' | 'progress'>): number | null {
  if (progress && progress.etaSeconds !== null && state !== 'done') return progress.etaSeconds;
  const isBegun = state === 'paused' || isActive(state);
  const whole = prediction.run?.seconds ?? null;
  return whole && whole * (1 - (isBegun ? (progress?.share ?? 0) : 0));
}

/** Seconds that all these still take; null while one of them is unknown. */
export function totalSeconds(items: readonly QueueItem[]): number | null {
  const times = items.map(secondsLeft);
  return times.includes(null) ? null : times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
}

/** A picture that takes longer does not start by itself. */
export const promptSeconds = 20;

export interface Starts {
  readonly run: readonly string[];
  /** The one in the viewer, when it takes too long to start unasked, or nobody knows yet how long. */
  readonly preview: string | null;
}

/** Just added, read by the engine, and not at work. */
export const isUndecided = (item: QueueItem): boolean =>
  item.isFresh && !item.isProvisional && !isActive(shownState(item));

/** The images just added that start by themselves, as far as all that runs stays short; none that may be too much for the tab. */
export function promptStarts(queue: QueueState): Starts {
  const items = visibleIds(queue).flatMap((id) => queue.items[id] ?? []);
  let busy = totalSeconds(items.filter((item) => isActive(shownState(item)))) ?? promptSeconds;
  const run: string[] = [];
  let preview: string | null = null;
  for (const item of items) {
    const isBegun = item.state === 'done' || item.state === 'failed';
    if (!isUndecided(item) || isBegun || !item.prediction.run || memoryExcess(item.prediction)) continue;
    const { seconds } = item.prediction.run;
    if (seconds !== null && busy + seconds <= promptSeconds) {
      run.push(item.image.id);
      busy += seconds;
    } else if (item.image.id === queue.selected && busy === 0) preview = item.image.id;
  }
  return { run, preview };
}
