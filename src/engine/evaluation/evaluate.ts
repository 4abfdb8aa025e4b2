/**
 * Methods over a set of pictures: each method is opened once, runs every picture, is timed and, where the truth is there,
 * measured. The command line and the page run this same code.
 */

import { errorMessage } from '../../formats/errors.ts';
import { type Backend, backendName } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { type EvaluationMethod, isExternal } from '../../report/methods.ts';
import type { MethodResult } from '../../report/results.ts';
import { type OnnxMetric, openOnnxMetric } from '../external/onnx-metric.ts';
import type { ExternalSource } from '../external/open.ts';
import { DeviceLostError } from '../runtime/errors.ts';
import type { Lent } from '../runtime/gpu-scheduler.ts';
import { loadMetrics, type ShippedMetrics } from '../runtime/metrics.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { teacherStepsOf } from '../runtime/networks.ts';
import { WorkClock } from '../upscale/tiled-upscale.ts';
import type { EvaluationDesk } from './evaluation-state.ts';
import { type EvaluationSettings, type OpenMethod, openMethod } from './methods.ts';
import { type MeasuredRow, measure, summarise } from './scores.ts';
import type { EvaluationPicture } from './sets.ts';

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
  readonly outside?: ExternalSource;
}

/**
 * @returns a result a method, in order
 * @throws one sentence naming the picture or the method that failed; the signal's reason when that stopped it
 */
export async function evaluate(evaluation: Evaluation, hooks: EvaluationHooks = {}): Promise<MethodResult[]> {
  const results: MethodResult[] = [];
  for (const method of evaluation.methods) {
    hooks.signal?.throwIfAborted();
    const steps = method === 'resshift' ? teacherStepsOf(await evaluation.models.manifest()) : null;
    const result = summarise(method, await runMethod(method, evaluation, hooks), steps);
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

/** What is not measured yet of an evaluation, on a backend that was lent. */

export interface RunTools {
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly outside: ExternalSource;
  readonly onProgress: EvaluationHooks['onProgress'];
  /** A row was measured and kept. */
  readonly onKept: () => void;
}

/**
 * Every method by itself: one that fails doesn't keep the others from running.
 * @returns a sentence for each that failed
 * @throws the signal's reason; when a metric can't be opened
 */
export async function runOn(
  lent: Lent,
  signal: AbortSignal,
  desk: EvaluationDesk,
  tools: RunTools,
): Promise<readonly string[]> {
  const metrics = await loadMetrics(tools.metrics, desk.hasTruth);
  const onnxMetrics: OnnxMetric[] = [];
  const failed: string[] = [];
  try {
    for (const { name, metric } of desk.shelf.models) {
      if (!metric || (metric.kind !== 'no-reference' && !desk.hasTruth)) continue;
      onnxMetrics.push(await openOnnxMetric(name, await desk.shelf.model(name), await tools.outside.runtime()));
    }
    for (const method of desk.methods) {
      const evaluation = {
        pictures: desk.set.pictures,
        methods: [method],
        backend: lent.backend,
        models: desk.source,
        metrics,
        onnxMetrics,
        settings: desk.options,
        outside: tools.outside,
      };
      const hooks: EvaluationHooks = {
        signal,
        known: desk.known,
        onProgress: tools.onProgress,
        async onRow(name, measured) {
          const key = desk.keyOf(name, measured.row.name);
          await desk.keep({ ...measured, key, adapter: backendName(lent.backend) });
          tools.onKept();
          await lent.pass();
        },
      };
      try {
        await evaluate(evaluation, hooks);
      } catch (error) {
        if (signal.aborted || error instanceof DeviceLostError) throw error;
        failed.push(isExternal(method) ? errorMessage(error) : `${method}: ${errorMessage(error)}`);
      }
    }
    return failed;
  } finally {
    for (const metric of onnxMetrics) metric.dispose();
    metrics.dispose();
  }
}
