/** What is measured of a result against the truth, and the mean over pictures. */
import type { Rgba8 } from '../../imaging/image.ts';
import { msSsimSmallestSide, msSsimY, psnrY, ssimY } from '../../imaging/metrics/index.ts';
import { FeatureDistance } from '../feature-distance.ts';

/** Metrics that a picture is too small for are null. */
export interface Scores {
  /** dB, larger is better; infinite for equal pictures. */
  readonly psnrY: number;
  /** Larger is better, at most 1. */
  readonly ssimY: number;
  readonly msSsim: number | null;
  /** By the metric's name; smaller is better. Empty where none was loaded. */
  readonly perceptual: Readonly<Record<string, number | null>>;
}

/** @throws RangeError when the pictures differ in size or have less than 11 px a side */
export async function scoresOf(output: Rgba8, truth: Rgba8, distance: FeatureDistance | null): Promise<Scores> {
  const side = Math.min(output.width, output.height);
  const measured = () => (side < FeatureDistance.smallestSide ? null : distance?.measure(output, truth));
  return {
    psnrY: psnrY(output, truth),
    ssimY: ssimY(output, truth),
    msSsim: side < msSsimSmallestSide ? null : msSsimY(output, truth),
    perceptual: distance ? { [FeatureDistance.label]: (await measured()) ?? null } : {},
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Over the pictures that could be measured; null where none could. */
function meanOfMeasured(values: readonly (number | null)[]): number | null {
  const measured = values.filter((value) => value !== null);
  return measured.length > 0 ? mean(measured) : null;
}

/** @param scores of one picture at least, all with the same perceptual metrics */
export function meanScores(scores: readonly Scores[]): Scores {
  return {
    psnrY: mean(scores.map(({ psnrY }) => psnrY)),
    ssimY: mean(scores.map(({ ssimY }) => ssimY)),
    msSsim: meanOfMeasured(scores.map(({ msSsim }) => msSsim)),
    perceptual: Object.fromEntries(
      Object.keys(scores[0]?.perceptual ?? {}).map((name) => [
        name,
        meanOfMeasured(scores.map(({ perceptual }) => perceptual[name] ?? null)),
      ]),
    ),
  };
}
