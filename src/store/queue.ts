/** The image queue as the page shows it: a summary and a small thumbnail per image, never its pixels. */

import type { Event } from '../protocol/index.ts';
import type { ImageSummary, JobProgress, JobResult, JobState, Prediction } from '../protocol/upscale.ts';
import type { EngineClient } from './client.ts';

export interface QueueItem {
  readonly image: ImageSummary;
  readonly state: JobState;
  readonly prediction: Prediction;
  readonly progress: JobProgress | null;
  readonly result: JobResult | null;
  /** Why it failed. */
  readonly message: string | null;
  readonly thumbnail: ImageBitmap;
}

export interface Reading {
  readonly id: string;
  readonly name: string;
}

export interface QueueState {
  readonly order: readonly string[];
  readonly items: Readonly<Record<string, QueueItem>>;
  /** Files handed over but not answered for yet. */
  readonly reading: readonly Reading[];
  /** Removed on screen, not yet in the engine: Undo brings them back. */
  readonly hidden: readonly string[];
  /** The image in the viewer. */
  readonly selected: string | null;
  /** Times the engine has read the queue of the last visit: at its start, and after each restart. */
  readonly restores: number;
}

export const initialQueue: QueueState = {
  order: [],
  items: {},
  reading: [],
  hidden: [],
  selected: null,
  restores: 0,
};

export const isActive = (state: JobState): boolean => state === 'running' || state === 'waiting';
/** Tells the jobs that "Upscale all" starts. */
export const isRunnable = (state: JobState): boolean => state === 'ready' || state === 'paused' || state === 'failed';

export const visibleIds = ({ order, hidden }: Pick<QueueState, 'order' | 'hidden'>): string[] =>
  order.filter((id) => !hidden.includes(id));

/** The image to look at when `id` goes away: the next one on screen, else the one before. */
export function neighbour(queue: QueueState, id: string): string | null {
  const ids = visibleIds(queue);
  const place = ids.indexOf(id);
  return ids[place + 1] ?? ids[place - 1] ?? null;
}

/** Takes images off the screen (they stay in the engine until the undo time is over). */
export function hide(queue: QueueState, ids: readonly string[]): QueueState {
  const hidden = [...queue.hidden, ...ids.filter((id) => !queue.hidden.includes(id))];
  if (queue.selected === null || !ids.includes(queue.selected)) return { ...queue, hidden };
  const after = neighbour({ ...queue, hidden: hidden.filter((id) => id !== queue.selected) }, queue.selected);
  return { ...queue, hidden, selected: after };
}

export function unhide(queue: QueueState, ids: readonly string[]): QueueState {
  const hidden = queue.hidden.filter((id) => !ids.includes(id));
  return { ...queue, hidden, selected: queue.selected ?? ids[0] ?? null };
}

const withoutReading = (queue: QueueState, id: string) => queue.reading.filter((file) => file.id !== id);

const update = (queue: QueueState, id: string, change: Partial<QueueItem>): QueueState => {
  const item = queue.items[id];
  return item ? { ...queue, items: { ...queue.items, [id]: { ...item, ...change } } } : queue;
};

function added(queue: QueueState, event: Extract<Event, { type: 'image-added' }>): QueueState {
  const { image, state, prediction, result, thumbnail } = event;
  const item: QueueItem = { image, state, prediction, result, thumbnail, progress: null, message: null };
  return {
    ...queue,
    // A restarted engine tells its images again: the same id keeps its place.
    order: queue.order.includes(image.id) ? queue.order : [...queue.order, image.id],
    items: { ...queue.items, [image.id]: item },
    reading: withoutReading(queue, image.id),
    selected: queue.selected ?? image.id,
  };
}

function removed(queue: QueueState, id: string): QueueState {
  const { [id]: _gone, ...items } = queue.items;
  const selected = queue.selected === id ? neighbour(queue, id) : queue.selected;
  return {
    ...queue,
    items,
    selected,
    order: queue.order.filter((other) => other !== id),
    hidden: queue.hidden.filter((other) => other !== id),
  };
}

export function applyToQueue(queue: QueueState, event: Event): QueueState {
  switch (event.type) {
    case 'image-added':
      return added(queue, event);
    case 'image-rejected':
      return { ...queue, reading: withoutReading(queue, event.id) };
    case 'image-removed':
      return removed(queue, event.id);
    case 'prediction':
      return update(queue, event.id, { prediction: event.prediction });
    case 'job':
      return update(queue, event.id, {
        state: event.state,
        progress: event.progress,
        result: event.result,
        message: event.message,
      });
    case 'restored':
      return { ...queue, restores: queue.restores + 1 };
    default:
      return queue;
  }
}

interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
}

/** Hands files to the engine one at a time, so that a folder of photographs isn't decoded all at once and keeps its order. */
export class AddedFiles {
  readonly #engine: EngineClient;
  #waiting: readonly Waiting[] = [];
  #restores = 0;

  constructor(engine: EngineClient) {
    this.#engine = engine;
    engine.listen((event) => this.#answer(event));
  }

  add(files: readonly Waiting[]): void {
    const idle = this.#waiting.length === 0;
    this.#waiting = [...this.#waiting, ...files];
    if (idle) this.#sendFirst();
  }

  #sendFirst(): void {
    const first = this.#waiting[0];
    if (first) this.#engine.send({ type: 'add', ...first });
  }

  #answer(event: Event): void {
    if (event.type === 'restored') this.#restores++;
    const first = this.#waiting[0];
    if (!first) return;
    const id = event.type === 'image-added' ? event.image.id : event.type === 'image-rejected' ? event.id : null;
    if (id === first.id) {
      this.#waiting = this.#waiting.slice(1);
      this.#sendFirst();
    } else if (event.type === 'restored' && this.#restores > 1) {
      // The engine was started again, and the file handed to the one before never got its answer.
      this.#sendFirst();
    }
  }
}
