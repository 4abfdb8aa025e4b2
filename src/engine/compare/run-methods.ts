/** One picture through several methods, one after the other: each is opened, run, timed, measured and let go. */

import { errorMessage } from '../../formats/errors.ts';
import { watchPeakBytes } from '../../gpu/counters.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { psnrRgb } from '../../imaging/metrics/fidelity.ts';
import { ssimWindow } from '../../imaging/metrics/planes.ts';
import type { CompareResult, CompareScores, CompareSettings, CompareWork } from '../../protocol/compare.ts';
import { metricsVersion } from '../../report/columns.ts';
import { type CompareMethod, methodVersion } from '../../report/methods.ts';
import { type MethodSettings, openMethod } from '../evaluation/methods.ts';
import { measure } from '../evaluation/scores.ts';
import type { ExternalSource } from '../external/open.ts';
import { DeviceLostError } from '../runtime/errors.ts';
import type { GpuLease } from '../runtime/gpu-scheduler.ts';
import { loadMetrics, type ShippedMetrics } from '../runtime/metrics.ts';
import type { ModelSource } from '../runtime/model-source.ts';

export interface PicturePair {
  readonly lr: Rgba8;
  readonly truth: Rgba8 | null;
}

export const methodSettingsOf = ({ options, ready }: GpuLease): MethodSettings => {
  const { seed, colourLock, tile, memoryBudget } = options;
  return { preset: ready.preset, seed, colourLock, tile, memoryBudget };
};

/** The settings that a result depends on. */
export const compareSettingsOf = ({ options, ready }: Pick<GpuLease, 'options' | 'ready'>): CompareSettings => ({
  preset: ready.preset,
  seed: options.seed,
  colourLock: options.colourLock,
});

/** An evaluation's metrics, and the RGB PSNR; none against truths that SSIM's window does not fit. */
export async function measured(output: Rgba8, { truth }: PicturePair, metrics: ShippedMetrics): Promise<CompareScores> {
  const goal = truth && Math.min(truth.width, truth.height) >= ssimWindow ? truth : null;
  const { scores } = await measure(output, goal, { shipped: metrics, onnx: [] });
  const { psnrY, ssimY, msSsim, lpips, niqe } = scores;
  return goal ? { psnrRgb: psnrRgb(output, goal), psnrY, ssimY, msSsim, lpips, niqe } : { niqe };
}

interface MethodHooks {
  readonly signal: AbortSignal;
  readonly metrics: ShippedMetrics;
  readonly external: ExternalSource;
  readonly onPhase: (phase: CompareWork['phase'], share: number, etaSeconds: number | null) => void;
}

const failed = (method: CompareMethod, settings: CompareSettings, fault: string): CompareResult => ({
  method,
  settings,
  fault,
  ms: 0,
  megapixelsPerSecond: 0,
  peakBytes: null,
  parameters: null,
  scores: null,
  metrics: metricsVersion,
});

/**
 * A method that can't run gives a result that says why, so that the others go on.
 * @throws the signal's reason; DeviceLostError
 */
async function runMethod(
  method: CompareMethod,
  picture: PicturePair,
  lease: GpuLease,
  { signal, metrics, external, onPhase }: MethodHooks,
): Promise<{ result: CompareResult; output: Rgba8 | null }> {
  const settings = compareSettingsOf(lease);
  const peak = watchPeakBytes();
  try {
    onPhase('opening', 0, null);
    const open = await openMethod(method, lease.backend, lease.models, methodSettingsOf(lease), external);
    try {
      signal.throwIfAborted();
      onPhase('running', 0, null);
      const started = performance.now();
      const output = await open.run({ name: '', ...picture }, signal, ({ done, total, etaSeconds }) =>
        onPhase('running', done / total, etaSeconds),
      );
      const ms = performance.now() - started;
      // onnxruntime keeps its memory to itself, and classical methods have no tensors.
      const bytes = method.startsWith('onnx:') ? 0 : peak.read();
      onPhase('measuring', 1, null);
      const result: CompareResult = {
        method,
        settings,
        fault: null,
        ms,
        megapixelsPerSecond: (output.width * output.height) / 1e3 / ms,
        peakBytes: bytes > 0 ? bytes : null,
        parameters: open.parameters,
        scores: await measured(output, picture, metrics),
        metrics: metricsVersion,
        version: methodVersion(method),
      };
      return { result, output };
    } finally {
      open.dispose();
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof DeviceLostError) throw error;
    return { result: failed(method, settings, errorMessage(error)), output: null };
  } finally {
    peak.stop();
  }
}

export interface MethodsHooks {
  readonly signal: AbortSignal;
  readonly metrics: Pick<ModelSource, 'file'>;
  readonly external: ExternalSource;
  /** Seconds of a method's last run on this picture; null: it has not run. */
  readonly secondsOf: (method: CompareMethod) => number | null;
  /** @param ahead methods not done, with the one in work */
  readonly onWork: (work: Partial<CompareWork>, ahead: number) => void;
  readonly keep: (result: CompareResult, output: Rgba8 | null) => Promise<void>;
}

/** @throws the signal's reason; DeviceLostError. Methods that ended until then are kept */
export async function runMethods(
  methods: readonly CompareMethod[],
  picture: PicturePair,
  lease: GpuLease,
  { signal, metrics: weights, external, secondsOf, onWork, keep }: MethodsHooks,
): Promise<void> {
  const metrics = await loadMetrics(weights, picture.truth !== null);
  const paces = methods.map(secondsOf);
  try {
    for (const [i, method] of methods.entries()) {
      const own = paces[i] ?? null;
      const later = paces.slice(i + 1).map((seconds) => seconds ?? Number.NaN);
      const rest = later.reduce((sum, seconds) => sum + seconds, 0);
      const known = !Number.isNaN(rest);
      const onPhase: MethodHooks['onPhase'] = (phase, share, measuredSeconds) => {
        const seconds = measuredSeconds ?? (own === null ? null : own * (1 - share));
        const etaSeconds = seconds === null ? null : seconds + (known ? rest : 0);
        onWork({ phase, share, method, etaSeconds, etaOf: known ? 'all' : 'method' }, methods.length - i);
      };
      const { result, output } = await runMethod(method, picture, lease, { signal, metrics, external, onPhase });
      await keep(result, output);
    }
  } finally {
    metrics.dispose();
  }
}
