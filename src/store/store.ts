/** The page's store: the state, the engine that feeds it, and everything a user can do to it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { newId } from '../formats/names.ts';
import { type ProtectMask, protectedShare } from '../imaging/detail.ts';
import { upscaleFactor } from '../presets/architecture.ts';
import type { Command } from '../protocol/index.ts';
import type { UpscaleOptions } from '../protocol/upscale.ts';
import { AddedFiles, fitPicture } from './added-files.ts';
import { ChartView } from './chart-view.ts';
import type { EngineClient } from './client.ts';
import { type CompareActions, createCompareActions } from './compare.ts';
import { ComparePictures } from './compare-pictures.ts';
import { createDiagnosisActions, type DiagnosisActions } from './diagnosis.ts';
import { createEvaluationActions, type EvaluationActions } from './evaluation.ts';
import { createModelsActions, type ModelsActions } from './models.ts';
import { addNotice, type Notice, removeNotice } from './notices.ts';
import { Overlays } from './overlays.ts';
import {
  askToStop,
  forgive,
  hide,
  isActive,
  isRunnable,
  provisional,
  type QueueState,
  refuse,
  stateOf,
  unhide,
  updateItems,
  visibleIds,
} from './queue.ts';
import { finishRemovals } from './removals.ts';
import { loadSettings, type Settings, saveSettings } from './settings.ts';
import { isUndecided, promptStarts } from './starts.ts';
import { type AppState, applyEvent, initialState } from './state.ts';
import { createTrainingActions, type TrainingActions } from './training.ts';
import { keepPictures, TrainingFeed } from './training-feed.ts';
import { loadCompareView, type ViewState } from './view.ts';

export interface Actions extends TrainingActions, ModelsActions, CompareActions, EvaluationActions, DiagnosisActions {
  /**
   * Shows the first of them that is an image, unless the user paints or frames on the one on screen.
   * @param starts however long they take: the user was told, and asked for it
   */
  addFiles(files: readonly File[], starts?: boolean): void;
  select(id: string): void;
  /** Drops what is said of files that were not added. */
  forgive(ids: readonly string[]): void;
  /** Adds a picture that is too large after all, made smaller. */
  makeSmaller(id: string, way: 'scale' | 'crop'): Promise<void>;
  run(ids: readonly string[], preview?: boolean): void;
  runAll(): void;
  cancel(id: string): void;
  /** Turns the detail dial of a finished image; the first turn makes the faithful picture. @param detail 0 … 100 */
  setDetail(id: string, detail: number): void;
  /** Keeps where a finished image stays faithful; the first mask makes the faithful picture. @param mask null: nowhere */
  setProtect(id: string, mask: ProtectMask | null): void;
  /** Runs the faithful method on a finished image, unless its picture is there or under way. */
  makeFaithful(id: string): void;
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
}

export interface AppModel {
  readonly store: StoreApi<AppState>;
  readonly engine: EngineClient;
  readonly feed: TrainingFeed;
  readonly chartView: ChartView;
  readonly pictures: ComparePictures;
  readonly addedFiles: AddedFiles;
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
  const addedFiles = new AddedFiles(engine, {
    read(image, thumbnail) {
      const prediction = { outWidth: image.width * upscaleFactor, outHeight: image.height * upscaleFactor, run: null };
      setQueue(provisional(get().queue, image, prediction, thumbnail));
    },
    refuse: ({ id, name }, message, size) => setQueue(refuse(get().queue, { id, name, message, size })),
  });
  const chartView = new ChartView();
  const feed = new TrainingFeed(engine, new Overlays(engine, chartView));
  keepPictures(engine, feed);
  const pictures = new ComparePictures(engine);

  const remember = debounced(() => {
    const { settings, view } = get();
    saveSettings(localSettings, { ...settings, mode: view.mode, smooth: view.smooth });
  });
  // A choice made just before the page goes is kept as well.
  globalThis.window?.addEventListener('pagehide', remember.flush);
  const keepDetail = debounced(() => {
    const { selected, items } = get().queue;
    const item = items[selected ?? ''];
    if (item) engine.send({ type: 'set-detail', id: item.image.id, detail: item.detail });
  });
  globalThis.window?.addEventListener('pagehide', keepDetail.flush);
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
    set(({ notices }) => ({ notices: addNotice(notices, level, message, undo, globalThis.location?.hash ?? null) }));
  /** Those that the engine knows; it is told of the others when it does. */
  const known = (ids: readonly string[]) => ids.filter((id) => get().queue.items[id]?.isProvisional === false);
  /** Starts what was just added and is short, and shows a part of what isn't. */
  const startFresh = () => {
    const { queue, settings } = get();
    const { run, preview } = promptStarts(queue);
    const decided = queue.order.filter((id) => {
      const item = queue.items[id];
      return item && isUndecided(item) && item.prediction.run && item.prediction.run.seconds !== null;
    });
    set({ queue: updateItems(queue, decided, { isFresh: false }) });
    if (!settings.startsAtOnce) return;
    actions.run(run);
    if (preview === null) return;
    actions.run([preview], true);
    // The first tile ever tells how long the rest takes: then it is decided.
    if (!decided.includes(preview)) set({ queue: updateItems(get().queue, [preview], { isFresh: true }) });
  };

