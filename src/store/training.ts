/** State of the Train page: the open run, and the settings of the next one. */

import { defaultConfig, editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../paper/config.ts';
import type { Event } from '../protocol/index.ts';
import {
  type DegradationPreview,
  fullSpeed,
  type MemoryEstimate,
  type PictureState,
  type PlaybackSettings,
  type StoredRunSummary,
  type TrainingState,
  type TrainingStatus,
} from '../protocol/train.ts';
import { type ChartView, freeColour, mostShown, shownRuns } from './chart-view.ts';
import type { EngineClient, SliceStore } from './client.ts';
import { framePictures, type TrainingFeed } from './training-feed.ts';

export interface TrainingSlice {
  /** Null until the engine has looked for a run of an earlier visit. */
  readonly run: TrainingState | null;
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
}

/** Small enough for WebAssembly: with fewer crops the teacher is done sampling sooner. */
export const pageConfig: TrainingConfig = { ...defaultConfig, pool: 16 };

export const initialTraining: TrainingSlice = {
  run: null,
  draft: pageConfig,
  runs: [],
  playback: fullSpeed,
  pictures: { isOwn: false, count: 0, bytes: 0, message: '' },
  estimate: null,
  preview: { shown: null, fault: null },
};

/** The settings that hold now. */
export const currentConfig = ({ run, draft }: Pick<TrainingSlice, 'run' | 'draft'>): TrainingConfig =>
  run?.config ?? draft;

export function applyToTraining(training: TrainingSlice, event: Event): TrainingSlice {
  switch (event.type) {
    case 'training-state':
      // After a run was put away the settings stay as they were, free to be changed.
      return { ...training, run: event.state, draft: event.state.config ?? training.draft };
    case 'training-runs':
      return { ...training, runs: event.runs };
    case 'training-pictures':
      return { ...training, pictures: event.pictures };
    case 'training-estimated':
      return { ...training, estimate: event.estimate };
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
  /** Puts the open run away. */
  closeRun(): void;
  selectRun(run: string): void;
  deleteRun(run: string): void;
  /** Draws a kept run on the charts, beside the open one. */
  showRun(run: string, isShown: boolean): void;
  /** Throws the open run away, also one that is not in the list yet. */
  resetTraining(): void;
  rewindRun(step: number): void;
  forkRun(step: number): void;
  pinCheckpoint(step: number, pinned: boolean): void;
  discardCheckpoint(step: number): void;
  exportCheckpoint(step: number): void;
  /** All of a kept run as one file; what goes wrong is said to the user. */
  downloadRun(run: string): Promise<void>;
  /** A checkpoint's file, or a whole run's. */
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
  /** A run there is: the one under way, or a new one. */
  const begin = () => {
    const { run, draft } = training();
    if (!run?.config) engine.send({ type: 'training-new', config: draft });
  };
  return {
    openTraining: (samples) => engine.send({ type: 'training-open', samples }),
    playTraining() {
      begin();
      engine.send({ type: 'training-play', playback: training().playback });
    },
    pauseTraining: () => engine.send({ type: 'training-pause' }),
    stepTraining(unit) {
      begin();
      engine.send({ type: 'training-step', unit });
    },
    setPlayback(change) {
      const playback = { ...training().playback, ...change };
      store.setState({ training: { ...training(), playback } });
      engine.send({ type: 'training-playback', playback: playback });
    },
    closeRun: () => engine.send({ type: 'training-close' }),
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
    resetTraining: () => engine.send({ type: 'training-delete', run: null }),
    rewindRun: (step) => engine.send({ type: 'training-rewind', step }),
    forkRun: (step) => engine.send({ type: 'training-fork', step }),
    pinCheckpoint: (step, pinned) => engine.send({ type: 'training-pin', step, pinned }),
    discardCheckpoint: (step) => engine.send({ type: 'training-discard', step }),
    exportCheckpoint: (step) => engine.send({ type: 'training-export', step }),
    async downloadRun(run) {
      const isOpen = training().run?.run === run;
      try {
        const frames = isOpen ? await framePictures(feed.images.frames) : null;
        engine.send({ type: 'training-bundle', run, frames });
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        warn(`The run was not downloaded, for its pictures could not be packed (${cause}): try again.`);
      }
    },
    importRun: (file) => engine.send({ type: 'training-import', file }),
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
