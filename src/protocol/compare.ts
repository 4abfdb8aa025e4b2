/** Messages about comparing: inputs, methods, results. */
import type { DegradationKind } from '../degradation/settings.ts';
import type { Rect } from '../imaging/image.ts';
import type { PresetName } from '../presets/presets.ts';
import { metricsVersion, type Scores } from '../report/columns.ts';
import {
  type CompareMethod,
  faithfulMethod,
  isClassical,
  isEsrgan,
  type Method,
  methodVersion,
  type UserOnnxName,
} from '../report/methods.ts';
import type { ColourLock } from './upscale.ts';

/** At least these many and at most those are compared. */
export const fewestMethods = 2;
export const mostMethods = 6;

/** Origins of the LR picture: given, a known degradation, or this project's G (diffusion or convolutional). */
export type DegradationName = 'given' | DegradationKind | 'learned' | 'learned-conv';

/** In the order of menus. */
export const degradationNames = [
  'given',
  'bicubic',
  'realesrgan-test',
  'realesrgan',
  'learned',
  'learned-conv',
] as const satisfies readonly DegradationName[];

export interface Degradation {
  readonly name: DegradationName;
  /** 0 … 2³²−1; plays no part where nothing is drawn. */
  readonly seed: number;
}

/** y of a learned degradation: the true one of a pair, else bicubic. */
export interface LearnedScores {
  readonly against: 'given' | 'bicubic';
  readonly psnrRgb: number;
  readonly psnrY: number;
  /** Null: too small. */
  readonly ssimY: number | null;
}

export interface CompareInput {
  readonly id: string;
  readonly name: string;
  /** One picture, HR or LR, or both of a pair. */
  readonly kind: 'single' | 'pair';
  readonly degradation: Degradation;
}

/** Of the input on screen. */
export interface PreparedInput {
  readonly id: string;
  /** Of the LR picture, pixels; the results are four times as large. */
  readonly width: number;
  readonly height: number;
  readonly hasTruth: boolean;
  /** Whether there is another y to hold the LR picture against. */
  readonly hasReference: boolean;
  readonly learned: LearnedScores | null;
  /** Steps of the degradation, a line each. */
  readonly steps: readonly string[];
}

/** Those against the truth are there where it is. */
export interface CompareScores extends Partial<Omit<Scores, 'perceptual'>> {
  /** dB. */
  readonly psnrRgb?: number;
  /** Of the picture alone; missing where it was never measured. */
  readonly niqe?: number | null;
}

/** Settings that a method's picture depends on, besides the input. */
export interface CompareSettings {
  readonly preset: PresetName;
  readonly seed: number;
  readonly colourLock: ColourLock;
}

export interface CompareResult {
  readonly method: CompareMethod;
  readonly settings: CompareSettings;
  /** Why there is no picture; the rest is void then. */
  readonly fault: string | null;
  /** Of the run: weights and kernels were ready. */
  readonly ms: number;
  /** Of output a second. */
  readonly megapixelsPerSecond: number;
  /** Most bytes of tensors, weights included; null: the method has none, or its runtime doesn't tell. */
  readonly peakBytes: number | null;
  readonly parameters: number | null;
  readonly scores: CompareScores | null;
  /** `metricsVersion` that it was measured with; missing in results of before there were versions. */
  readonly metrics?: number;
  /** `methodVersion` that made it; missing in results of before there were versions. */
  readonly version?: number;
}

/** Whether its numbers are those of today's metrics. */
export const hasCurrentScores = ({ metrics }: CompareResult): boolean => metrics === metricsVersion;

/** Whether a result is what running its method now would give. */
export function isCurrent(result: CompareResult, now: CompareSettings): boolean {
  const { method, settings, fault } = result;
  if (fault !== null || !hasCurrentScores(result) || (result.version ?? 1) !== methodVersion(method)) return false;
  // ESRGANs draw no noise, and their colours are left alone.
  return (
    isClassical(method) ||
    isEsrgan(method) ||
    (['preset', 'seed', 'colourLock'] as const).every((key) => settings[key] === now[key])
  );
}

export interface UserOnnxModel {
  readonly name: UserOnnxName;
  readonly file: string;
  readonly bytes: number;
}

/** queued: waits for the image in work. */
export interface CompareWork {
  readonly task: 'prepare' | 'methods' | 'chain' | 'sweep' | 'critic' | 'model';
  readonly phase: 'queued' | 'opening' | 'running' | 'measuring';
  /** The one that runs. */
  readonly method: CompareMethod | null;
  /** Of the methods or seeds. */
  readonly done: number;
  readonly total: number;
  /** Of the picture in work, 0 … 1. */
  readonly share: number;
  /** Seconds left; null until something tells. */
  readonly etaSeconds: number | null;
  /** Of all that is left, or of the method in work alone: others have not run yet. */
  readonly etaOf: 'all' | 'method';
}

/** A task before its first news. */
export const queuedWork: Omit<CompareWork, 'task'> = {
  phase: 'queued',
  method: null,
  done: 0,
  total: 0,
  share: 0,
  etaSeconds: null,
  etaOf: 'all',
};

