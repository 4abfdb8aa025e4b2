/** The results page's tables in Markdown. */
import {
  type Column,
  columnsOf,
  formatValue,
  headOf,
  lpipsColumn,
  msSsimColumn,
  niqeColumn,
  psnrColumn,
  ranks,
  ssimColumn,
  timeColumn,
} from '../../src/report/columns.ts';
import { type EvaluationMethod, methodTitle } from '../../src/report/methods.ts';
import type { Claim, Metric } from '../../src/report/paper-tables.ts';
import type { MethodResult } from '../../src/report/results.ts';
import { markdownTable } from '../../src/report/write-table.ts';
import type { StoredSet } from './stored.ts';

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

export function methodTable(results: readonly MethodResult[]): string[] {
  const columns = columnsOf(results).filter((column) => column !== timeColumn);
  const cells = columns.map((column) => marked(results, column));
  return markdownTable(
    ['', ...columns.map(headOf), timeColumn.title],
    results.map((result) => [
      methodTitle(result.method, result.steps),
      ...cells.map((column) => column.get(result.method) ?? ''),
      formatValue(result.msPerMegapixel, timeColumn),
    ]),
  );
}

/** The outcome of a claim on one set: null where one of the two methods is missing. */
export interface Verdict {
  readonly holds: boolean;
  readonly text: string;
}

export function judge({ better, worse }: Claim, metric: Metric, set: StoredSet): Verdict | null {
  const { ofMethod, ofPicture, better: way, digits, unit } = metricColumns[metric];
  const sign = way === 'higher' ? 1 : -1;
  const [a, b] = [better, worse].map((name) => set.methods.find(({ method }) => method === name));
  const [ofA, ofB] = [a && ofMethod(a), b && ofMethod(b)];
  if (!a || !b || typeof ofA !== 'number' || typeof ofB !== 'number') return null;
  const pairs = a.images.map((image) => [
    ofPicture(image),
    ofPicture(b.images.find(({ name }) => name === image.name) ?? {}),
  ]);
  const wins = pairs.filter(([x, y]) => typeof x === 'number' && typeof y === 'number' && sign * (x - y) > 0).length;
  const difference = ofA - ofB;
  const holds = sign * difference > 0;
  const shown = `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(digits)}${unit}`;
  return { holds, text: `${holds ? 'yes' : '**no**'}, ${shown} (${wins} of ${pairs.length})` };
}
