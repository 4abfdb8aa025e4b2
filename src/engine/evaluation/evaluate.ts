/**
 * Methods over a set of pictures: each method is opened once, runs every picture, is timed and, where the truth is there,
 * measured. The command line and the page run this same code.
 */
import type { Backend } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { EvaluationMethod } from '../../report/methods.ts';
import type { MethodResult } from '../../report/results.ts';
import type { ShippedMetrics } from '../metrics.ts';
import type { ModelSource } from '../model-source.ts';
import type { OnnxMetric } from '../outside/onnx-metric.ts';
import type { OutsideSource } from '../outside/open.ts';
import { WorkClock } from '../progress.ts';
import { type EvaluationSettings, type OpenMethod, openMethod } from './methods.ts';
import { type MeasuredRow, summarise } from './results.ts';
import { measure } from './scores.ts';

export interface EvaluationPicture {
  readonly name: string;
  /** Both are asked for again with every method, so that a set need not fit into memory. */
  load(): Promise<{ readonly lr: Rgba8; readonly truth: Rgba8 | null }>;
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
  /** A row that is known from before: its picture is not run again. */
  readonly known?: (method: EvaluationMethod, name: string) => MeasuredRow | null;
  /** Awaited after a picture was measured, before the next is begun: a place to keep its row, or to let others at the backend. */
  readonly onRow?: (method: EvaluationMethod, measured: MeasuredRow) => void | Promise<void>;
}

export interface Evaluation {
  readonly pictures: readonly EvaluationPicture[];
  readonly methods: readonly EvaluationMethod[];
  /** Active in tfjs; whoever opened it disposes of it. */
  readonly backend: Backend;
  /** The preset's weights. */
  readonly models: ModelSource;
  /** On that backend; LPIPS is needed where the truth is there to compare with. */
  readonly metrics: ShippedMetrics;
  /** Metrics of the user's, opened by whoever calls. */
  readonly onnxMetrics?: readonly OnnxMetric[];
  readonly settings: EvaluationSettings;
  /** Where outside models come from; needed where `methods` names one. */
  readonly outside?: OutsideSource;
}

/**
 * @returns a result a method, in order
 * @throws one sentence naming the picture or the method that failed; the signal's reason when that stopped it
 */
export async function evaluate(evaluation: Evaluation, hooks: EvaluationHooks = {}): Promise<MethodResult[]> {
  const results: MethodResult[] = [];
  for (const method of evaluation.methods) {
    hooks.signal?.throwIfAborted();
    const result = summarise(method, await runMethod(method, evaluation, hooks));
    hooks.onMethod?.(result);
    results.push(result);
  }
  return results;
}

async function runMethod(
  method: EvaluationMethod,
  { pictures, backend, models, metrics, onnxMetrics = [], settings, outside }: Evaluation,
  hooks: EvaluationHooks,
): Promise<MeasuredRow[]> {
  const clock = new WorkClock();
  const rows: MeasuredRow[] = [];
  const known = pictures.map(({ name }) => hooks.known?.(method, name) ?? null);
  const left = () => known.slice(rows.length).filter((row) => row === null).length;
  const report = () => {
    const { etaSeconds } = clock.estimate(left());
    hooks.onProgress?.({ method, done: rows.length, total: pictures.length, etaSeconds });
  };
  report();
  // Opened for the first picture that has to be run.
  let open: OpenMethod | null = null;
  try {
    for (const [i, { name, load }] of pictures.entries()) {
      hooks.signal?.throwIfAborted();
      const before = known[i];
      if (before) {
        rows.push(before);
        continue;
      }
      open ??= await openMethod(method, backend, models, settings, outside);
      const begun = performance.now();
      const { lr, truth } = await load();
      const started = performance.now();
      const output = await open.run(lr, truth, hooks.signal);
      const ms = performance.now() - started;
      const { scores, features } = await measure(output, truth, { shipped: metrics, onnx: onnxMetrics });
      const measured = { row: { name, ...scores, width: output.width, height: output.height, ms }, features };
      rows.push(measured);
      await hooks.onOutput?.(method, name, output);
      clock.add(performance.now() - begun);
      report();
      await hooks.onRow?.(method, measured);
    }
    return rows;
  } finally {
    open?.dispose();
  }
}