export interface CompareState {
  readonly inputs: readonly CompareInput[];
  readonly selected: string | null;
  /** Null while it is being read. */
  readonly prepared: PreparedInput | null;
  /** In the order of the panes. */
  readonly methods: readonly CompareMethod[];
  readonly models: readonly UserOnnxModel[];
  /** Of the selected input. */
  readonly results: readonly CompareResult[];
  /** Why the last thing asked for was not done; null: it was. */
  readonly fault: string | null;
  /** The last choice of methods or degradation that the engine has heard of: the page may have made newer ones. */
  readonly revision: number;
}

/** A picture of the input on screen, besides results. */
export type CompareLayer = 'lr' | 'reference' | 'truth' | 'blend' | CompareMethod;

/** Methods that the layer `blend` lies between: the faithful end of the detail dial and the detailed one. */
export const blendEnds = [faithfulMethod, 'ours'] as const satisfies readonly CompareMethod[];

/** One x̂₀ of the teacher's chain. */
export interface ChainStep {
  /** t of x_t that it was predicted from, T … 1. */
  readonly t: number;
  /** dB against the truth; null without. */
  readonly psnrY: number | null;
  readonly bitmap: ImageBitmap;
}

/** A discriminator's view of a picture. */
export interface ShownJudgement {
  readonly layer: CompareLayer;
  /** Orange where it is taken for fake, blue for real. */
  readonly bitmap: ImageBitmap;
  /** Mean logit. */
  readonly mean: number;
}

export interface SweepRow {
  readonly seed: number;
  readonly ms: number;
  readonly scores: CompareScores;
}

export interface Sweep {
  readonly method: CompareMethod;
  readonly rows: readonly SweepRow[];
  /** Standard deviation over the seeds as colour; `full` is the brightest colour's, 8-bit levels. */
  readonly map: ImageBitmap;
  readonly full: number;
  /** Over the picture, 8-bit levels. */
  readonly mean: number;
}

export type CompareCommand =
  /** Reads what an earlier visit left; answers with `compare-state` and the pictures. Again: all is told again. */
  | { readonly type: 'compare-open' }
  /** Pictures; two of one name, one four times as large, are a pair. */
  | { readonly type: 'compare-add'; readonly files: readonly File[]; readonly degradation: Degradation | null }
  | { readonly type: 'compare-select'; readonly id: string }
  | { readonly type: 'compare-remove'; readonly id: string }
  /** Choices are counted by the page. */
  | {
      readonly type: 'compare-degrade';
      readonly id: string;
      readonly degradation: Degradation;
      readonly revision: number;
    }
  | { readonly type: 'compare-choose'; readonly methods: readonly CompareMethod[]; readonly revision: number }
  /** An ONNX file; it is tried on a tile before it is taken. */
  | { readonly type: 'compare-model'; readonly file: File }
  | { readonly type: 'compare-forget-model'; readonly name: UserOnnxName }
  /** Runs the chosen methods whose picture is missing or made otherwise; or all of them. */
  | { readonly type: 'compare-run'; readonly all: boolean }
  | { readonly type: 'compare-chain'; readonly at: { readonly x: number; readonly y: number } }
  | { readonly type: 'compare-sweep'; readonly method: Method; readonly count: number }
  /** Asks the discriminators for their scores of these pictures. */
  | { readonly type: 'compare-critic'; readonly layers: readonly CompareLayer[] }
  /** Blends the pictures of `blendEnds`, 0 … 100 per cent of the detailed one; answers with the picture and `compare-blended`. */
  | { readonly type: 'compare-blend'; readonly detail: number }
  | { readonly type: 'compare-cancel' }
  /** Maps the difference of two pictures; `full` 8-bit levels get the brightest colour, or a FLIP error of 1. */
  | {
      readonly type: 'compare-difference';
      readonly of: CompareLayer;
      readonly from: CompareLayer;
      readonly full: number | 'flip';
    };

export type CompareEvent =
  | { readonly type: 'compare-state'; readonly state: CompareState }
  /** Null: nothing is under way. */
  | { readonly type: 'compare-work'; readonly work: CompareWork | null }
  /** All pictures so far are void: another input, or another degradation. */
  | { readonly type: 'compare-cleared' }
  | { readonly type: 'compare-picture'; readonly layer: CompareLayer; readonly bitmap: ImageBitmap }
  | {
      readonly type: 'compare-differs';
      readonly of: CompareLayer;
      readonly from: CompareLayer;
      readonly full: number | 'flip';
      readonly bitmap: ImageBitmap;
      /** 8-bit levels, or FLIP's 0 … 1. */
      readonly mean: number;
      readonly most: number;
    }
  /** Null: an end is missing. Without a truth there is nothing to measure. */
  | { readonly type: 'compare-blended'; readonly detail: number; readonly scores: CompareScores | null }
  | { readonly type: 'compare-chained'; readonly rect: Rect; readonly steps: readonly ChainStep[] }
  | { readonly type: 'compare-swept'; readonly sweep: Sweep }
  | { readonly type: 'compare-judged'; readonly judgements: readonly ShownJudgement[] };
