/** State of the Train page: the open run, and the settings of the next one. */

import { defaultConfig, editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../paper/config.ts';
import type { Event } from '../protocol/index.ts';
import {
  type DegradationPreview,
  fullSpeed,
  type MemoryEstimate,
  type PictureState,
  type PlaybackSettings,
  type RunCommand,
  type StoredRunSummary,
  type TrainingState,
  type TrainingStatus,
} from '../protocol/train.ts';
import type { PinnedPicture } from '../report/run-record.ts';
import { type ChartView, freeColour, mostShown, shownRuns } from './chart-view.ts';
import type { EngineClient, SliceStore } from './client.ts';
import { framePictures, type TrainingFeed } from './training-feed.ts';

/** A press that the engine, which may be busy, has not answered yet: the page shows it at once. */
interface Asked {
  readonly wants: 'go' | 'pause';
  /** Answers of the engine until it has heard of it. */
  readonly answers: number;
  /** To be sent once the engine has looked for a run of an earlier visit; null: it was sent. */
  readonly held: 'play' | 'iteration' | 'phase' | null;
}

export interface TrainingSlice {
  /** Null until the engine has looked for a run of an earlier visit. Its status is as the user last asked for. */
  readonly run: TrainingState | null;
  /** Null: the engine has answered. */
  readonly asked: Asked | null;
  /** Settings of a run that is not started yet; of one that is, its own hold. */
  readonly draft: TrainingConfig;
  /** Kept ones, the one that was saved last first. */
  readonly runs: readonly StoredRunSummary[];
  /** Pace and stop rules of played runs. */
  readonly playback: PlaybackSettings;
  readonly pictures: PictureState;
  /** Of the settings on screen; null: nothing can be said. */
  readonly estimate: MemoryEstimate | null;
  /** One crop; with the reason where there is none. */
  readonly preview: { readonly shown: DegradationPreview | null; readonly fault: string | null };
  /** Held-out crops of the open run, where it teaches an upscaler (protocol). */
  readonly exam: { readonly before: Blob | null; readonly after: Blob | null };
}

/** Small enough for WebAssembly: with fewer crops the teacher is done sampling sooner. */
export const pageConfig: TrainingConfig = { ...defaultConfig, pool: 16 };

export const initialTraining: TrainingSlice = {
  run: null,
  asked: null,
  draft: pageConfig,
  runs: [],
  playback: fullSpeed,
  pictures: { isOwn: false, count: 0, bytes: 0, sides: [], message: '' },
  estimate: null,
  preview: { shown: null, fault: null },
  exam: { before: null, after: null },
};

/** The settings that hold now. */
export const currentConfig = ({ run, draft }: Pick<TrainingSlice, 'run' | 'draft'>): TrainingConfig =>
  run?.config ?? draft;

/** The engine's state as the user last asked for it, and whether that is still to be answered. */
function settled(asked: Asked | null, state: TrainingState): Pick<TrainingSlice, 'run' | 'asked'> {
  if (!asked || asked.held !== null) return { run: state, asked };
  if (asked.wants === 'pause') {
    const isHeard = !isBusy(state.status) || state.status === 'pausing';
    return isHeard ? { run: state, asked: null } : { run: { ...state, status: 'pausing' }, asked };
  }
  const isHeard = isBusy(state.status) || state.fault !== null || asked.answers <= 1;
  if (isHeard) return { run: state, asked: null };
  return { run: { ...state, status: 'starting' }, asked: { ...asked, answers: asked.answers - 1 } };
}

export function applyToTraining(training: TrainingSlice, event: Event): TrainingSlice {
  switch (event.type) {
    case 'training-state':
      // After a run was put away the settings stay as they were, free to be changed.
      return { ...training, ...settled(training.asked, event.state), draft: event.state.config ?? training.draft };
    case 'training-runs':
      return { ...training, runs: event.runs };
    case 'training-pictures':
      return { ...training, pictures: event.pictures };
    case 'training-estimated':
      return { ...training, estimate: event.estimate };
    case 'training-exam':
      return { ...training, exam: { before: event.before, after: event.after } };
    case 'training-previewed':
      return { ...training, preview: { shown: event.preview, fault: event.fault } };
    default:
      return training;
  }
}

/** The user's actions on training runs. */
export interface TrainingActions {
  /** Looks for a run of an earlier visit. @param samples addresses of the pictures to train on */
  openTraining(samples: readonly string[]): void;
  playTraining(): void;
  pauseTraining(): void;
  stepTraining(unit: 'iteration' | 'phase'): void;
  /** Changes pace and stop rules, also of a run that plays. */
  setPlayback(change: Partial<PlaybackSettings>): void;
  /** Puts the open run away. @param keepsSettings false: the next one has the page's own settings and the samples */
  closeRun(keepsSettings: boolean): void;
  /** A new run that ends by itself and makes a method of its student; the open one is put away. */
  teachUpscaler(name: string, iterations: number, config: TrainingConfig): void;
  selectRun(run: string): void;
  deleteRun(run: string): void;
  /** Draws a kept run on the charts, beside the open one. */
  showRun(run: string, isShown: boolean): void;
  /** Throws the open run away, also one that is not in the list yet. @param keepsSettings as of `closeRun` */
  resetTraining(keepsSettings: boolean): void;
  rewindRun(step: number): void;
  forkRun(step: number): void;
  pinCheckpoint(step: number, pinned: boolean): void;
  discardCheckpoint(step: number): void;
  exportCheckpoint(step: number): void;
  /** All of a kept run as one file; what goes wrong is said to the user. */
  downloadRun(run: string): Promise<void>;
  /** Kept runs as one page that holds them; what goes wrong is said to the user. */
  saveLogbook(
    logbook: Pick<Extract<RunCommand, { type: 'training-logbook' }>, 'title' | 'runs' | 'charts' | 'goesOn'>,
  ): Promise<void>;
  /** Takes the user's notes of a run, in Markdown. */
  noteRun(run: string, notes: string): void;
  /** Keeps a picture for a run's logbook, in the place of one of the same panel and iteration. */
  pinPanel(run: string, pin: PinnedPicture): void;
  unpinPanel(run: string, pin: Pick<PinnedPicture, 'step' | 'panel'>): void;
  /** A checkpoint's file, a whole run's, or a logbook; it waits for the engine to have looked for runs of earlier visits. */
  importRun(file: Blob): void;
  addTrainingPictures(files: readonly Blob[]): void;
  chooseTrainingPictures(own: boolean): void;
  clearTrainingPictures(): void;
  /** Asks what a run with these settings would take of memory. */
  estimateTraining(config: TrainingConfig): void;
  /** Asks for a crop of the run, or of the one to come. */
  previewCrop(index: number): void;
  /** Of the run, or of the one to come. @throws one sentence when a value is out of its range or can't change now */
  editTraining(changes: Partial<TrainingConfig>): void;
}

/** @param warn says a sentence that the user should see */
export function createTrainingActions(
  store: SliceStore<{ readonly training: TrainingSlice }>,
  engine: EngineClient,
  { feed, chartView }: { readonly feed: TrainingFeed; readonly chartView: ChartView },
  warn: (message: string) => void,
): TrainingActions {
  const training = () => store.getState().training;
  const set = (change: Partial<TrainingSlice>) => store.setState({ training: { ...training(), ...change } });
  /** The run that there is goes, or a new one. */
  const go = (how: 'play' | 'iteration' | 'phase') => {
    const { run, draft, playback } = training();
    if (!run) {
      set({ asked: { wants: 'go', answers: 1, held: how } });
      return;
    }
    if (!run.config) engine.send({ type: 'training-new', config: draft });
    engine.send(how === 'play' ? { type: 'training-play', playback } : { type: 'training-step', unit: how });
    set({
      run: { ...run, status: 'starting', fault: null, ended: null },
      asked: { wants: 'go', answers: run.config ? 1 : 2, held: null },
    });
  };
  const openPictures = () => framePictures(feed.images.frames);
  const packing = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      warn(`The run was not downloaded, for its pictures could not be packed (${cause}): try again.`);
    }
  };
  /** Files that came before the engine had looked for runs. */
  let waiting: Blob[] = [];
  /** The run that is being put away leaves its settings to none. */
  let startsOver = false;
  const startOver = (keepsSettings: boolean) => {
    startsOver = !keepsSettings;
    if (startsOver) engine.send({ type: 'training-choose-pictures', own: false });
  };
  engine.listen(({ type }) => {
    if (type !== 'training-state') return;
    for (const file of waiting) engine.send({ type: 'training-import', file });
    waiting = [];
    // Once the store has it.
    queueMicrotask(() => {
      const { run, asked } = training();
      if (startsOver && run?.config === null) {
        startsOver = false;
        set({ draft: pageConfig });
      }
      if (run && asked?.held) go(asked.held);
    });
  });
  return {
    openTraining: (samples) => engine.send({ type: 'training-open', samples }),
    playTraining: () => go('play'),
    pauseTraining() {
      const { run } = training();
      engine.send({ type: 'training-pause' });
      if (run) set({ run: { ...run, status: 'pausing' }, asked: { wants: 'pause', answers: 1, held: null } });
      else set({ asked: null });
    },
    stepTraining: go,
    setPlayback(change) {
      const playback = { ...training().playback, ...change };
      store.setState({ training: { ...training(), playback } });
      engine.send({ type: 'training-playback', playback: playback });
    },
    closeRun(keepsSettings) {
      engine.send({ type: 'training-close' });
      startOver(keepsSettings);
    },
    teachUpscaler(name, iterations, config) {
      set({ playback: fullSpeed });
      engine.send({ type: 'training-teach', name, iterations, config });
    },
    selectRun: (run) => engine.send({ type: 'training-select', run }),
    deleteRun: (run) => engine.send({ type: 'training-delete', run }),
    showRun(run, isShown) {
      const { shown } = chartView.now;
      const open = training().run?.run ?? null;
      const all = shownRuns(shown, open);
      // Without an open run the recording may be on the charts.
      const drawn = open === null ? all.length + 1 : all.length;
      if (!isShown) chartView.change({ shown: shown.filter((each) => each.run !== run) });
      else if (drawn >= mostShown) {
        warn(
          `The charts show ${mostShown} runs at most, the open one or the recording among them: untick another one first.`,
        );
      } else chartView.change({ shown: [...shown, { run, colour: freeColour(all) }] });
    },
    resetTraining(keepsSettings) {
      engine.send({ type: 'training-delete', run: null });
      startOver(keepsSettings);
    },
    rewindRun: (step) => engine.send({ type: 'training-rewind', step }),
    forkRun: (step) => engine.send({ type: 'training-fork', step }),
    pinCheckpoint: (step, pinned) => engine.send({ type: 'training-pin', step, pinned }),
    discardCheckpoint: (step) => engine.send({ type: 'training-discard', step }),
    exportCheckpoint: (step) => engine.send({ type: 'training-export', step }),
    downloadRun: (run) =>
      packing(async () => {
        const isOpen = training().run?.run === run;
        engine.send({ type: 'training-bundle', run, frames: isOpen ? await openPictures() : null });
      }),
    saveLogbook: (logbook) =>
      packing(async () => {
        const isOpen = logbook.runs.some(({ run }) => training().run?.run === run);
        engine.send({ type: 'training-logbook', ...logbook, frames: isOpen ? await openPictures() : null });
      }),
    noteRun: (run, notes) => engine.send({ type: 'training-note', run, notes }),
    pinPanel: (run, pin) => engine.send({ type: 'training-pin-panel', run, pin }),
    unpinPanel: (run, { step, panel }) => engine.send({ type: 'training-unpin-panel', run, step, panel }),
    importRun(file) {
      if (training().run) engine.send({ type: 'training-import', file });
      else waiting.push(file);
    },
    addTrainingPictures: (files) => engine.send({ type: 'training-add-pictures', files }),
    chooseTrainingPictures: (own) => engine.send({ type: 'training-choose-pictures', own }),
    clearTrainingPictures: () => engine.send({ type: 'training-clear-pictures' }),
    estimateTraining: (config) => engine.send({ type: 'training-estimate', config }),
    previewCrop: (index) => engine.send({ type: 'training-preview', config: currentConfig(training()), index }),
    editTraining(changes) {
      const { run, draft } = training();
      if (!run?.config) {
        store.setState({ training: { ...training(), draft: readTrainingConfig(changes, draft) } });
        return;
      }
      // On screen at once; the engine says the same when it has a moment.
      const config = editTrainingConfig(run.config, changes);
      store.setState({ training: { ...training(), run: { ...run, config }, draft: config } });
      engine.send({ type: 'training-edit', changes });
    },
  };
}

/** The run goes, or is about to: it can be paused, not stepped. */
export const isBusy = (status: TrainingStatus | null): boolean =>
  status === 'starting' || status === 'running' || status === 'waiting' || status === 'pausing';
