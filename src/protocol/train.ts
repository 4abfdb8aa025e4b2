/** Messages about co-training: its state, kept runs, the pictures it trains on. */

import type { PictureFacts } from '../imaging/picture-facts.ts';
import type { TrainingConfig } from '../paper/config.ts';
import type { FixedScores, LossName, PanelRect } from '../paper/names.ts';
import type { KeptPreset } from '../presets/presets.ts';
import type { TaughtMethod, TaughtScores } from '../presets/teaching.ts';
import type { LogbookChart } from '../report/logbook-page.ts';
import type { Annotation, TrainingPhase } from '../report/run-metrics.ts';
import type { CheckpointSummary, FramePicture, PinnedPicture, RunNotes, ScoreHistogram } from '../report/run-record.ts';

/**
 * none: no run. stored: one of an earlier visit, not loaded. starting: weights and first crops under way. waiting: an image
 * is being upscaled, which goes first. pausing: the iteration under way is being finished.
 */
export type TrainingStatus = 'none' | 'stored' | 'starting' | 'running' | 'waiting' | 'pausing' | 'paused';

/** An upscaler of the user's own that a run makes. */
export interface Teaching {
  readonly name: string;
  /** Iterations after which it is done. */
  readonly iterations: number;
  /** Of each held-out crop, in one order: the student that it began as, and the taught one; null: not measured yet. */
  readonly before: readonly TaughtScores[] | null;
  readonly after: readonly TaughtScores[] | null;
  /** The method that it became; null: none yet. */
  readonly method: TaughtMethod | null;
}

export interface TrainingState {
  readonly status: TrainingStatus;
  /** The step under way, one sentence; empty when the status says it all. */
  readonly message: string;
  /** The error with advice; null without one. */
  readonly fault: string | null;
  /** The stop rule that ended the run, a sentence; null when none did. */
  readonly ended: string | null;
  /** Iterations done. */
  readonly step: number;
  /** Of an iteration that is half done, by single phases: the next one. */
  readonly nextPhase: TrainingPhase | null;
  /** The run's id; null without one. */
  readonly run: string | null;
  /** The run's; null without one. */
  readonly config: TrainingConfig | null;
  /** Iterations that the last checkpoint has; null without one. */
  readonly saved: number | null;
  /** While it starts, how far it is; null otherwise. */
  readonly start: StartProgress | null;
  /** Left out: an ordinary run. */
  readonly teaching?: Teaching | undefined;
}

/** In their order; the first iteration follows. */
export const startStages = ['weights', 'networks', 'crops'] as const;
export type StartStage = (typeof startStages)[number];

export interface StartProgress {
  readonly stage: StartStage;
  readonly done: number;
  readonly of: number;
}

/** More runs than this are not kept. */
export const mostRuns = 16;

export interface StoredRunSummary extends RunNotes {
  readonly id: string;
  readonly preset: KeptPreset;
  readonly config: TrainingConfig;
  /** The settings that the iterations of its newest checkpoint ran with: it is named by them, not by later edits. */
  readonly ran: TrainingConfig;
  /** Its training pictures; null: the page's samples. */
  readonly pictures: readonly PictureFacts[] | null;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** The checkpoint it was forked from. */
  readonly parent: { readonly run: string; readonly step: number } | null;
  /** Left out: an ordinary run. */
  readonly teaching?: Teaching | undefined;
  /** Oldest first. */
  readonly checkpoints: readonly CheckpointSummary[];
}

/** Training pictures of runs that start now, and the collection of the user's own. */
export interface PictureState {
  /** The user's own; else the page's samples. */
  readonly isOwn: boolean;
  readonly count: number;
  readonly bytes: number;
  /** The shorter side of each of them, pixels. */
  readonly sides: readonly number[];
  /** Progress of reading, a sentence; empty when nothing is read. */
  readonly message: string;
}

/** One crop of a run as its networks see it. */
export interface DegradationPreview {
  /** Its place in the pool. */
  readonly index: number;
  readonly hr: ImageBitmap;
  readonly lr: ImageBitmap;
  /** The steps drawn, a line each. */
  readonly steps: readonly string[];
}

