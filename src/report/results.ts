import type { EvaluationMethod } from './methods.ts';

/** Of several metrics by their names; those that a picture is too small for are null. */
export type NamedScores = Readonly<Record<string, number | null>>;

/** Against the truth. Metrics that a picture is too small for are null. */
export interface Scores {
  /** dB, larger is better; infinite for equal pictures. */
  readonly psnrY: number;
  /** Larger is better, at most 1. */
  readonly ssimY: number | null;
  readonly msSsim: number | null;
  /** LPIPS (AlexNet, v0.1): smaller is better, 0 for equal pictures. */
  readonly lpips: number | null;
  /** Metrics of the user's, by name. */
  readonly perceptual: NamedScores;
}

export interface PictureRow extends Partial<Scores> {
  readonly name: string;
  /** Of the output alone; missing in results that were kept before they were measured. */
  readonly niqe?: number | null;
  readonly noReference?: NamedScores;
  /** Of the output, pixels; 0 where there is none. */
  readonly width: number;
  readonly height: number;
  /** Null where another program made the output. */
  readonly ms: number | null;
  /** Why cells are empty that a picture of this size would fill, in one sentence; missing where all went well. */
  readonly fault?: string;
}

/** The same pictures from other noise. */
export interface SeedRows {
  readonly seed: number;
  readonly images: readonly PictureRow[];
}

/** Means over the pictures; without the truth, of the no-reference scores and times alone. */
export interface MethodResult extends Partial<Scores> {
  readonly method: EvaluationMethod;
  /** Of the teacher's schedule; missing for other methods, and in results stored before it was recorded. */
  readonly steps?: number;
  readonly niqe?: number | null;
  readonly noReference?: NamedScores;
  /** Of the outputs as a set against the truths as a set, by the features' name; smaller is better. */
  readonly frechet?: NamedScores;
  /** Milliseconds per million output pixels, reading and measuring left out; null where no picture was run here. */
  readonly msPerMegapixel: number | null;
  readonly images: readonly PictureRow[];
  /** Of further noise seeds, for intervals; missing where there were none, or the method has no noise. */
  readonly seeds?: readonly SeedRows[];
}
