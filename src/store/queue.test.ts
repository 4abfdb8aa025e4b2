import { describe, expect, it } from 'vitest';
import type { Event } from '../protocol/index.ts';
import { defaultOptions, type JobState, type Prediction } from '../protocol/upscale.ts';
import {
  forgive,
  hide,
  isRunnable,
  neighbour,
  provisional,
  stateOf,
  unhide,
  updateItems,
  visibleIds,
} from './queue.ts';
import { promptStarts, secondsLeft } from './starts.ts';
import { type AppState, applyEvent, initialState } from './state.ts';

const prediction: Prediction = { outWidth: 40, outHeight: 80, run: null };
const run = { tiles: 1, peakBytes: 1000, seconds: 3 };
const thumbnail = {} as ImageBitmap;

const imageAdded = (id: string, more: { state?: JobState } = {}): Event => ({
  type: 'image-added',
  image: { id, name: `${id}.png`, width: 10, height: 20, hasAlpha: false, bytes: 100 },
  state: 'ready',
  prediction,
  result: null,
  isKept: true,
  thumbnail,
  ...more,
});

const job = (id: string, state: JobState, message: string | null = null): Event => ({
  type: 'job',
  id,
  state,
  progress: null,
  result: null,
  message,
});

const play = (events: readonly Event[], state: AppState = initialState) => events.reduce(applyEvent, state);
const reading = (state: AppState, ...ids: string[]): AppState => ({
  ...state,
  queue: { ...state.queue, reading: ids.map((id) => ({ id, name: `${id}.png`, starts: false })) },
});

describe('the state of the queue', () => {
  it('takes images in the order they come and looks at the first', () => {
    const { queue } = play([imageAdded('a'), imageAdded('b')]);
    expect(queue.order).toEqual(['a', 'b']);
    expect(queue.selected).toBe('a');
  });

  it('stops reading what was added or rejected, and says why it was rejected', () => {
    const state = play(
      [imageAdded('a'), { type: 'image-rejected', id: 'b', name: 'b.txt', message: 'Not an image.' }],
      reading(initialState, 'a', 'b', 'c'),
    );
    expect(state.queue.reading.map(({ id }) => id)).toEqual(['c']);
    expect(state.queue.refused).toEqual([{ id: 'b', name: 'b.txt', message: 'Not an image.', size: null }]);
    expect(state.notices.announcement).toBe('b.txt was not added: Not an image.');
    expect(state.queue.order).toEqual(['a']);
  });

  it('shows no refusal that was dismissed before the engine’s own came', () => {
    const refusal: Event = { type: 'image-rejected', id: 'b', name: 'b.png', message: 'Too large.' };
    const early = play([refusal], reading(initialState, 'b'));
    const dismissed = { ...early, queue: forgive(early.queue, ['b']) };
    expect(play([refusal], dismissed).queue.refused).toEqual([]);
    expect(play([{ ...refusal, id: 'c' }], dismissed).queue.refused).toHaveLength(1);
  });

  it('keeps the place of an image that a restarted engine tells again', () => {
    const { queue } = play([imageAdded('a'), imageAdded('b'), job('a', 'running'), imageAdded('a')]);
    expect(queue.order).toEqual(['a', 'b']);
    expect(queue.items.a?.state).toBe('ready');
  });

  it('follows jobs and predictions, and ignores those of images long gone', () => {
    const options = { ...defaultOptions, method: 'sinsr' } as const;
    const result = { seconds: 1, megapixels: 1, options, backend: 'webgpu', tile: 64 } as const;
    const state = play([
      imageAdded('a'),
      { type: 'prediction', id: 'a', prediction: { ...prediction, run } },
      { type: 'job', id: 'a', state: 'done', progress: null, result, message: null },
      job('gone', 'running'),
    ]);
    expect(state.queue.items.a).toMatchObject({ state: 'done', result, prediction: { run } });
    expect(Object.keys(state.queue.items)).toEqual(['a']);
    expect(state.notices.announcement).toBe('a.png is done.');
    // A new run forgets the result of the one before.
    expect(play([job('a', 'running')], state).queue.items.a?.result).toBeNull();
  });

  it('moves on to the next image when the one on screen goes, and shows it whole', () => {
    const start = play([imageAdded('a'), imageAdded('b'), imageAdded('c')]);
    const looking = { ...start, queue: { ...start.queue, selected: 'b' }, view: { ...start.view, fit: false } };
    const state = play([{ type: 'image-removed', id: 'b' }], looking);
    expect(state.queue.selected).toBe('c');
    expect(state.view.fit).toBe(true);
    const last = play([{ type: 'image-removed', id: 'c' }], state);
    expect(last.queue.selected).toBe('a');
    expect(play([{ type: 'image-removed', id: 'a' }], last).queue).toMatchObject({ selected: null, order: [] });
  });

  it('counts restores', () => {
    const restored: Event = { type: 'restored', count: 0 };
    expect(play([restored, restored]).queue.restores).toBe(2);
  });

  it('leaves the state alone for what others listen to', () => {
    const state = play([imageAdded('a')]);
    const next = play([{ type: 'log', message: 'Backend: …' }], state);
    expect(next).toEqual(state);
    expect(next.queue).toBe(state.queue);
  });
});

