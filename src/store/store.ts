/** The page's store: the state, the engine that feeds it, and everything a user can do to it. */

import { createStore, type StoreApi } from 'zustand/vanilla';
import { newId } from '../formats/names.ts';
import type { Command } from '../protocol/index.ts';
import type { UpscaleOptions } from '../protocol/upscale.ts';
import { ChartView } from './chart-view.ts';
import type { EngineClient } from './client.ts';
import { type CompareActions, createCompareActions } from './compare.ts';
import { ComparePictures } from './compare-pictures.ts';
import { createEvaluationActions, type EvaluationActions } from './evaluation.ts';
import { createModelsActions, type ModelsActions } from './models.ts';
import { addNotice, type Notice, removeNotice } from './notices.ts';
import { Overlays } from './overlays.ts';
import { AddedFiles, hide, isActive, isRunnable, type QueueState, unhide, visibleIds } from './queue.ts';
import { loadSettings, type Settings, saveSettings } from './settings.ts';
import { type AppState, applyEvent, initialState } from './state.ts';
import { createTrainingActions, type TrainingActions } from './training.ts';
import { TrainingFeed } from './training-feed.ts';
import { loadCompareView, type ViewState } from './view.ts';

export interface Actions extends TrainingActions, ModelsActions, CompareActions, EvaluationActions {
  addFiles(files: readonly File[]): void;
  select(id: string): void;
  run(ids: readonly string[]): void;
  runAll(): void;
  cancel(id: string): void;
  /** Off the screen at once; out of the engine when the notice with its Undo button goes. */
  remove(ids: readonly string[]): void;
  undoRemove(ids: readonly string[]): void;
  setOptions(change: Partial<UpscaleOptions>): void;
  setSettings(change: Partial<Omit<Settings, 'options'>>): void;
  /** Opens the engine again with the settings as they are. */
  retry(): void;
  setView(change: Partial<ViewState>): void;
  notify(level: Notice['level'], message: string): void;
  dismiss(notice: number): void;
  diagnose(): void;
  profile(): void;
  loseDevice(): void;
}

export interface AppModel {
  readonly store: StoreApi<AppState>;
  readonly engine: EngineClient;
  readonly feed: TrainingFeed;
  readonly chartView: ChartView;
  readonly pictures: ComparePictures;
  readonly actions: Actions;
}

/** A dragged slider settles before the engine re-opens. */
const settleMilliseconds = 400;

const localSettings = () => localStorage;

interface Debounced {
  (): void;
  /** Runs now what is still waiting. */
  flush(): void;
}

function debounced(run: () => void): Debounced {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const fire = () => {
    timer = null;
    run();
  };
  const schedule = () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(fire, settleMilliseconds);
  };
  const flush = () => {
    if (timer === null) return;
    clearTimeout(timer);
    fire();
  };
  return Object.assign(schedule, { flush });
}

const undoMessage = ({ items }: QueueState, ids: readonly string[]) => {
  const first = items[ids[0] ?? ''];
  return ids.length === 1 && first ? `${first.image.name} removed.` : `${ids.length} images removed.`;
};

