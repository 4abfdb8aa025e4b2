/** One evaluation in Node: backend and metric are opened, the set runs, and everything is let go. */

import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { type Evaluation, type EvaluationHooks, evaluate } from '../../src/engine/evaluation/evaluate.ts';
import { isAvailable } from '../../src/engine/evaluation/methods.ts';
import type { MeasuredRow } from '../../src/engine/evaluation/scores.ts';
import { type OnnxMetric, openOnnxMetric } from '../../src/engine/external/onnx-metric.ts';
import { retryAfterLoss } from '../../src/engine/runtime/errors.ts';
import { loadMetrics, metricsFolder } from '../../src/engine/runtime/metrics.ts';
import { methodsOfManifest } from '../../src/engine/runtime/networks.ts';
import { inspectOnnx } from '../../src/formats/onnx/inspect.ts';
import { type Backend, backendName } from '../../src/gpu/backend.ts';
import { isTaught } from '../../src/presets/teaching.ts';
import type { EvaluationReport } from '../../src/protocol/evaluate.ts';
import type { Directions } from '../../src/report/columns.ts';
import { type ComputedMethod, type EvaluationMethod, evaluationMethods, isExternal } from '../../src/report/methods.ts';
import { openNodeBackend } from '../backend.ts';
import { nodeExternal } from '../external.ts';
import { directoryModelSource } from '../model-directory.ts';
import type { EvaluateOptions } from './options.ts';
import type { PictureSet } from './pictures.ts';
import { progressText } from './table.ts';

export type RunOptions = Pick<EvaluateOptions, 'preset' | 'models' | 'seed' | 'colourLock' | 'tile' | 'backend'>;

/** @throws one sentence naming the file */
export async function openMetrics(wanted: EvaluateOptions['metrics'], hasTruth: boolean): Promise<OnnxMetric[]> {
  const metrics: OnnxMetric[] = [];
  for (const { name, path } of wanted) {
    const file = await nodeExternal.onnx(path);
    const metric = await openOnnxMetric(name, file, await nodeExternal.runtime()).catch((error) =>
      Promise.reject(new Error(`${path}: ${error.message}`)),
    );
    if (!hasTruth && metric.kind !== 'no-reference')
      throw new Error(`${name} compares with the true pictures: add --hr, or leave it out.`);
    metrics.push(metric);
  }
  return metrics;
}

export const directionsOf = (metrics: readonly OnnxMetric[]): Directions =>
  Object.fromEntries(metrics.map(({ name, better }) => [name, better]));

/** Those that ship, wherever the weights to be measured lie. */
export const metricSource = directoryModelSource(resolve(import.meta.dirname, '../../public/models', metricsFolder));

export const presetSource = ({ models, preset }: Pick<RunOptions, 'models' | 'preset'>) =>
  directoryModelSource(join(models, preset));

/** @throws one sentence when the weights lack one of the methods that were named, or a file of theirs is no model */
export async function chooseMethods(
  options: Pick<EvaluateOptions, 'models' | 'preset' | 'methods'>,
  hasTruth: boolean,
): Promise<readonly ComputedMethod[]> {
  const manifest = await presetSource(options).manifest();
  const available = [
    ...evaluationMethods.filter((method) => isAvailable(method, manifest, hasTruth)),
    ...methodsOfManifest(manifest).filter(isTaught),
  ];
  const missing = options.methods?.find((method) => !isExternal(method) && !isAvailable(method, manifest, hasTruth));
  if (missing) throw new Error(`The ${options.preset} weights have no "${missing}": choose ${available.join(', ')}.`);
  for (const method of options.methods ?? []) {
    const path = onnxPathOf(method);
    if (path === undefined) continue;
    const file = await nodeExternal.onnx(path);
    await inspectOnnx(file).catch((error) => Promise.reject(new Error(`${path}: ${error.message}`)));
  }
  return options.methods ?? available;
}

const nameOf = (backend: Backend) =>
  `${backendName(backend)}${backend.kind === 'wasm' ? `, ${availableParallelism()} cores` : ''}`;

/** The file of an ONNX method. */
export const onnxPathOf = (method: EvaluationMethod): string | undefined => /^onnx:(.*)/s.exec(method)?.[1];

export const memoryBudget = 2 ** 31;

/** Every this many milliseconds a line where stderr is a file. */
const quietTime = 15_000;

/** Keeps one line of progress on a terminal, and a line now and then elsewhere. */
function progressLine(): Pick<EvaluationHooks, 'onProgress'> & { clear(): void } {
  let last = 0;
  const { stderr } = process;
  return {
    onProgress(progress) {
      if (stderr.isTTY) stderr.write(`\r\x1b[K${progressText(progress)}`);
      else if (performance.now() - last > quietTime) {
        last = performance.now();
        stderr.write(`${progressText(progress)}\n`);
      }
    },
    clear: () => stderr.isTTY && stderr.write('\r\x1b[K'),
  };
}

interface RunHooks extends Pick<EvaluationHooks, 'onMethod' | 'onOutput' | 'onFault' | 'known' | 'onRow'> {
  readonly onnxMetrics?: readonly OnnxMetric[];
  readonly finished?: Evaluation['finished'];
  /** The backend is open. @param adapter as in the report */
  readonly onOpen?: (adapter: string) => Promise<void>;
}

/** @param measured whether the set has the truth to compare with */
export async function runEvaluation(
  set: PictureSet,
  measured: boolean,
  methods: readonly EvaluationMethod[],
  options: RunOptions,
  hooks: RunHooks = {},
): Promise<EvaluationReport> {
  /** By method and picture: a lost device takes none of them along. */
  const rows = new Map<string, MeasuredRow>();
  const keyOf = (method: EvaluationMethod, name: string) => JSON.stringify([method, name]);
  const told = new Set<EvaluationMethod>();
  const onDevice = async (backend: Backend, progress: ReturnType<typeof progressLine>): Promise<EvaluationReport> => {
    const { preset, seed, colourLock, tile } = options;
    await hooks.onOpen?.(nameOf(backend));
    const metrics = await loadMetrics(metricSource, measured);
    const results = await evaluate(
      {
        pictures: set.pictures,
        methods,
        backend,
        models: presetSource(options),
        metrics,
        onnxMetrics: hooks.onnxMetrics,
        finished: hooks.finished,
        settings: { preset, seed, colourLock, tile, memoryBudget },
        external: nodeExternal,
      },
      {
        ...progress,
        known: (method, name) => rows.get(keyOf(method, name)) ?? hooks.known?.(method, name) ?? null,
        async onRow(method, row, took) {
          rows.set(keyOf(method, row.row.name), row);
          await hooks.onRow?.(method, row, took);
        },
        onFault: hooks.onFault,
        onOutput: hooks.onOutput,
        onMethod(result) {
          progress.clear();
          if (!told.has(result.method)) hooks.onMethod?.(result);
          told.add(result.method);
        },
      },
    );
    metrics.dispose();
    return { adapter: nameOf(backend), preset, methods: results };
  };
  const once = async () => {
    const backend = await openNodeBackend(options.backend);
    const progress = progressLine();
    try {
      return await onDevice(backend, progress);
    } finally {
      progress.clear();
      backend.dispose();
    }
  };
  return retryAfterLoss(once, new AbortController().signal, () => rows.size);
}
