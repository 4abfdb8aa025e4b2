/**
 * Methods over a set of pictures: each method is opened once, runs every picture, is timed and, where the truth is there,
 * measured. The command line and the page run this same code.
 */

import { errorMessage } from '../../formats/errors.ts';
import { type Backend, backendName } from '../../gpu/backend.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { MethodResult } from '../../report/columns.ts';
import {
  type EvaluationMethod,
  type FinishedMethod,
  isExternal,
  isFinished,
  isTeacher,
  methodTitle,
} from '../../report/methods.ts';
import { type OnnxMetric, openOnnxMetric } from '../external/onnx-metric.ts';
import type { ExternalSource } from '../external/open.ts';
import { DeviceLostError, unlessLost } from '../runtime/errors.ts';
import type { GpuLease } from '../runtime/gpu-scheduler.ts';
import { WorkClock } from '../runtime/kernel-watch.ts';
import { loadMetrics, type ShippedMetrics } from '../runtime/metrics.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { teacherStepsOf } from '../runtime/networks.ts';
import { type MethodSettings, type OpenMethod, openFinished, openMethod } from './methods.ts';
import { faultRow, type MeasuredRow, measure, summarise } from './scores.ts';
import type { EvaluationPicture, FinishedOutputs } from './sets.ts';
import type { EvaluationWorkspace } from './workspace.ts';

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
  /**
   * Awaited after a picture was measured, before the next is begun: a place to keep its row, or to let others at the backend.
   * @param took milliseconds of the picture, reading and measuring included
   */
  readonly onRow?: (method: EvaluationMethod, measured: MeasuredRow, took: number) => void | Promise<void>;
  /**
   * Told why a picture has empty cells; null for the row: the whole method can't be run, and is left out. Without this hook
   * the first such picture or method ends the evaluation.
   */
  readonly onFault?: (method: EvaluationMethod, fault: string, measured: MeasuredRow | null) => void;
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
  readonly settings: MethodSettings;
  /** The source of external models; needed if `methods` names one. */
  readonly external?: ExternalSource;
  /** Outputs of other programs, of those that `methods` names. */
  readonly finished?: ReadonlyMap<FinishedMethod, FinishedOutputs>;
}

async function open(method: EvaluationMethod, evaluation: Evaluation): Promise<OpenMethod> {
  const { backend, models, settings, external, finished } = evaluation;
  if (!isFinished(method)) return openMethod(method, backend, models, settings, external);
  const outputs = finished?.get(method);
  if (!outputs) throw new Error(`There are no outputs of ${methodTitle(method)}.`);
  return openFinished(outputs);
}

/** A method that can't be opened. */
class MethodFault extends Error {}

/** Whether an error is not a picture's or a method's to bear. */
const ends = (error: unknown, { signal, onFault }: EvaluationHooks): boolean =>
  !onFault || signal?.aborted === true || error instanceof DeviceLostError;

/** With the name that is meant, unless the sentence has it. */
const about = (name: string, sentence: string) => (sentence.includes(name) ? sentence : `${name}: ${sentence}`);

/**
 * @returns a result a method, in order
 * @throws one sentence naming the picture or the method that failed, where no hook is told; DeviceLostError; the signal's reason
 *   when that stopped it
 */
export async function evaluate(evaluation: Evaluation, hooks: EvaluationHooks = {}): Promise<MethodResult[]> {
  const results: MethodResult[] = [];
  for (const method of evaluation.methods) {
    hooks.signal?.throwIfAborted();
    const steps = isTeacher(method) ? teacherStepsOf(await evaluation.models.manifest()) : null;
    try {
      const result = summarise(method, await runMethod(method, evaluation, hooks), steps);
      hooks.onMethod?.(result);
      results.push(result);
    } catch (error) {
      if (!(error instanceof MethodFault)) throw error;
      const sentence = errorMessage(error);
      hooks.onFault?.(method, isExternal(method) ? sentence : about(method, sentence), null);
    }
  }
  return results;
}

