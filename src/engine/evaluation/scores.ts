/** What is measured of a result, and the mean over pictures. */
import type { Rgba8 } from '../../imaging/image.ts';
import { msSsimSmallestSide, msSsimY, niqe, psnrY, ssimY } from '../../imaging/metrics/index.ts';
import type { NamedScores, Scores } from '../../report/results.ts';
import type { ShippedMetrics } from '../metrics.ts';
import type { OnnxMetric } from '../outside/onnx-metric.ts';

/** Feature vectors of a result and of its truth, by the metric that compares whole sets of them. */
export type SetFeatures = Readonly<Record<string, { readonly output: Float32Array; readonly truth: Float32Array }>>;

export interface Measured {
  /** Those against the truth where there is one. */
  readonly scores: Partial<Scores> & {
    /** Of the output alone: smaller is better. */
    readonly niqe: number | null;
    /** Of the output alone, metrics of the user's, by name. */
    readonly noReference: NamedScores;
  };
  readonly features: SetFeatures;
}

/** The metrics with their networks and models loaded. */
export interface Metrics {
  readonly shipped: ShippedMetrics;
  /** Brought by the user. */
  readonly onnx: readonly OnnxMetric[];
}

async function scoresOf(output: Rgba8, truth: Rgba8, { lpips }: ShippedMetrics): Promise<Omit<Scores, 'perceptual'>> {
  return {
    psnrY: psnrY(output, truth),
    ssimY: ssimY(output, truth),
    msSsim: Math.min(output.width, output.height) < msSsimSmallestSide ? null : msSsimY(output, truth),
    lpips: (await lpips?.measure(output, truth)) ?? null,
  };
}

/** @throws RangeError when the pictures differ in size or have less than 11 px a side; what an outside metric says */
export async function measure(output: Rgba8, truth: Rgba8 | null, { shipped, onnx }: Metrics): Promise<Measured> {
  const against = truth ? await scoresOf(output, truth, shipped) : {};
  const perceptual: Record<string, number | null> = {};
  const noReference: Record<string, number | null> = {};
  const features: Record<string, SetFeatures[string]> = {};
  for (const { name, kind, run } of onnx) {
    if (kind === 'no-reference') noReference[name] = (await run(output, null))?.[0] ?? null;
    if (!truth) continue;
    if (kind === 'full-reference') perceptual[name] = (await run(output, truth))?.[0] ?? null;
    if (kind !== 'features') continue;
    const [ofOutput, ofTruth] = [await run(output, null), await run(truth, null)];
    if (ofOutput && ofTruth) features[name] = { output: ofOutput, truth: ofTruth };
  }
  const alone = { niqe: niqe(output, shipped.niqe), noReference };
  return { scores: { ...against, ...alone, ...(truth ? { perceptual } : {}) }, features };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Over the pictures that could be measured; null where none could. */
export function meanOfMeasured(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null);
  return measured.length > 0 ? mean(measured) : null;
}

/** @param all of one picture at least, all with the same metrics */
export function meanNamed(all: readonly NamedScores[]): NamedScores {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, meanOfMeasured(all.map((scores) => scores[name] ?? null))]));
}

/** @param scores of one picture at least, all with the same perceptual metrics */
export function meanScores(scores: readonly Scores[]): Scores {
  return {
    psnrY: mean(scores.map(({ psnrY }) => psnrY)),
    ssimY: mean(scores.map(({ ssimY }) => ssimY)),
    msSsim: meanOfMeasured(scores.map(({ msSsim }) => msSsim)),
    lpips: meanOfMeasured(scores.map(({ lpips }) => lpips)),
    perceptual: meanNamed(scores.map(({ perceptual }) => perceptual)),
  };
}
