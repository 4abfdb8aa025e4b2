import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeEngine } from '../../tests/support/fake-engine.ts';
import type { Command, Event } from '../protocol/index.ts';
import type { JobState } from '../protocol/upscale.ts';
import { provisional, stateOf, visibleIds } from './queue.ts';
import { createApp } from './store.ts';

const close = vi.fn();

const imageAdded = (id: string, state: JobState = 'ready'): Event => ({
  type: 'image-added',
  image: { id, name: `${id}.png`, width: 10, height: 20, hasAlpha: false, bytes: 100 },
  state,
  prediction: { outWidth: 40, outHeight: 80, run: null },
  result: null,
  isKept: true,
  thumbnail: { close } as unknown as ImageBitmap,
});

beforeEach(() => {
  vi.useFakeTimers();
  close.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('createApp', () => {
  it('configures the engine and asks for the last visit’s queue', () => {
    const { engine, types } = fakeEngine();
    createApp(engine);
    expect(types()).toEqual(['configure', 'restore']);
  });

  it('waits for a setting to settle, but runs with what is shown', () => {
    const { engine, sent, emit } = fakeEngine();
    const { actions } = createApp(engine);
    emit(imageAdded('a'));
    sent.length = 0;
    actions.setOptions({ seed: 1 });
    actions.setOptions({ seed: 2 });
    expect(sent).toEqual([]);
    actions.runAll();
    expect(sent).toMatchObject([
      { type: 'configure', options: { seed: 2 } },
      { type: 'run', ids: ['a'] },
    ]);
    vi.runAllTimers();
    expect(sent).toHaveLength(2);
  });

  it('runs what is left to run', () => {
    const { engine, sent, emit } = fakeEngine();
    const { actions } = createApp(engine);
    for (const [id, state] of [
      ['a', 'done'],
      ['b', 'paused'],
      ['c', 'running'],
      ['d', 'ready'],
    ] as const) {
      emit(imageAdded(id, state));
    }
    actions.runAll();
    expect(sent.at(-1)).toEqual({ type: 'run', ids: ['b', 'd'] });
  });
});

describe('removing', () => {
  it('tells the engine only when the Undo has gone', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    emit(imageAdded('a'));
    sent.length = 0;
    actions.remove(['a']);
    expect(sent).toEqual([]);
    const notice = store.getState().notices.list[0];
    expect(notice?.message).toBe('a.png removed.');
    actions.dismiss(notice?.id ?? 0);
    expect(sent).toEqual([{ type: 'remove', id: 'a' }]);
    emit({ type: 'image-removed', id: 'a' });
    expect(close).toHaveBeenCalledOnce();
  });

  it('is undone without a trace', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    emit(imageAdded('a'));
    emit(imageAdded('b'));
    sent.length = 0;
    actions.remove(['a', 'b']);
    const { undo, message } = store.getState().notices.list[0] ?? {};
    expect(message).toBe('2 images removed.');
    actions.undoRemove(undo ?? []);
    expect(sent).toEqual([]);
    expect(store.getState().queue).toMatchObject({ hidden: [], selected: 'a' });
    expect(store.getState().notices.list).toEqual([]);
  });

  it('holds when the page goes before Undo does', () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: kept.set.bind(kept) };
    vi.stubGlobal('localStorage', storage);
    const { engine, emit } = fakeEngine();
    const { actions } = createApp(engine);
    emit(imageAdded('a'));
    emit(imageAdded('b'));
    actions.remove(['a']);

    const next = fakeEngine();
    const { store } = createApp(next.engine);
    next.emit(imageAdded('a'));
    next.emit(imageAdded('b'));
    expect(visibleIds(store.getState().queue)).toEqual(['b']);
    expect(store.getState().queue.selected).toBe('b');
    expect(next.types()).toEqual(['configure', 'restore']);
    next.emit({ type: 'restored', count: 2 });
    expect(next.sent.at(-1)).toEqual({ type: 'remove', id: 'a' });
    next.emit({ type: 'image-removed', id: 'a' });
    // A restarted engine reads the queue once more.
    next.emit({ type: 'restored', count: 2 });
    expect(next.types()).toEqual(['configure', 'restore', 'remove']);
    expect(kept.get('cosr.removed')).toBe('[]');

    kept.set('cosr.removed', '{"a":');
    expect(createApp(fakeEngine().engine).store.getState().queue.hidden).toEqual([]);
    vi.unstubAllGlobals();
  });

  it('stops a running image at once', () => {
    const { engine, sent, emit } = fakeEngine();
    const { actions } = createApp(engine);
    emit(imageAdded('a', 'running'));
    actions.remove(['a']);
    expect(sent.at(-1)).toEqual({ type: 'cancel', id: 'a' });
  });
});