export function createApp(engine: EngineClient): AppModel {
  const { mode, smooth, ...settings } = loadSettings(localSettings);
  const store = createStore<AppState>(() => ({
    ...initialState,
    settings,
    view: { ...initialState.view, mode, smooth },
    compare: { ...initialState.compare, view: loadCompareView(localSettings) },
  }));
  const { getState: get, setState: set } = store;
  const addedFiles = new AddedFiles(engine);
  const chartView = new ChartView();
  const feed = new TrainingFeed(engine, new Overlays(engine, chartView));
  const pictures = new ComparePictures(engine);

  const remember = debounced(() => {
    const { settings, view } = get();
    saveSettings(localSettings, { ...settings, mode: view.mode, smooth: view.smooth });
  });
  const configuration = (): Command => ({
    type: 'configure',
    backend: get().settings.backend,
    options: get().settings.options,
  });
  const configure = () => engine.send(configuration());
  const reconfigure = debounced(configure);
  const setQueue = (queue: QueueState) =>
    set(({ queue: before, view }) => ({
      queue,
      view: queue.selected === before.selected ? view : { ...view, fit: true },
    }));
  const notice = (level: Notice['level'], message: string, undo: Notice['undo'] = null) =>
    set(({ notices }) => ({ notices: addNotice(notices, level, message, undo) }));

  const actions: Actions = {
    ...createTrainingActions(store, engine, { feed, chartView }, (message) => notice('warning', message)),
    ...createEvaluationActions(store, engine),
    ...createModelsActions(store, engine, {
      newId,
      notify: (message) => notice('info', message),
      setOptions: (change) => actions.setOptions(change),
    }),
    ...createCompareActions(store, engine, localSettings, reconfigure.flush),
    addFiles(files) {
      const added = files.map((file) => ({ id: newId(), name: file.name, file }));
      set(({ queue }) => ({
        queue: { ...queue, reading: [...queue.reading, ...added.map(({ id, name }) => ({ id, name }))] },
      }));
      addedFiles.add(added);
    },
    select: (id) => setQueue({ ...get().queue, selected: id }),
    run(ids) {
      // The run takes the settings on screen, even right after a change.
      reconfigure.flush();
      if (ids.length > 0) engine.send({ type: 'run', ids });
    },
    runAll() {
      const { queue } = get();
      actions.run(visibleIds(queue).filter((id) => isRunnable(queue.items[id]?.state ?? 'done')));
    },
    cancel: (id) => engine.send({ type: 'cancel', id }),
    remove(ids) {
      const { queue } = get();
      for (const id of ids) if (isActive(queue.items[id]?.state ?? 'done')) actions.cancel(id);
      setQueue(hide(queue, ids));
      notice('info', undoMessage(queue, ids), ids);
    },
    undoRemove(ids) {
      setQueue(unhide(get().queue, ids));
      for (const notice of get().notices.list) if (notice.undo === ids) actions.dismiss(notice.id);
    },
    setOptions(change) {
      set(({ settings }) => ({ settings: { ...settings, options: { ...settings.options, ...change } } }));
      remember();
      reconfigure();
    },
    setSettings(change) {
      const before = get().settings;
      set({ settings: { ...before, ...change } });
      remember();
      if (change.backend !== undefined && change.backend !== before.backend) reconfigure();
    },
    retry: configure,
    setView(change) {
      set(({ view }) => ({ view: { ...view, ...change } }));
      if (change.mode !== undefined || change.smooth !== undefined) remember();
    },
    notify: (level, message) => notice(level, message),
    dismiss: (id) => set(({ notices }) => ({ notices: removeNotice(notices, id) })),
    diagnose() {
      set(({ diagnosis }) => ({ diagnosis: { ...diagnosis, running: true } }));
      engine.send({ type: 'diagnose' });
    },
    profile() {
      set({ profile: { running: true, profile: null, message: null } });
      engine.send({ type: 'profile' });
    },
    loseDevice: () => engine.send({ type: 'lose-device' }),
  };

  engine.listen((event) => {
    const before = get().queue.items;
    set((state) => applyEvent(state, event));
    // A thumbnail that is replaced or gone gives its memory back now, not at the next garbage collection.
    for (const id in before) {
      const { thumbnail } = before[id] ?? {};
      if (thumbnail && get().queue.items[id]?.thumbnail !== thumbnail) thumbnail.close();
    }
  });
  store.subscribe((state, before) => {
    for (const { id, undo } of before.notices.list) {
      if (!undo || state.notices.list.some((notice) => notice.id === id)) continue;
      for (const image of undo) if (state.queue.hidden.includes(image)) engine.send({ type: 'remove', id: image });
    }
  });
  configure();
  engine.send({ type: 'restore' });
  return { store, engine, feed, chartView, pictures, actions };
}
