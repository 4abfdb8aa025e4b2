/** What is not measured yet of an evaluation, on a backend that was lent. */

import { errorMessage } from '../../formats/errors.ts';
import { backendName } from '../../gpu/backend.ts';
import { isExternal } from '../../report/methods.ts';
import { DeviceLostError } from '../device-lost.ts';
import type { Lent } from '../guests.ts';
import { loadMetrics } from '../metrics.ts';
import type { ModelSource } from '../model-source.ts';
import { type OnnxMetric, openOnnxMetric } from '../outside/onnx-metric.ts';
import type { OutsideSource } from '../outside/open.ts';
import type { EvaluationDesk } from './desk.ts';
import { type EvaluationHooks, evaluate } from './evaluate.ts';

export interface RunTools {
  /** The metrics' weights. */
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly outside: OutsideSource;
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