/** Estimated memory of a run, before anything is allocated. */
export interface MemoryEstimate {
  readonly bytes: number;
  /** The limit, bytes. */
  readonly budget: number;
  /** Sizes that suit the preset and the budget. */
  readonly proposed: Pick<TrainingConfig, 'crop' | 'batch'>;
  /** Why the preset's networks can't run with these sizes, a sentence; null when they can. */
  readonly fault: string | null;
}

/** Stop rules of a run; null switches one off. A non-finite loss always ends it. */
export interface StopRules {
  /** Iterations done. */
  readonly step: number | null;
  /** Since it was played. */
  readonly minutes: number | null;
  /** The loss that the two below look at. */
  readonly loss: LossName;
  readonly below: number | null;
  /** Iterations in which it must fall. */
  readonly plateau: number | null;
}

/** Pace and stop rules of a run that plays. */
export interface PlaybackSettings {
  readonly until: StopRules;
  /** Most iterations a second; null: as many as there can be. */
  readonly perSecond: number | null;
  /** Slow motion: a phase takes so long at least, in milliseconds. */
  readonly phaseMilliseconds: number;
}

export const fullSpeed: PlaybackSettings = {
  until: { step: null, minutes: null, loss: 'student', below: null, plateau: null },
  perSecond: null,
  phaseMilliseconds: 0,
};

/** Panels of an iteration's first crop, and histograms of the discriminators' scores. */
export interface Frame {
  readonly step: number;
  /** The panels, one below the other. */
  readonly atlas: ImageBitmap;
  /** Panels that are not named have nothing to show. */
  readonly places: readonly PanelRect[];
  readonly histograms: readonly ScoreHistogram[];
  /** Of the crop that stays the same; null where the run has none. */
  readonly fixed: FixedScores | null;
}

export type TrainingEvent =
  | { readonly type: 'training-state'; readonly state: TrainingState }
  /** All rows so far, one after the other; those before are void. */
  | { readonly type: 'training-history'; readonly values: Float64Array; readonly annotations: readonly Annotation[] }
  /** All rows of a stored run, one after the other, as they are with its newest checkpoint. */
  | {
      readonly type: 'training-rows';
      readonly run: string;
      readonly saved: number | null;
      readonly values: Float32Array;
    }
  | { readonly type: 'training-annotation'; readonly annotation: Annotation }
  /** One iteration's numbers, by `columns`. */
  | { readonly type: 'training-row'; readonly values: Float64Array; readonly targets: number }
  /** The phase under way; null: none. */
  | { readonly type: 'training-phase'; readonly phase: TrainingPhase | null }
  /** Null: there is nothing to show any more. */
  | { readonly type: 'training-frame'; readonly frame: Frame | null }
  /** Panels that a phase of the iteration under way has just made; they are drawn until the iteration's own come. */
  | { readonly type: 'training-phase-frame'; readonly frame: Frame }
  /** All kept runs, the one that was saved last first. */
  | { readonly type: 'training-runs'; readonly runs: readonly StoredRunSummary[] }
  /** Null where nothing can be said. */
  | { readonly type: 'training-estimated'; readonly estimate: MemoryEstimate | null }
  | { readonly type: 'training-pictures'; readonly pictures: PictureState }
  /** Null with the reason when there is nothing to show. */
  | { readonly type: 'training-previewed'; readonly preview: DegradationPreview | null; readonly fault: string | null }
  | { readonly type: 'training-exported'; readonly name: string; readonly blob: Blob }
  /**
   * The open run's first held-out crops as PNG, a row each: bicubic and the student that it began as; the taught one and the truth.
   * Null: not made yet, or an ordinary run.
   */
  | { readonly type: 'training-exam'; readonly before: Blob | null; readonly after: Blob | null };

// Commands about co-training.