async function runMethod(
  method: EvaluationMethod,
  evaluation: Evaluation,
  hooks: EvaluationHooks,
): Promise<MeasuredRow[]> {
  const {
    pictures,
    backend: { lost },
  } = evaluation;
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
  let opened: OpenMethod | null = null;
  try {
    for (const [i, picture] of pictures.entries()) {
      const { name } = picture;
      hooks.signal?.throwIfAborted();
      const before = known[i];
      if (before) {
        rows.push(before);
        continue;
      }
      opened ??= await unlessLost(lost, open(method, evaluation)).catch((error) => {
        throw ends(error, hooks) ? error : new MethodFault(errorMessage(error));
      });
      const begun = performance.now();
      const running = runPicture(method, opened, evaluation, picture, hooks);
      const measured = await unlessLost(lost, running).catch((error) => {
        if (ends(error, hooks)) throw error;
        return { row: faultRow(name, about(name, errorMessage(error))), output: null };
      });
      rows.push(measured.row);
      const took = performance.now() - begun;
      if (measured.output) await hooks.onOutput?.(method, name, measured.output);
      clock.add(performance.now() - begun);
      report();
      const { fault } = measured.row.row;
      if (fault !== undefined) hooks.onFault?.(method, fault, measured.row);
      else await hooks.onRow?.(method, measured.row, took);
    }
    return rows;
  } finally {
    opened?.dispose();
  }
}

async function runPicture(
  method: EvaluationMethod,
  open: OpenMethod,
  { metrics, onnxMetrics = [] }: Evaluation,
  { name, load }: EvaluationPicture,
  { signal }: EvaluationHooks,
): Promise<{ readonly row: MeasuredRow; readonly output: Rgba8 }> {
  const { lr, truth } = await load();
  const started = performance.now();
  const output = await open.run({ name, lr, truth }, signal);
  const ms = isFinished(method) ? null : performance.now() - started;
  const { scores, features, faults } = await measure(output, truth, { shipped: metrics, onnx: onnxMetrics });
  const fault = faults.length > 0 ? { fault: `${name}: ${faults.join(' ')}` } : {};
  return {
    row: { row: { name, ...scores, width: output.width, height: output.height, ms, ...fault }, features },
    output,
  };
}

// Runs the missing rows of an evaluation on a lease.

export interface RunTools {
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly external: ExternalSource;
  readonly onProgress: EvaluationHooks['onProgress'];
  readonly encode: (pixels: Rgba8) => Promise<Blob>;
  /** A row was measured and kept. */
  readonly onKept: () => void;
}

/**
 * A picture or a method that fails doesn't keep the others from running.
 * @returns a sentence for each that failed
 * @throws the signal's reason; when a metric can't be opened
 */
export async function runOn(
  lease: GpuLease,
  signal: AbortSignal,
  workspace: EvaluationWorkspace,
  tools: RunTools,
): Promise<readonly string[]> {
  const metrics = await loadMetrics(tools.metrics, workspace.hasTruth);
  const onnxMetrics: OnnxMetric[] = [];
  const failed = new Set<string>();
  try {
    for (const { name, metric } of workspace.userOnnx.models) {
      if (!metric || (metric.kind !== 'no-reference' && !workspace.hasTruth)) continue;
      onnxMetrics.push(await openOnnxMetric(name, await workspace.userOnnx.file(name), await tools.external.runtime()));
    }
    const evaluation = {
      pictures: workspace.set.pictures,
      methods: workspace.methods,
      backend: lease.backend,
      models: workspace.source,
      metrics,
      onnxMetrics,
      settings: workspace.options,
      finished: workspace.finished,
      external: tools.external,
    };
    const kept = (method: EvaluationMethod, measured: MeasuredRow) => ({
      ...measured,
      key: workspace.keyOf(method, measured.row.name),
      adapter: backendName(lease.backend),
    });
    await evaluate(evaluation, {
      signal,
      known: workspace.known,
      onProgress: tools.onProgress,
      onOutput: async (method, name, output) => workspace.keepOutput(method, name, await tools.encode(output)),
      async onRow(method, measured, took) {
        await workspace.keep({ ...kept(method, measured), took });
        tools.onKept();
        await lease.yieldTurn();
      },
      onFault(method, fault, measured) {
        failed.add(fault);
        if (measured) workspace.note(kept(method, measured));
      },
    });
    return [...failed];
  } finally {
    for (const metric of onnxMetrics) metric.dispose();
    metrics.dispose();
  }
}
