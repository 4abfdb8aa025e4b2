/** The results page's tables in Markdown. */

import type { PresetName } from '../../src/presets/presets.ts';
import {
  bootstrap,
  type Interval,
  intervalText,
  pairedDifferences,
  type Verdict,
  verdictOf,
} from '../../src/report/bootstrap.ts';
import {
  type Better,
  type Column,
  columnsOf,
  formatValue,
  headOf,
  lpipsColumn,
  type MethodResult,
  msSsimColumn,
  niqeColumn,
  psnrColumn,
  ranks,
  ssimColumn,
  timeColumn,
} from '../../src/report/columns.ts';
import { type EvaluationMethod, methodTitle } from '../../src/report/methods.ts';
import type { Claim, Metric } from '../../src/report/paper-tables.ts';
import { markdownTable } from '../../src/report/write-table.ts';
import { gmacOf } from '../peers/cost.ts';
import type { StoredMethod, StoredSet } from './stored.ts';

export const metricColumns: Readonly<Record<Metric, Column>> = {
  psnrY: psnrColumn,
  ssimY: ssimColumn,
  msSsim: msSsimColumn,
  lpips: lpipsColumn,
  niqe: niqeColumn,
};

/** Best bold, second best italic, among those that see the LR picture alone. */
function marked(results: readonly MethodResult[], column: Column): Map<EvaluationMethod, string> {
  const ranked = ranks(results, column);
  const marks = ['', '**', '_'];
  return new Map(
    results.map((result) => {
      const mark = marks[ranked.get(result.method) ?? 0];
      return [result.method, `${mark}${formatValue(column.ofMethod(result), column)}${mark}`];
    }),
  );
}

const gmacText = (gmac: number | null) =>
  gmac?.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 }) ?? '—';

/** Arithmetic in place of times: methods were measured on several days, beside whatever else the machine did. */
export function methodTable(results: readonly StoredMethod[], preset: PresetName): string[] {
  const columns = columnsOf(results).filter((column) => column !== timeColumn);
  const cells = columns.map((column) => marked(results, column));
  return markdownTable(
    ['', ...columns.map(headOf), 'GMAC/MP'],
    results.map((result) => [
      methodTitle(result.method, result.steps),
      ...cells.map((column) => column.get(result.method) ?? ''),
      gmacText(result.gmac ?? gmacOf(result.method, preset, result.steps)),
    ]),
  );
}

/** The outcome of a claim on one set. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly text: string;
}

/** In bold where the claim is reversed. */
export const judgement = (interval: Interval, better: Better, digits: number, unit = ''): Judgement => {
  const verdict = verdictOf(interval, better);
  return {
    verdict,
    text: `${verdict === 'no' ? '**no**' : verdict}, ${intervalText(interval, digits, unit)}`,
  };
};

/** From the pictures that both methods have a value for; null where one of the two is missing, or there is none. */
export function judge({ better, worse }: Claim, metric: Metric, set: StoredSet): Judgement | null {
  const { better: way, digits, unit } = metricColumns[metric];
  const [a, b] = [better, worse].map((name) => set.methods.find(({ method }) => method === name));
  if (!a || !b) return null;
  const differences = pairedDifferences(a, b, metricColumns[metric]);
  return differences.length > 0 ? judgement(bootstrap(differences), way, digits, unit) : null;
}
