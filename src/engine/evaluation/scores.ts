/** Measures results, and takes means over pictures. */

import { errorMessage } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import { msSsimY, psnrY, ssimY } from '../../imaging/metrics/fidelity.ts';
import { frechetDistance } from '../../imaging/metrics/frechet.ts';
import { niqe } from '../../imaging/metrics/niqe/index.ts';
import { msSsimSmallestSide, ssimWindow } from '../../imaging/metrics/planes.ts';
import type { MethodResult, NamedScores, PictureRow, Scores } from '../../report/columns.ts';
import { type EvaluationMethod, isTeacher } from '../../report/methods.ts';
import type { OnnxMetric } from '../external/onnx-metric.ts';
import type { ShippedMetrics } from '../runtime/metrics.ts';

/** Feature vectors of a result and of its truth, by the metric that compares whole sets of them. */
export type SetFeatures = Readonly<Record<string, { readonly output: Float32Array; readonly truth: Float32Array }>>;

export interface MeasuredScores {
  /** Those against the truth where there is one. */
  readonly scores: Partial<Scores> & {
    /** Of the output alone: smaller is better. */
    readonly niqe: number | null;
    /** Of the output alone, metrics of the user's, by name. */
    readonly noReference: NamedScores;
  };
  readonly features: SetFeatures;
  /** Metrics of the user's that failed on these pictures: a sentence each. */
  readonly faults: readonly string[];
}

/** The metrics with their networks and models loaded. */
export interface Metrics {
  readonly shipped: ShippedMetrics;
  /** The user's. */
  readonly onnx: readonly OnnxMetric[];
}

async function scoresOf(output: Rgba8, truth: Rgba8, { lpips }: ShippedMetrics): Promise<Omit<Scores, 'perceptual'>> {
  const side = Math.min(output.width, output.height);
  return {
    psnrY: psnrY(output, truth),
    ssimY: side < ssimWindow ? null : ssimY(output, truth),
    msSsim: side < msSsimSmallestSide ? null : msSsimY(output, truth),
    lpips: (await lpips?.measure(output, truth)) ?? null,
  };
}

/** @throws RangeError when the pictures differ in size */
export async function measure(output: Rgba8, truth: Rgba8 | null, { shipped, onnx }: Metrics): Promise<MeasuredScores> {
  const against = truth ? await scoresOf(output, truth, shipped) : {};
  const perceptual: Record<string, number | null> = {};
  const noReference: Record<string, number | null> = {};
  const features: Record<string, SetFeatures[string]> = {};
  const faults: string[] = [];
  for (const { name, kind, run } of onnx) {
    // A file of the user's that fails on one picture costs its own cell.
    const values = (picture: Rgba8, other: Rgba8 | null) =>
      run(picture, other).catch((error) => {
        faults.push(`${name}: ${errorMessage(error).split('\n')[0]}`);
        return null;
      });
    if (kind === 'no-reference') noReference[name] = (await values(output, null))?.[0] ?? null;
    if (!truth) continue;
    if (kind === 'full-reference') perceptual[name] = (await values(output, truth))?.[0] ?? null;
    if (kind !== 'features') continue;
    const [ofOutput, ofTruth] = [await values(output, null), await values(truth, null)];
    if (ofOutput && ofTruth) features[name] = { output: ofOutput, truth: ofTruth };
  }
  const alone = { niqe: niqe(output, shipped.niqe), noReference };
  return { scores: { ...against, ...alone, ...(truth ? { perceptual } : {}) }, features, faults };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Over the pictures that could be measured; null where none could. */
function meanOfMeasured(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null);
  return measured.length > 0 ? mean(measured) : null;
}

function meanNamed(all: readonly NamedScores[]): NamedScores {
  const names = [...new Set(all.flatMap((scores) => Object.keys(scores)))];
  return Object.fromEntries(names.map((name) => [name, meanOfMeasured(all.map((scores) => scores[name] ?? null))]));
}

/** @param scores of one picture at least, all with the same perceptual metrics */
export function meanScores(scores: readonly Scores[]): Scores {
  return {
    psnrY: mean(scores.map(({ psnrY }) => psnrY)),
    ssimY: meanOfMeasured(scores.map(({ ssimY }) => ssimY)),
    msSsim: meanOfMeasured(scores.map(({ msSsim }) => msSsim)),
    lpips: meanOfMeasured(scores.map(({ lpips }) => lpips)),
    perceptual: meanNamed(scores.map(({ perceptual }) => perceptual)),
  };
}

// Per-picture rows and per-method means of an evaluation.

/** A row with what is needed of its picture once all are there. */
export interface MeasuredRow {
  readonly row: PictureRow;
  readonly features: SetFeatures;
}

/** Null for a single picture, which has no spread. */
function frechetOf(rows: readonly MeasuredRow[]): NamedScores {
  const names = [...new Set(rows.flatMap(({ features }) => Object.keys(features)))];
  return Object.fromEntries(
    names.map((name) => {
      const pairs = rows.flatMap(({ features }) => features[name] ?? []);
      const distance = () =>
        frechetDistance(
          pairs.map(({ output }) => output),
          pairs.map(({ truth }) => truth),
        );
      return [name, pairs.length > 1 ? distance() : null];
    }),
  );
}

/** The row of a picture that could not be run: its cells are empty. */
export const faultRow = (name: string, fault: string): MeasuredRow => ({
  row: { name, width: 0, height: 0, ms: 0, fault },
  features: {},
});

/**
 * @param rows of one picture at least
 * @param teacherSteps length of the teacher's schedule, recorded with its results
 */
export function summarise(
  method: EvaluationMethod,
  rows: readonly MeasuredRow[],
  teacherSteps: number | null = null,
): MethodResult {
  const images = rows.map(({ row }) => row);
  const timed = images.flatMap(({ ms, width, height }) => (ms === null ? [] : { ms, pixels: width * height }));
  const milliseconds = timed.reduce((sum, { ms }) => sum + ms, 0);
  const pixels = timed.reduce((sum, row) => sum + row.pixels, 0);
  const scored = images.filter((row): row is PictureRow & Scores => row.psnrY !== undefined);
  const frechet = frechetOf(rows);
  return {
    method,
    ...(isTeacher(method) && teacherSteps !== null ? { steps: teacherSteps } : {}),
    ...(scored.length > 0 ? meanScores(scored) : {}),
    niqe: meanOfMeasured(images.map(({ niqe = null }) => niqe)),
    noReference: meanNamed(images.map(({ noReference = {} }) => noReference)),
    ...(Object.keys(frechet).length > 0 ? { frechet } : {}),
    msPerMegapixel: pixels > 0 ? (milliseconds / pixels) * 1e6 : null,
    images,
  };
}
