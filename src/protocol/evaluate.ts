/**
 * The part of the protocol that evaluation speaks: a set of pictures, the methods over it, what has been measured so far. The
 * table, its files and the paper's numbers are made from that by the same functions on the page and on the command line.
 */
import type { DegradationKind } from '../degradation/settings.ts';
import type { MethodResult, MetricFacts } from '../report/columns.ts';
import type { EvaluationMethod, FinishedMethod } from '../report/methods.ts';
import type { BackendRequest, UpscaleOptions } from './upscale.ts';

/** degraded: HR pictures, LR made from them here. pairs: HR and LR of the same name. blind: LR alone. */
export type SetKind = 'degraded' | 'pairs' | 'blind';
export type PictureRole = 'hr' | 'lr';
/** The use of a picture: in the set, or as an output that another program made for it. */
export type PictureUse = PictureRole | FinishedMethod;

/** Set and methods to evaluate; kept between visits. */
export interface EvaluationSetup {
  readonly set: SetKind;
  readonly degradation: DegradationKind;
  /** In the order of the table. */
  readonly methods: readonly EvaluationMethod[];
}

/** The Upscale page's settings that results depend on besides. */
export type EvaluationOptions = Pick<UpscaleOptions, 'preset' | 'seed' | 'colourLock' | 'tile' | 'memoryBudget'>;

export interface RoleSummary {
  readonly count: number;
  readonly bytes: number;
}

/** A file of the user's: an ONNX model that upscales, or one that measures. */
export interface EvaluationFile {
  readonly name: string;
  readonly bytes: number;
  /** Null for one that upscales. */
  readonly metric: MetricFacts | null;
}

export interface EvaluationState {
  readonly setup: EvaluationSetup;
  /** The last change of it that the engine has heard of: the page may have made newer ones. */
  readonly revision: number;
  readonly pictures: Readonly<Record<PictureRole, RoleSummary>>;
  /** The set as it would run: its pictures, notes on cuts and omissions, and why it can't be run (null: it can). */
  readonly set: { readonly count: number; readonly notes: readonly string[]; readonly fault: string | null };
  /** Methods that can be chosen with these weights and files, in the order of the table. */
  readonly offered: readonly EvaluationMethod[];
  /** Length of the schedule of the preset's teacher; null: it has none. */
  readonly teacherSteps: number | null;
  readonly files: readonly EvaluationFile[];
  /** Outputs of other programs, by the row that they fill. */
  readonly results: readonly (RoleSummary & { readonly method: FinishedMethod })[];
  /** Pictures being read; null when none are. */
  readonly reading: { readonly done: number; readonly total: number } | null;
  readonly running: boolean;
  /** Of the chosen methods over all pictures: measured, and to be measured. */
  readonly done: number;
  readonly total: number;
  /** The methods that have pictures to be measured. */
  readonly left: readonly MethodWork[];
  /** Why the last run ended before it was done; null when it wasn't so. */
  readonly fault: string | null;
  /** False where the browser keeps nothing: results go with the tab. */
  readonly kept: boolean;
}

/** Work of one method that is left. */
export interface MethodWork {
  readonly method: EvaluationMethod;
  /** Of the outputs. */
  readonly megapixels: number;
  /** Of earlier pictures with this preset, reading and measuring included; null: it never ran here. */
  readonly secondsPerMegapixel: number | null;
}

/** One picture of the set as files that the page can show: PNG. */
export interface EvaluationPictures {
  readonly name: string;
  readonly lr: Blob;
  readonly truth: Blob | null;
  /** Of the chosen methods, those that are kept. */
  readonly outputs: readonly { readonly method: EvaluationMethod; readonly file: Blob }[];
}

export interface EvaluationReport {
  readonly adapter: string;
  readonly preset: string;
  /** Of the methods chosen, as far as they have been measured. */
  readonly methods: readonly MethodResult[];
}

export type EvaluationCommand =
  /** Somebody looks: answered with state and results. The options may be others than the last time. */
  | { readonly type: 'evaluation-open'; readonly options: EvaluationOptions; readonly backend: BackendRequest }
  /** Changes are counted by the page. */
  | { readonly type: 'evaluation-set'; readonly change: Partial<EvaluationSetup>; readonly revision: number }
  | { readonly type: 'evaluation-add'; readonly role: PictureUse; readonly files: readonly File[] }
  | { readonly type: 'evaluation-clear'; readonly role: PictureUse }
  /** An ONNX file that upscales, or measures; auto: whatever it is. */
  | { readonly type: 'evaluation-add-model'; readonly use: 'method' | 'metric' | 'auto'; readonly file: File }
  | { readonly type: 'evaluation-remove-model'; readonly name: string }
  /** Answered with `evaluation-pictures`, or a notice. */
  | { readonly type: 'evaluation-look'; readonly name: string }
  /** Runs what has not been measured yet. */
  | { readonly type: 'evaluation-run' }
  /** Stops within a tile; pictures that were measured stay. */
  | { readonly type: 'evaluation-cancel' }
  /** Forgets all that was measured; the next run begins anew. */
  | { readonly type: 'evaluation-forget' };

export type EvaluationEvent =
  | { readonly type: 'evaluation-state'; readonly state: EvaluationState }
  | { readonly type: 'evaluation-results'; readonly report: EvaluationReport }
  | ({ readonly type: 'evaluation-pictures' } & EvaluationPictures)
  | {
      readonly type: 'evaluation-progress';
      readonly method: EvaluationMethod;
      readonly done: number;
      readonly total: number;
      /** Seconds left for this method. */
      readonly etaSeconds: number | null;
    };
