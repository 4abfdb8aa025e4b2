/** The names of what co-training runs and measures. Plain data: the page knows them too. */

export const networkNames = ['student', 'downsampler', 'discriminatorHR', 'discriminatorLR'] as const;
export type NetworkName = (typeof networkNames)[number];

/** In the order of an iteration. */
export const phases = [
  'studentForward',
  'downsample',
  'updateDiscriminatorHR',
  'updateDiscriminatorLR',
  'updateStudent',
  'updateDownsampler',
] as const;
export type Phase = (typeof phases)[number];

/** The terms of the student's loss (eq. 7, and those that are options). */
export const termNames = ['denoiseStudent', 'distill', 'perceptual', 'gHR', 'gLR', 'cycle', 'inverse', 'gt'] as const;
export type TermName = (typeof termNames)[number];

export const lossNames = [
  ...termNames,
  'student',
  'denoiseDownsampler',
  'gLRDownsampler',
  'downsampler',
  'dHR',
  'dLR',
] as const;
export type LossName = (typeof lossNames)[number];

export const scoreNames = ['hrReal', 'hrFake', 'lrReal', 'lrFake'] as const;
export type ScoreName = (typeof scoreNames)[number];

/** Standard deviation over a picture's places: of y, and of ŷ, which should have the same. */
export const pixelStdNames = ['lr', 'yHat'] as const;
export type PixelStdName = (typeof pixelStdNames)[number];

/** On pictures that are never trained on: the student's average, and bicubic enlargement to compare with. */
export const heldOutNames = ['psnrY', 'ssimY', 'lpips', 'bicubicPsnrY', 'bicubicSsimY', 'bicubicLpips'] as const;
export type HeldOutName = (typeof heldOutNames)[number];

export const panelNames = [
  'lr',
  'prior',
  'target',
  'student',
  'truth',
  'yHat',
  'difference',
  'hrReal',
  'hrFake',
  'lrReal',
  'lrFake',
  'fixedLr',
  'fixedBicubic',
  'fixedNow',
  'fixedBest',
  'fixedTruth',
] as const;

/**
 * The subject of a panel; `hrReal` … `lrFake` are the scores of D_H and D_L, place by place; `fixed…` are of the crop that is
 * the same in every iteration, and never trained on.
 */
export type PanelName = (typeof panelNames)[number];

/** A panel's rectangle in the atlas of all, in pixels from its top left corner. */
export interface PanelRect {
  readonly name: PanelName;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Scores of the crop that is the same in every iteration: PSNR-Y in dB. */
export interface FixedScores {
  readonly bicubic: number;
  readonly now: number;
  readonly best: number;
  /** Iterations that were done when the best one was measured. */
  readonly bestStep: number;
}

/** Histograms reach from −range to range; what lies beyond is counted at their ends. */
export const histogramRange = 3;

export const histogramBins = 30;

/** All numbers of one iteration. Terms that are switched off are absent. */
export interface IterationRow {
  /** Counts from 0. */
  readonly step: number;
  readonly losses: Readonly<Partial<Record<LossName, number>>>;
  /** Mean logits, before the update of that discriminator. */
  readonly scores: Readonly<Partial<Record<ScoreName, number>>>;
  /** The share of those logits that are on the right side of 0. */
  readonly accuracies: Readonly<Partial<Record<ScoreName, number>>>;
  readonly pixelStd: Readonly<Partial<Record<PixelStdName, number>>>;
  /** Of each term of eq. 7 that counts: the norm of its weighted gradient by the student's output. */
  readonly termGrads: Readonly<Partial<Record<TermName, number>>>;
  /** Each of these over their sum. */
  readonly termShares: Readonly<Partial<Record<TermName, number>>>;
  /** Before clipping. */
  readonly gradNorms: Readonly<Partial<Record<NetworkName, number>>>;
  /** Milliseconds until a phase's work was handed over (on WebGPU, unless it is waited for) or done (elsewhere). */
  readonly timing: Readonly<Partial<Record<Phase | 'total', number>>>;
}
