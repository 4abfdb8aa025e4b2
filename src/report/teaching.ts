/** The verdict on an upscaler of the user's own: its scores on held-out crops beside those of the student that it began as. */
import type { TaughtScores } from '../presets/teaching.ts';
import { bootstrap, type Interval, type Verdict, verdictOf } from './bootstrap.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @param scores at least one; of PSNR the finite ones count, ∞ without any; LPIPS is null where one of them lacks it */
export function meanScores(scores: readonly TaughtScores[]): TaughtScores {
  const psnrY = scores.map((score) => score.psnrY).filter(Number.isFinite);
  const lpips = scores.flatMap((score) => (score.lpips === null ? [] : [score.lpips]));
  return {
    psnrY: psnrY.length > 0 ? mean(psnrY) : Number.POSITIVE_INFINITY,
    lpips: lpips.length === scores.length ? mean(lpips) : null,
  };
}

/** Crops below which nothing is claimed: an interval of so few says nothing. */
const fewestCrops = 5;

/** One metric: the means, and how sure their difference (after − before) is. */
export interface Difference {
  readonly before: number;
  readonly after: number;
  readonly interval: Interval;
  readonly verdict: Verdict;
}

export interface TaughtVerdict {
  readonly crops: number;
  /** dB; larger is better. Null: no crop has a finite one both before and after. */
  readonly psnrY: Difference | null;
  /** Smaller is better; null: not measured. */
  readonly lpips: Difference | null;
  /** better: by one metric surely, by none surely worse. mixed: surely better by one, worse by the other. */
  readonly overall: 'better' | 'worse' | 'mixed' | 'no difference shown';
}

/** Over the crops whose values are finite both before and after: equal pictures have a PSNR of ∞. Null where there is none. */
function difference(
  before: readonly number[],
  after: readonly number[],
  better: 'higher' | 'lower',
): Difference | null {
  const pairs = before
    .map((value, i) => [value, after[i] ?? Number.NaN] as const)
    .filter((pair) => pair.every(Number.isFinite));
  if (pairs.length === 0) return null;
  const interval = bootstrap([pairs.map(([first, second]) => second - first)]);
  const verdict = pairs.length < fewestCrops ? 'not shown' : verdictOf(interval, better);
  return {
    before: mean(pairs.map(([first]) => first)),
    after: mean(pairs.map(([, second]) => second)),
    interval,
    verdict,
  };
}

/**
 * By the paired bootstrap over the crops (bootstrap.ts), whose interval must leave out 0 for a claim.
 * @returns null where the two are not of the same crops, or of none
 */
export function taughtVerdict(before: readonly TaughtScores[], after: readonly TaughtScores[]): TaughtVerdict | null {
  if (before.length === 0 || before.length !== after.length) return null;
  const values = (scores: readonly TaughtScores[]) => scores.map(({ lpips }) => lpips ?? Number.NaN);
  const psnrY = difference(
    before.map((score) => score.psnrY),
    after.map((score) => score.psnrY),
    'higher',
  );
  const hasLpips = [...before, ...after].every(({ lpips }) => lpips !== null);
  const lpips = hasLpips ? difference(values(before), values(after), 'lower') : null;
  const verdicts = [psnrY?.verdict, lpips?.verdict];
  const [isBetter, isWorse] = [verdicts.includes('yes'), verdicts.includes('no')];
  const overall = isBetter ? (isWorse ? 'mixed' : 'better') : isWorse ? 'worse' : 'no difference shown';
  return { crops: before.length, psnrY, lpips, overall };
}

/** "Better at your pictures by 0.16 dB of PSNR-Y and 0.0220 of LPIPS.": no more than the intervals show. */
export function verdictText({ psnrY, lpips, overall }: TaughtVerdict): string {
  const amounts = (wanted: Verdict): string =>
    [
      ...(psnrY?.verdict === wanted ? [`${Math.abs(psnrY.interval.mean).toFixed(2)} dB of PSNR-Y`] : []),
      ...(lpips?.verdict === wanted ? [`${Math.abs(lpips.interval.mean).toFixed(4)} of LPIPS`] : []),
    ].join(' and ');
  switch (overall) {
    case 'better':
      return `Better at your pictures by ${amounts('yes')}.`;
    case 'worse':
      return `Not better: worse at your pictures by ${amounts('no')}.`;
    case 'mixed':
      return `Mixed: better at your pictures by ${amounts('yes')}, worse by ${amounts('no')}.`;
    case 'no difference shown':
      return 'Not better: no difference is shown.';
  }
}
