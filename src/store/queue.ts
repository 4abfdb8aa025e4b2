/** The image queue as the page shows it: a summary and a small thumbnail per image, never its pixels. */
import { fullDetail, protectedShare } from '../imaging/detail.ts';
import type { Event } from '../protocol/index.ts';
import type { ImageSummary, JobProgress, JobResult, JobState, OnDemandState, Prediction } from '../protocol/upscale.ts';

export interface QueueItem {
  readonly image: ImageSummary;
  readonly state: JobState;
  /** The user's wish that the engine has not answered yet. */
  readonly asked: 'run' | 'stop' | null;
  /** Read by the page, for as long as the engine hasn't: it would be gone with the tab. */
  readonly isProvisional: boolean;
  /** Kept between visits; not yet while it is provisional, and never where the browser takes no file. */
  readonly isKept: boolean;
  /** Just added, and neither started nor left to the user yet. */
  readonly isFresh: boolean;
  readonly prediction: Prediction;
  readonly progress: JobProgress | null;
  readonly result: JobResult | null;
  /** Why it failed. */
  readonly message: string | null;
  readonly thumbnail: ImageBitmap;
  /** The dial's place, 0 … 100. */
  readonly detail: number;
  /** Part of the picture that is protected, 0 … 1; known once the picture was shown. */
  readonly protectedShare: number;
  readonly faithful: OnDemandState;
  /** Over seeds. */
  readonly spread: OnDemandState;
}

export interface Reading {
  readonly id: string;
  readonly name: string;
  /** Asked to run already. */
  readonly starts: boolean;
}

/** A file that did not become an image, and why. */
export interface Refused {
  readonly id: string;
  readonly name: string;
  readonly message: string;
  /** Of a picture that is too large to upscale as it is; null: there is no remedy here. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

export interface QueueState {
  readonly order: readonly string[];
  readonly items: Readonly<Record<string, QueueItem>>;
  /** Files handed over but not answered for yet. */
  readonly reading: readonly Reading[];
  readonly refused: readonly Refused[];
  /** Ids of files whose refusal was dismissed, perhaps before the engine's own came: that one is not shown. */
  readonly forgiven: readonly string[];
  /** Removed on screen, not yet in the engine: Undo brings them back. */
  readonly hidden: readonly string[];
  /** The image in the viewer. */
  readonly selected: string | null;
  /** Files that were just added: the first that becomes an image goes to the viewer. */
  readonly toShow: readonly string[];
  /** Times the engine has read the queue of the last visit: at its start, and after each restart. */
  readonly restores: number;
}

/** Enough for a folder of broken files to get a sentence each. */
const mostRefused = 40;

export const initialQueue: QueueState = {
  order: [],
  items: {},
  reading: [],
  refused: [],
  forgiven: [],
  hidden: [],
  selected: null,
  toShow: [],
  restores: 0,
};

/** reading: the page has read it, and the engine is to read and keep it. */
export type ShownState = JobState | 'reading' | 'stopping';

/** The state as the user left it: a press shows at once, also while a tile keeps the engine from answering. */
export function shownState(item: Pick<QueueItem, 'state' | 'asked' | 'isProvisional'>): ShownState {
  const { state, asked, isProvisional } = item;
  if (asked === 'stop') return 'stopping';
  if (asked === 'run' && !isActive(state)) return 'waiting';
  return isProvisional ? 'reading' : state;
}

export const isActive = (state: ShownState): boolean =>
  state === 'running' || state === 'waiting' || state === 'stopping';
/** Tells the jobs that "Upscale all" starts. */
export const isRunnable = (state: ShownState): boolean =>
  state === 'ready' || state === 'reading' || state === 'paused' || state === 'failed';

/** As `shownState`, of an image that may be gone. */
export const stateOf = ({ items }: Pick<QueueState, 'items'>, id: string): ShownState => {
  const item = items[id];
  return item ? shownState(item) : 'done';
};

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

/** The wish of the user, or of the page, once the engine's state is this. */
const stillAsked = (asked: QueueItem['asked'], state: JobState): QueueItem['asked'] => {
  const isAnswered = asked === 'run' ? isActive(state) : !isActive(state);
  return isAnswered ? null : asked;
};

