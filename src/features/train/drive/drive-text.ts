/** How a run goes, in a few words, and numbers as they are typed. */

import { type LossName, lossNames } from '../../../paper/names.ts';
import type { PlaybackSettings } from '../../../protocol/train.ts';
import { curveText } from '../charts/chart-lines.ts';
import { chartGroups } from '../charts/groups.ts';
import { spoken } from '../maths/plain.tsx';

/** The losses that a rule can look at, called and grouped as on the charts. */
export const watchedLosses = chartGroups
  .map(({ title, series }) => ({
    title,
    losses: series.flatMap((each) => {
      const name = lossNames.find((loss) => each.curve === `losses.${loss}`);
      return name ? [{ name, text: curveText(each), symbol: spoken(each.symbol ?? each.name) }] : [];
    }),
  }))
  .filter(({ losses }) => losses.length > 0);

const symbolOf = (loss: LossName): string =>
  watchedLosses.flatMap(({ losses }) => losses).find(({ name }) => name === loss)?.symbol ?? loss;

/** "Until iteration 500 or 10 min, 2/s"; null when nothing holds it. */
export function driveText({ until, perSecond }: PlaybackSettings): string | null {
  const rules = [
    until.step !== null && `iteration ${until.step}`,
    until.minutes !== null && `${until.minutes} min`,
    until.below !== null && `${symbolOf(until.loss)} < ${until.below}`,
    until.plateau !== null && 'a plateau',
  ].filter((rule) => rule !== false);
  const parts = [...(rules.length > 0 ? [`Until ${rules.join(' or ')}`] : []), perSecond !== null && `${perSecond}/s`];
  const said = parts.filter((part) => part !== false);
  return said.length > 0 ? said.join(', ') : null;
}

export interface NumberRange {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

/** Nothing typed: null. @throws one sentence for what is no number in the range */
export function readNumber(text: string, { low, high, whole }: NumberRange): number | null {
  if (text.trim() === '') return null;
  const value = Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  throw new Error(
    `This must be a ${whole ? 'whole number' : 'number'} from ${low} to ${high}, or empty; ${text} is not.`,
  );
}