  const actions: Actions = {
    ...createTrainingActions(store, engine, { feed, chartView }, (message) => notice('warning', message)),
    ...createEvaluationActions(store, engine),
    ...createDiagnosisActions(store, engine),
    ...createModelsActions(store, engine, {
      newId,
      notify: (message) => notice('info', message),
      setOptions: (change) => actions.setOptions(change),
    }),
    ...createCompareActions(store, engine, localSettings, reconfigure.flush),
    addFiles(files, starts = false) {
      keepDetail.flush();
      const added = files.map((file) => ({ id: newId(), name: file.name, file }));
      set(({ queue, view }) => ({
        queue: {
          ...queue,
          reading: [...queue.reading, ...added.map(({ id, name }) => ({ id, name, starts }))],
          toShow: view.protecting || view.framing ? [] : added.map(({ id }) => id),
        },
      }));
      addedFiles.add(added);
    },
    select(id) {
      keepDetail.flush();
      setQueue({ ...get().queue, selected: id, toShow: [] });
    },
    forgive(ids) {
      addedFiles.forget(ids);
      setQueue(forgive(get().queue, ids));
    },
    async makeSmaller(id, way) {
      const added = addedFiles.get(id);
      if (!added) return;
      actions.forgive([id]);
      try {
        actions.addFiles([await fitPicture(added, way)]);
      } catch {
        notice('warning', `${added.name} can't be made smaller here: scale it down in another program first.`);
      }
    },
    run(ids, preview = false) {
      // The run takes the settings on screen, even right after a change.
      reconfigure.flush();
      if (ids.length === 0) return;
      setQueue(updateItems(get().queue, ids, { asked: 'run', isFresh: false }));
      const now = known(ids);
      if (now.length > 0) engine.send({ type: 'run', ids: now, ...(preview && { preview }) });
    },
    runAll() {
      const { queue } = get();
      actions.run(visibleIds(queue).filter((id) => isRunnable(stateOf(queue, id))));
    },
    cancel(id) {
      setQueue(askToStop(get().queue, id));
      if (known([id]).length > 0) engine.send({ type: 'cancel', id });
    },
    setDetail(id, detail) {
      setQueue(updateItems(get().queue, [id], { detail }));
      keepDetail();
      actions.makeFaithful(id);
    },
    setProtect(id, mask) {
      setQueue(updateItems(get().queue, [id], { protectedShare: mask ? protectedShare(mask) : 0 }));
      engine.send({ type: 'set-protect', id, mask });
      if (mask) actions.makeFaithful(id);
    },
    makeFaithful(id) {
      const { state } = get().queue.items[id]?.faithful ?? {};
      if (state !== 'none' && state !== 'failed') return;
      setQueue(updateItems(get().queue, [id], { faithful: { state: 'running', share: 0, etaSeconds: null } }));
      engine.send({ type: 'run-faithful', id });
    },
    remove(ids) {
      const { queue } = get();
      for (const id of ids) if (isActive(stateOf(queue, id))) actions.cancel(id);
      setQueue(hide(get().queue, ids));
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
  };

  engine.listen((event) => {
    const before = get().queue.items;
    set((state) => applyEvent(state, event));
    const added = event.type === 'image-added' ? event.image.id : null;
    if (added !== null && get().queue.items[added]?.asked === 'run') engine.send({ type: 'run', ids: [added] });
    if (added !== null || event.type === 'prediction') startFresh();
    // A thumbnail that is replaced or gone gives its memory back now, not at the next garbage collection.
    for (const id in before) {
      const { thumbnail } = before[id] ?? {};
      if (thumbnail && get().queue.items[id]?.thumbnail !== thumbnail) thumbnail.close();
    }
  });
  finishRemovals(store, engine, localSettings);
  configure();
  engine.send({ type: 'restore' });
  return { store, engine, feed, chartView, pictures, addedFiles, actions };
}