describe('a press that the engine has not answered', () => {
  const asked = (state: AppState, wish: 'run' | 'stop') => ({
    ...state,
    queue: updateItems(state.queue, ['a'], { asked: wish }),
  });

  it('shows at once, until the engine says so itself', () => {
    const run = asked(play([imageAdded('a')]), 'run');
    expect(stateOf(run.queue, 'a')).toBe('waiting');
    const running = play([job('a', 'waiting'), job('a', 'running')], run);
    expect(running.queue.items.a).toMatchObject({ state: 'running', asked: null });
    const stopped = asked(running, 'stop');
    expect(stateOf(stopped.queue, 'a')).toBe('stopping');
    // The tile in work still tells its progress.
    expect(stateOf(play([job('a', 'running')], stopped).queue, 'a')).toBe('stopping');
    expect(stateOf(play([job('a', 'paused')], stopped).queue, 'a')).toBe('paused');
    expect(stateOf(play([job('a', 'done')], stopped).queue, 'a')).toBe('done');
  });

  it('is kept for a picture that only the page has read', () => {
    const image = { id: 'a', name: 'a.png', width: 10, height: 20, hasAlpha: false, bytes: 100 };
    const { queue } = reading(initialState, 'a');
    const early = { ...initialState, queue: provisional(queue, image, prediction, thumbnail) };
    expect(early.queue).toMatchObject({
      reading: [],
      selected: 'a',
      items: { a: { isProvisional: true, isKept: false } },
    });
    expect(stateOf(early.queue, 'a')).toBe('reading');
    expect(isRunnable('reading')).toBe(true);
    const read = play([imageAdded('a')], asked(early, 'run'));
    expect(read.queue.items.a).toMatchObject({ isProvisional: false, isKept: true, asked: 'run' });
    // The engine was sooner.
    expect(provisional(read.queue, image, prediction, thumbnail)).toBe(read.queue);
    const refused = play([{ type: 'image-rejected', id: 'a', name: 'a.png', message: 'Damaged.' }], early);
    expect(refused.queue).toMatchObject({ order: [], selected: null, refused: [{ id: 'a', message: 'Damaged.' }] });
  });
});

describe('the time left', () => {
  it('is what the engine measured, or the part of the prediction that is not done', () => {
    const whole = { ...prediction, run: { ...run, seconds: 100 } };
    const progress = { done: 1, total: 4, share: 0.25, etaSeconds: null, etaBand: null };
    expect(secondsLeft({ state: 'ready', prediction: whole, progress: null })).toBe(100);
    expect(secondsLeft({ state: 'paused', prediction: whole, progress })).toBe(75);
    expect(secondsLeft({ state: 'running', prediction: whole, progress: { ...progress, etaSeconds: 7 } })).toBe(7);
    expect(secondsLeft({ state: 'done', prediction: whole, progress: { ...progress, etaSeconds: 0 } })).toBe(100);
    expect(secondsLeft({ state: 'ready', prediction, progress: null })).toBeNull();
  });
});

describe('promptStarts', () => {
  const added = (...seconds: number[]) => {
    const ids = seconds.map((_, i) => String(i));
    const events = ids.map((id, i): Event => {
      const event = imageAdded(id) as Extract<Event, { type: 'image-added' }>;
      return { ...event, prediction: { ...prediction, run: { ...run, seconds: seconds[i] ?? 0 } } };
    });
    return play(events, reading(initialState, ...ids)).queue;
  };

  it('starts what is short, as long as all of it together is', () => {
    expect(promptStarts(added(5, 30, 8, 9))).toEqual({ run: ['0', '2'], preview: null });
  });

  it('shows a part of the picture on screen where that takes long', () => {
    expect(promptStarts(added(600, 5))).toEqual({ run: ['1'], preview: '0' });
  });

  it('starts nothing by itself that may be too much for the tab', () => {
    const tooMuch = { outWidth: 16_384, outHeight: 16_384, run: { ...run, peakBytes: 2 ** 31 } };
    const queue = updateItems(added(5, 5), ['0'], { prediction: tooMuch });
    expect(promptStarts(queue)).toEqual({ run: ['1'], preview: null });
  });

  it('leaves alone what was there before, what is under way and what has no time yet', () => {
    const queue = added(5);
    expect(promptStarts(updateItems(queue, ['0'], { isFresh: false }))).toEqual({ run: [], preview: null });
    expect(promptStarts(updateItems(queue, ['0'], { prediction })).run).toEqual([]);
    expect(promptStarts(play([imageAdded('a')]).queue).run).toEqual([]);
  });
});

describe('hide and unhide', () => {
  const { queue } = play([imageAdded('a'), imageAdded('b'), imageAdded('c')]);

  it('takes images off the screen and brings them back to their place', () => {
    const without = hide(queue, ['a']);
    expect(visibleIds(without)).toEqual(['b', 'c']);
    expect(without.selected).toBe('b');
    expect(visibleIds(unhide(without, ['a']))).toEqual(['a', 'b', 'c']);
  });

  it('empties the viewer with the last one, and Undo fills it again', () => {
    const without = hide(queue, ['a', 'b', 'c']);
    expect(without.selected).toBeNull();
    expect(unhide(without, ['a', 'b', 'c']).selected).toBe('a');
  });

  it('finds a neighbour among the visible ones', () => {
    expect(neighbour(hide(queue, ['b']), 'a')).toBe('c');
    expect(neighbour(queue, 'c')).toBe('b');
  });
});

describe('isRunnable', () => {
  it('is what has no result and is not on its way', () => {
    const states: JobState[] = ['ready', 'waiting', 'running', 'paused', 'done', 'failed'];
    expect(states.filter(isRunnable)).toEqual(['ready', 'paused', 'failed']);
  });
});
