/**
 * Methods over a set of pictures: each method is opened once, runs every picture, is timed and, where the truth is there,
 * measured. The command line and the page run this same code.
 */
import type { Backend } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { FeatureDistance } from '../feature-distance.ts';
import type { ModelSource } from '../model-source.ts';
import type { OutsideSource } from '../outside/open.ts';
import { TileClock } from '../progress.ts';
import { type EvaluationMethod, type EvaluationSettings, openMethod } from './methods.ts';
import { meanScores, type Scores, scoresOf } from './scores.ts';

export interface EvaluationPicture {
  readonly name: string;
  /** Both are asked for again with every method, so that a set need not fit into memory. */
  load(): Promise<{ readonly lr: Rgba8; readonly truth: Rgba8 | null }>;
}

export interface PictureRow extends Partial<Scores> {
  readonly name: string;
  /** Of the output, pixels. */
  readonly width: number;
  readonly height: number;
  readonly ms: number;
}

/** Means over the pictures; without the truth, times alone. */
export interface MethodResult extends Partial<Scores> {
  readonly method: EvaluationMethod;
  /** Milliseconds per million output pixels, reading and measuring left out. */
  readonly msPerMegapixel: number;
  readonly images: readonly PictureRow[];
}

export interface EvaluationProgress {
  readonly method: EvaluationMethod;
  /** Pictures of this method. */
  readonly done: number;
  readonly total: number;
  /** Seconds left for this method, measuring included; null before its first picture. */
  readonly etaSeconds: number | null;
}

export interface EvaluationHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
  /** A result, before it is let go. */
  readonly onOutput?: (method: EvaluationMethod, name: string, output: Rgba8) => void | Promise<void>;
  readonly onMethod?: (result: MethodResult) => void;
}

export interface Evaluation {
  readonly pictures: readonly EvaluationPicture[];
  readonly methods: readonly EvaluationMethod[];
  /** Active in tfjs; whoever opened it disposes of it. */
  readonly backend: Backend;
  /** The preset's weights. */
  readonly models: ModelSource;
  /** On that backend; null where no truth is there to compare with. */
  readonly distance: FeatureDistance | null;
  readonly settings: EvaluationSettings;
  /** Where outside models come from; needed where `methods` names one. */
  readonly outside?: OutsideSource;
}

function summary(method: EvaluationMethod, images: readonly PictureRow[]): MethodResult {
  const milliseconds = images.reduce((sum, { ms }) => sum + ms, 0);
  const pixels = images.reduce((sum, { width, height }) => sum + width * height, 0);
  const scored = images.filter((row): row is PictureRow & Scores => row.psnrY !== undefined);
  const means = scored.length > 0 ? meanScores(scored) : {};
  return { method, ...means, msPerMegapixel: (milliseconds / pixels) * 1e6, images };
}

/**
 * @returns a result a method, in order
 * @throws one sentence naming the picture or the method that failed; the signal's reason when that stopped it
 */
export async function evaluate(evaluation: Evaluation, hooks: EvaluationHooks = {}): Promise<MethodResult[]> {
  const { pictures, methods, backend, models, distance, settings, outside } = evaluation;
  const results: MethodResult[] = [];
  for (const method of methods) {
    hooks.signal?.throwIfAborted();
    const open = await openMethod(method, backend, models, settings, outside);
    try {
      const clock = new TileClock();
      const images: PictureRow[] = [];
      const report = () => {
        const { etaSeconds } = clock.estimate(pictures.length - images.length);
        hooks.onProgress?.({ method, done: images.length, total: pictures.length, etaSeconds });
      };
      report();
      for (const { name, load } of pictures) {
        hooks.signal?.throwIfAborted();
        const begun = performance.now();
        const { lr, truth } = await load();
        const started = performance.now();
        const output = await open.run(lr, truth, hooks.signal);
        const ms = performance.now() - started;
        const scores = truth ? await scoresOf(output, truth, distance) : {};
        images.push({ name, ...scores, width: output.width, height: output.height, ms });
        await hooks.onOutput?.(method, name, output);
        clock.add(performance.now() - begun);
        report();
      }
      const result = summary(method, images);
      hooks.onMethod?.(result);
      results.push(result);
    } finally {
      open.dispose();
    }
  }
  return results;
}