export type TransportCommand =
  /** Somebody looks at training: answered with its state, and the rows of the run that was saved last. */
  | { readonly type: 'training-open'; readonly samples: readonly string[] }
  | { readonly type: 'training-play'; readonly playback: PlaybackSettings }
  /** A change of how the run goes, from the next iteration on. */
  | { readonly type: 'training-playback'; readonly playback: PlaybackSettings }
  /**
   * Stops between two phases: at the iteration's end, and keeps the run, where that is less than a second away; else half-way.
   */
  | { readonly type: 'training-pause' }
  | { readonly type: 'training-step'; readonly unit: 'iteration' | 'phase' }
  /** Estimates the memory of a run with these settings, with the preset that is open. */
  | { readonly type: 'training-estimate'; readonly config: TrainingConfig }
  /** Settings that may change while the run goes; they hold from the next iteration on. */
  | { readonly type: 'training-edit'; readonly changes: Partial<TrainingConfig> };

/** About kept runs. Those without a run's id are about the one that is open. */
export type RunCommand =
  /** A new run, at its start. Refused while another one is open. */
  | { readonly type: 'training-new'; readonly config: TrainingConfig }
  /** A new run that ends by itself and makes a method of its student. Needs pictures of the user's. */
  | {
      readonly type: 'training-teach';
      readonly name: string;
      readonly iterations: number;
      readonly config: TrainingConfig;
    }
  /** Puts the open run away; it stays in the list. */
  | { readonly type: 'training-close' }
  | { readonly type: 'training-select'; readonly run: string }
  /** The rows of a stored run, to be drawn beside those of others. */
  | { readonly type: 'training-rows'; readonly run: string }
  /** Throws a run and its checkpoints away; null: the open one. */
  | { readonly type: 'training-delete'; readonly run: string | null }
  /** Back to a checkpoint; what came after it goes. */
  | { readonly type: 'training-rewind'; readonly step: number }
  /** A new run that starts where the checkpoint is; the old one stays in the list. */
  | { readonly type: 'training-fork'; readonly step: number }
  | { readonly type: 'training-pin'; readonly step: number; readonly pinned: boolean }
  /** Throws a checkpoint away; never the newest. */
  | { readonly type: 'training-discard'; readonly step: number }
  /** A checkpoint as safetensors; null: the newest. */
  | { readonly type: 'training-export'; readonly step: number | null }
  /** All of a stored run as one file. @param frames what the page has of its pictures; null: those that it came with */
  | { readonly type: 'training-bundle'; readonly run: string; readonly frames: readonly FramePicture[] | null }
  /** Pictures of a run that has a checkpoint, to be there when it is opened again. */
  | { readonly type: 'training-keep-pictures'; readonly run: string; readonly frames: readonly FramePicture[] }
  /** The user's notes of a run, in the place of those before. */
  | { readonly type: 'training-note'; readonly run: string; readonly notes: string }
  /** Keeps a picture for the run's logbook, in the place of one of the same panel at the same iteration. */
  | { readonly type: 'training-pin-panel'; readonly run: string; readonly pin: PinnedPicture }
  | {
      readonly type: 'training-unpin-panel';
      readonly run: string;
      readonly step: number;
      readonly panel: PinnedPicture['panel'];
    }
  /** Stored runs as one page that holds them. @param frames what the page has of the open run's pictures */
  | {
      readonly type: 'training-logbook';
      readonly title: string;
      /** One at least; each with the name that tells it from the others. */
      readonly runs: readonly { readonly run: string; readonly name: string }[];
      readonly charts: readonly LogbookChart[];
      /** With the newest checkpoint of each run. */
      readonly goesOn: boolean;
      readonly frames: readonly FramePicture[] | null;
    }
  /** Opens the file of a checkpoint, of a whole run or of a logbook; each run becomes one of its own. A wrong one changes nothing. */
  | { readonly type: 'training-import'; readonly file: Blob };

export type PictureCommand =
  | { readonly type: 'training-add-pictures'; readonly files: readonly Blob[] }
  /** Chooses the training pictures of runs that start from now on. */
  | { readonly type: 'training-choose-pictures'; readonly own: boolean }
  /** Those that a stored run needs stay with it. */
  | { readonly type: 'training-clear-pictures' }
  /** Crop `index` of the open run, or of the one that these settings would make. */
  | { readonly type: 'training-preview'; readonly config: TrainingConfig; readonly index: number };

export type TrainingCommand = TransportCommand | RunCommand | PictureCommand;
