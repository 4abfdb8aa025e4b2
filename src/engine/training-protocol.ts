/**
 * The part of the protocol that co-training speaks: its commands (training-commands.ts), its events, and the plain data that both
 * ends read them by: settings, phases, and the fixed order of an iteration's numbers.
 */

import type { TrainingConfig } from '../training/config.ts';
import type { LossName, ScoreName } from '../training/names.ts';
import type { PictureFacts } from '../training/picture-facts.ts';
import type { PresetName } from './protocol.ts';
import type { TrainingPhase } from './training/columns.ts';

export { type TrainingPreset, trainingPresets } from '../presets/training-presets.ts';
export { defaultConfig, editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../training/config.ts';
export { type LossName, lossNames, type ScoreName, scoreNames, type TermName, termNames } from '../training/names.ts';
export { type Option, type OptionName, options } from '../training/options.ts';
export { histogramBins, histogramRange } from '../training/scores.ts';
export { type Column, columns, type TrainingPhase, trainingPhases } from './training/columns.ts';
export { rowLines, shortest } from './training/row-lines.ts';
export {
  isPictureCommand,
  isRunCommand,
  type PictureCommand,
  type RunCommand,
  type TrainingCommand,
  type TransportCommand,
} from './training-commands.ts';

export const panelNames = [
  'lq',
  'prior',
  'target',
  'student',
  'truth',
  'low',
  'difference',
  'hrReal',
  'hrFake',
  'lrReal',
  'lrFake',
] as const;
/** What a picture shows; `hrReal` … `lrFake` are the scores of D_H and D_L, place by place. */
export type PanelName = (typeof panelNames)[number];

/**
 * none: no run. stored: one of an earlier visit, not loaded. starting: weights and first crops under way. waiting: an image
 * is being upscaled, which goes first. pausing: the iteration under way is being finished.
 */
export type TrainingStatus = 'none' | 'stored' | 'starting' | 'running' | 'waiting' | 'pausing' | 'paused';

export interface TrainingState {
  readonly status: TrainingStatus;
  /** What is going on, one sentence; empty when the status says it all. */
  readonly message: string;
  /** What went wrong, and what to do; null when nothing did. */
  readonly fault: string | null;
  /** Which of the rules ended the run; null when none did. */
  readonly ended: string | null;
  /** Iterations done. */
  readonly step: number;
  /** Of an iteration that is half done, by single phases: the next one. */
  readonly nextPhase: TrainingPhase | null;
  /** Which one it is; null without one. */
  readonly run: string | null;
  /** The run's; null without one. */
  readonly config: TrainingConfig | null;
  /** Iterations that the last checkpoint has; null without one. */
  readonly saved: number | null;
}

export interface CheckpointSummary {
  /** Iterations done. */
  readonly step: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly saved: number;
  /** Stays until it is deleted; the others make room for newer ones. */
  readonly pinned: boolean;
  /** PSNR-Y of the held-out pictures when it was last measured before, in dB; null: never. */
  readonly psnrY: number | null;
}

/** More runs than this are not kept. */
export const mostRuns = 16;

/** Rows that a run keeps at most; of older iterations ever fewer stay. */
export const mostRows = 20_000;

export interface RunSummary {
  readonly id: string;
  readonly preset: PresetName;
  readonly config: TrainingConfig;
  /** What it is trained on; null: the page's samples. */
  readonly pictures: readonly PictureFacts[] | null;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Where it was forked from. */
  readonly parent: { readonly run: string; readonly step: number } | null;
  /** Oldest first. */
  readonly checkpoints: readonly CheckpointSummary[];
}

/** What runs that start now are trained on, and what there is of the user's own pictures. */
export interface PictureState {
  /** The user's own; else the page's samples. */
  readonly isOwn: boolean;
  readonly count: number;
  readonly bytes: number;
  /** What is being read; empty when nothing is. */
  readonly message: string;
}

/** One crop of a run as its networks see it. */
export interface DegradationPreview {
  /** Its place in the pool. */
  readonly index: number;
  readonly hr: ImageBitmap;
  readonly lr: ImageBitmap;
  /** What was drawn, one line a step. */
  readonly steps: readonly string[];
}

/** What a run with some settings would take, before anything is allocated. */
export interface MemoryEstimate {
  readonly bytes: number;
  /** What it should not go beyond. */
  readonly budget: number;
  /** Sizes that suit the preset and the budget. */
  readonly proposed: Pick<TrainingConfig, 'crop' | 'batch'>;
  /** Why the preset's networks can't run with these sizes, a sentence; null when they can. */
  readonly fault: string | null;
}

/** What ends a run by itself; null switches a rule off. A number that is none always does. */
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

/** How a run that is played goes. */
export interface Drive {
  readonly until: StopRules;
  /** Most iterations a second; null: as many as there can be. */
  readonly perSecond: number | null;
  /** Slow motion: a phase takes so long at least, in milliseconds. */
  readonly phaseMilliseconds: number;
}

export const fullSpeed: Drive = {
  until: { step: null, minutes: null, loss: 'student', below: null, plateau: null },
  perSecond: null,
  phaseMilliseconds: 0,
};

/** Where a panel's picture is on the sheet of all, in pixels from its top left corner. */
export interface PanelPlace {
  readonly name: PanelName;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The share of a discriminator's logits in each bin (histogramRange, scores.ts). */
export interface ScoreHistogram {
  readonly name: ScoreName;
  readonly shares: Float32Array;
}

/** Something that happened to the run between two iterations: on the charts a line. */
export interface Annotation {
  /** Iterations that were done. */
  readonly step: number;
  readonly text: string;
}

/** What an iteration looked like: its first crop, and how the discriminators scored. */
export interface Frame {
  readonly step: number;
  /** The panels, one below the other. */
  readonly sheet: ImageBitmap;
  /** Panels that are not named have nothing to show. */
  readonly places: readonly PanelPlace[];
  readonly histograms: readonly ScoreHistogram[];
}

/** What is on a picture that is kept as a file; the shares of a histogram are as many as its bins. */
export interface StoredFrame {
  readonly step: number;
  readonly places: readonly PanelPlace[];
  readonly histograms: readonly { readonly name: ScoreName; readonly shares: readonly number[] }[];
}

/** The panels of an iteration as a file: PNG or WebP. */
export interface FramePicture {
  readonly frame: StoredFrame;
  readonly image: Blob;
}

/** What a run was computed on. */
export interface RunEnvironmentFacts {
  readonly backend: string;
  /** The GPU's, where there is one. */
  readonly adapter: string;
  readonly host: string;
  readonly versions: Readonly<Record<string, string>>;
}

export type TrainingEvent =
  | { readonly type: 'training-state'; readonly state: TrainingState }
  /** All rows so far, one after the other; those before are void. */
  | { readonly type: 'training-history'; readonly values: Float64Array; readonly annotations: readonly Annotation[] }
  /** All rows of a kept run, one after the other, as they are with its newest checkpoint. */
  | {
      readonly type: 'training-rows';
      readonly run: string;
      readonly saved: number | null;
      readonly values: Float32Array;
    }
  | { readonly type: 'training-annotation'; readonly annotation: Annotation }
  /** One iteration's numbers, by `columns`. */
  | { readonly type: 'training-row'; readonly values: Float64Array; readonly targets: number }
  /** What runs now; null: nothing. */
  | { readonly type: 'training-phase'; readonly phase: TrainingPhase | null }
  /** Null: there is nothing to show any more. */
  | { readonly type: 'training-frame'; readonly frame: Frame | null }
  /** All kept runs, the one that was saved last first. */
  | { readonly type: 'training-runs'; readonly runs: readonly RunSummary[] }
  /** Null where nothing can be said. */
  | { readonly type: 'training-estimated'; readonly estimate: MemoryEstimate | null }
  | { readonly type: 'training-pictures'; readonly pictures: PictureState }
  /** Null with the reason when there is nothing to show. */
  | { readonly type: 'training-previewed'; readonly preview: DegradationPreview | null; readonly fault: string | null }
  | { readonly type: 'training-exported'; readonly name: string; readonly blob: Blob };