describe('adding', () => {
  const ids = (sent: readonly Command[]) => sent.flatMap((command) => (command.type === 'add' ? [command.id] : []));

  it('hands over no file whose picture was removed while it waited', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    actions.addFiles([new File(['1'], 'a.png'), new File(['2'], 'b.png'), new File(['3'], 'c.png')]);
    const [a = '', b = '', c = ''] = store.getState().queue.reading.map(({ id }) => id);
    emit({ type: 'image-removed', id: b });
    emit(imageAdded(a));
    expect(ids(sent)).toEqual([a, c]);
  });

  it('hands over one file at a time, in order', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    actions.addFiles([new File(['1'], 'a.png'), new File(['2'], 'b.png')]);
    expect(store.getState().queue.reading.map(({ name }) => name)).toEqual(['a.png', 'b.png']);
    expect(ids(sent)).toHaveLength(1);
    emit({ type: 'image-rejected', id: ids(sent)[0] ?? '', name: 'a.png', message: 'Bad.' });
    expect(ids(sent)).toHaveLength(2);
    emit(imageAdded(ids(sent)[1] ?? ''));
    expect(store.getState().queue.reading).toEqual([]);
  });

  it('shows the first of them that is an image, unless the user paints on another', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    const selected = () => store.getState().queue.selected;
    emit(imageAdded('old'));
    actions.addFiles([new File(['1'], 'bad.png'), new File(['2'], 'b.png'), new File(['3'], 'c.png')]);
    expect(selected()).toBe('old');
    emit({ type: 'image-rejected', id: ids(sent)[0] ?? '', name: 'bad.png', message: 'Bad.' });
    expect(selected()).toBe('old');
    emit(imageAdded(ids(sent)[1] ?? ''));
    emit(imageAdded(ids(sent)[2] ?? ''));
    expect(selected()).toBe(ids(sent)[1]);
    actions.setView({ protecting: true });
    actions.addFiles([new File(['4'], 'd.png')]);
    emit(imageAdded(ids(sent)[3] ?? ''));
    expect(selected()).toBe(ids(sent)[1]);
  });

  it('hands the file over again to a restarted engine, but not twice to the first one', () => {
    const { engine, sent, emit } = fakeEngine();
    const { actions } = createApp(engine);
    actions.addFiles([new File(['1'], 'a.png')]);
    emit({ type: 'restored', count: 0 });
    expect(ids(sent)).toHaveLength(1);
    emit({ type: 'restored', count: 0 });
    expect(ids(sent)).toHaveLength(2);
    expect(new Set(ids(sent)).size).toBe(1);
  });
});

describe('running', () => {
  it('stops what is made beside a result without stopping the result', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    emit(imageAdded('a', 'done'));
    actions.makeFaithful('a');
    actions.cancel('a');
    expect(sent.at(-1)).toEqual({ type: 'cancel', id: 'a' });
    emit({ type: 'faithful', id: 'a', faithful: { state: 'none' } });
    expect(stateOf(store.getState().queue, 'a')).toBe('done');
  });

  it('waits with a picture that the engine has not read yet', () => {
    const { engine, sent, emit } = fakeEngine();
    const { store, actions } = createApp(engine);
    actions.addFiles([new File(['1'], 'a.png')]);
    const [id = ''] = store.getState().queue.reading.map((file) => file.id);
    const image = { id, name: 'a.png', width: 10, height: 20, hasAlpha: false, bytes: 1 };
    const prediction = { outWidth: 40, outHeight: 80, run: null };
    const thumbnail = { close } as unknown as ImageBitmap;
    store.setState(({ queue }) => ({ queue: provisional(queue, image, prediction, thumbnail) }));
    sent.length = 0;
    actions.run([id]);
    expect(sent).toEqual([]);
    expect(stateOf(store.getState().queue, id)).toBe('waiting');
    emit(imageAdded(id));
    expect(sent).toEqual([{ type: 'run', ids: [id] }]);
  });

  it('has a picture begin that nobody can time yet, and decides once its first tile has told', () => {
    for (const [seconds, expected] of [
      [3, { type: 'run', ids: [expect.any(String)] }],
      [300, { type: 'run', preview: true }],
    ] as const) {
      const { engine, sent, emit } = fakeEngine();
      const { actions, store } = createApp(engine);
      actions.addFiles([new File(['1'], 'a.png')]);
      const [id = ''] = store.getState().queue.reading.map((file) => file.id);
      const predict = (seconds: number | null) =>
        emit({
          type: 'prediction',
          id,
          prediction: { outWidth: 40, outHeight: 80, run: { tiles: 2, peakBytes: 1, seconds } },
        });
      const job = (state: JobState) => emit({ type: 'job', id, state, progress: null, result: null, message: null });
      emit(imageAdded(id));
      sent.length = 0;
      predict(null);
      expect(sent).toMatchObject([{ type: 'run', preview: true }]);
      job('running');
      predict(null);
      job('paused');
      expect(sent).toHaveLength(1);
      predict(seconds);
      predict(seconds);
      expect(sent.slice(1)).toEqual([expect.objectContaining(expected)]);
    }
  });

  it('starts a picture that is added to run, however long it takes', () => {
    const { engine, sent, emit } = fakeEngine();
    const { actions, store } = createApp(engine);
    actions.addFiles([new File(['1'], 'half.png')], true);
    const [id = ''] = store.getState().queue.reading.map((file) => file.id);
    sent.length = 0;
    emit(imageAdded(id));
    const prediction = { outWidth: 40, outHeight: 80, run: { tiles: 1, peakBytes: 1, seconds: 300 } };
    emit({ type: 'prediction', id, prediction });
    expect(sent).toEqual([{ type: 'run', ids: [id] }]);
  });

  it('starts a short picture by itself, and previews a long one, unless the settings say no', () => {
    for (const [startsAtOnce, seconds, expected] of [
      [true, 3, [{ type: 'run' }]],
      [true, 300, [{ type: 'run', preview: true }]],
      [false, 3, []],
    ] as const) {
      const { engine, sent, emit } = fakeEngine();
      const { actions, store } = createApp(engine);
      actions.setSettings({ startsAtOnce });
      actions.addFiles([new File(['1'], 'a.png')]);
      const [id = ''] = store.getState().queue.reading.map((file) => file.id);
      sent.length = 0;
      emit(imageAdded(id));
      const prediction = { outWidth: 40, outHeight: 80, run: { tiles: 1, peakBytes: 1, seconds } };
      emit({ type: 'prediction', id, prediction });
      // Told again by the tiles that ran.
      emit({ type: 'prediction', id, prediction });
      expect(sent).toMatchObject(expected);
      expect(sent).toHaveLength(expected.length);
    }
  });
});