/** Changes some items; those that are gone are left out. */
export const updateItems = (queue: QueueState, ids: readonly string[], change: Partial<QueueItem>): QueueState =>
  ids.reduce((changed, id) => update(changed, id, change), queue);

/** The user stops it. Beside a finished picture that ends what is made of the result, about which no job is told. */
export function askToStop(queue: QueueState, id: string): QueueState {
  const isAtWork = queue.items[id]?.isProvisional === false && isActive(stateOf(queue, id));
  return update(queue, id, { asked: isAtWork ? 'stop' : null, isFresh: false });
}

/** A picture as the page itself has read it, before the engine. */
export function provisional(
  queue: QueueState,
  image: ImageSummary,
  prediction: Prediction,
  thumbnail: ImageBitmap,
): QueueState {
  // The engine was sooner, or the file was taken back.
  if (!queue.reading.some(({ id }) => id === image.id)) return queue;
  const event = { image, prediction, thumbnail, state: 'ready', result: null, isKept: false } as const;
  return added(queue, { type: 'image-added', ...event }, true);
}

function added(queue: QueueState, event: Extract<Event, { type: 'image-added' }>, isProvisional = false): QueueState {
  const { image, state, prediction, result, isKept, thumbnail } = event;
  const { detail = fullDetail, faithful = { state: 'none' } } = event;
  const before = queue.items[image.id];
  const read = queue.reading.find(({ id }) => id === image.id);
  const item: QueueItem = {
    image,
    state,
    prediction,
    result,
    thumbnail,
    detail,
    faithful,
    protectedShare: before?.protectedShare ?? 0,
    spread: { state: 'none' },
    progress: null,
    message: null,
    isProvisional,
    isKept,
    asked: before?.asked === 'run' || read?.starts ? 'run' : null,
    isFresh: before ? before.isFresh : read?.starts === false,
  };
  const isNext = queue.toShow.includes(image.id);
  const first = queue.selected ?? (queue.hidden.includes(image.id) ? null : image.id);
  return {
    ...queue,
    // A restarted engine tells its images again: the same id keeps its place.
    order: queue.order.includes(image.id) ? queue.order : [...queue.order, image.id],
    items: { ...queue.items, [image.id]: item },
    reading: withoutReading(queue, image.id),
    selected: isNext ? image.id : first,
    toShow: isNext ? [] : queue.toShow,
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

/** Says of a file, on its place in the list, why it is no image; the first word stands. */
export function refuse(
  queue: QueueState,
  { id, name, message, size = null }: Pick<Refused, 'id' | 'name' | 'message'> & Partial<Pick<Refused, 'size'>>,
): QueueState {
  if (queue.forgiven.includes(id)) return queue;
  const known = queue.refused.find((refused) => refused.id === id);
  const others = queue.refused.filter((refused) => refused !== known);
  return {
    ...queue,
    reading: withoutReading(queue, id),
    refused: [...others, known ? { ...known, size: size ?? known.size } : { id, name, message, size }].slice(
      -mostRefused,
    ),
  };
}

export const forgive = (queue: QueueState, ids: readonly string[]): QueueState => ({
  ...queue,
  refused: queue.refused.filter(({ id }) => !ids.includes(id)),
  forgiven: [...queue.forgiven, ...ids].slice(-mostRefused),
});

export function applyToQueue(queue: QueueState, event: Event): QueueState {
  switch (event.type) {
    case 'image-added':
      return added(queue, event);
    case 'image-rejected':
      return refuse(removed(queue, event.id), event);
    case 'image-removed':
      return removed(queue, event.id);
    case 'prediction':
      return update(queue, event.id, { prediction: event.prediction });
    case 'job':
      return update(queue, event.id, {
        state: event.state,
        asked: stillAsked(queue.items[event.id]?.asked ?? null, event.state),
        progress: event.progress,
        result: event.result,
        message: event.message,
      });
    case 'faithful':
      // Without it there is nothing to blend: the picture is that of the method alone.
      return update(queue, event.id, {
        faithful: event.faithful,
        ...(event.faithful.state === 'none' && { detail: fullDetail }),
      });
    case 'protect':
      return event.isSuggestion ? queue : update(queue, event.id, { protectedShare: protectedShare(event.mask) });
    case 'spread':
      return update(queue, event.id, { spread: event.spread });
    case 'restored':
      return { ...queue, restores: queue.restores + 1 };
    default:
      return queue;
  }
}
