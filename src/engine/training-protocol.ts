/**
 * The part of the protocol that co-training speaks, and the plain data that both ends read it by: settings, phases, and the
 * fixed order of an iteration's numbers.
 */
import type { TrainingConfig } from '../training/config.ts';
import {
  heldOutNames,
  lossNames,
  networkNames,
  phases,
  type ScoreName,
  scoreNames,
  spreadNames,
} from '../training/names.ts';

export { type TrainingPreset, trainingPresets } from '../presets/training-presets.ts';
export { defaultConfig, editTrainingConfig, readTrainingConfig, type TrainingConfig } from '../training/config.ts';
export { type ScoreName, scoreNames } from '../training/names.ts';
export { type Option, type OptionName, options } from '../training/options.ts';
export { histogramBins, histogramRange } from '../training/scores.ts';

/** In the order of an iteration; the teacher samples only crops that it has not sampled before. */
export const trainingPhases = ['teacherTarget', ...phases] as const;
export type TrainingPhase = (typeof trainingPhases)[number];

export const panelNames = [
  'lq',
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

const under = <const G extends string, const N extends string>(group: G, names: readonly N[]) =>
  names.map((name) => `${group}.${name}` as const);

/** The numbers of one iteration in their order; NaN stands for what was not measured. Times are milliseconds. */
export const columns = [
  'step' as const,
  ...under('losses', lossNames),
  ...under('scores', scoreNames),
  ...under('accuracies', scoreNames),
  ...under('spreads', spreadNames),
  ...under('heldOut', heldOutNames),
  ...under('gradNorms', networkNames),
  ...under('timing', [...trainingPhases, 'whole']),
] as const;
export type Column = (typeof columns)[number];

/**
 * none: no run. stored: one of an earlier visit, not loaded. starting: weights and first crops under way. waiting: an image
 * is being upscaled, which goes first. pausing: the iteration under way is being finished.
 */
export type TrainingStatus = 'none' | 'stored' | 'starting' | 'running' | 'waiting' | 'pausing' | 'paused';

export interface TrainingState {
  readonly status: TrainingStatus;
  /** What is going on, one sentence; empty when the status says it all. */
  readonly message: string;
  /** Why the run stopped by itself, and what to do; null when it did not. */
  readonly fault: string | null;
  /** Iterations done. */
  readonly step: number;
  /** Of an iteration that is half done, by single phases: the next one. */
  readonly nextPhase: TrainingPhase | null;
  /** The run's; null without one. */
  readonly config: TrainingConfig | null;
  /** Iterations that the last checkpoint has; null without one. */
  readonly saved: number | null;
}

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

export type TrainingCommand =
  /** Somebody looks at training: answered with its state, and the rows of a run that is kept. */
  | { readonly type: 'training-open'; readonly samples: readonly string[] }
  /** A new run, at its start. Refused while there is another one. */
  | { readonly type: 'training-new'; readonly config: TrainingConfig }
  | { readonly type: 'training-play' }
  /** Stops after the iteration under way, and keeps the run. */
  | { readonly type: 'training-pause' }
  | { readonly type: 'training-step'; readonly unit: 'iteration' | 'phase' }
  /** Settings that may change while the run goes; they hold from the next iteration on. */
  | { readonly type: 'training-edit'; readonly changes: Partial<TrainingConfig> }
  /** Throws the run and its checkpoint away. */
  | { readonly type: 'training-reset' }
  /** The last checkpoint, as safetensors. */
  | { readonly type: 'training-export' };

export type TrainingEvent =
  | { readonly type: 'training-state'; readonly state: TrainingState }
  /** All rows so far, one after the other; those before are void. */
  | { readonly type: 'training-history'; readonly values: Float64Array; readonly annotations: readonly Annotation[] }
  | { readonly type: 'training-annotation'; readonly annotation: Annotation }
  /** One iteration's numbers, by `columns`. */
  | { readonly type: 'training-row'; readonly values: Float64Array; readonly targets: number }
  /** What runs now; null: nothing. */
  | { readonly type: 'training-phase'; readonly phase: TrainingPhase | null }
  /** Null: there is nothing to show any more. */
  | { readonly type: 'training-frame'; readonly frame: Frame | null }
  | { readonly type: 'training-exported'; readonly name: string; readonly blob: Blob };
