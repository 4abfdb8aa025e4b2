/** Several noise seeds of one evaluation: the first one's numbers are the table's, all of them are in its intervals. */

import { columnsOf, formatValue, type MethodResult, timeColumn } from '../../src/report/columns.ts';
import { type EvaluationMethod, isNetwork } from '../../src/report/methods.ts';
import { shortName } from '../../src/report/write-table.ts';
import { fail, positiveInteger } from '../arguments.ts';

/** Whether a method's picture depends on the seed. */
export const hasNoise = (method: EvaluationMethod): boolean => isNetwork(method);

/** Ends the program with one line where it is no list of different seeds. */
export function readSeeds(text: string): readonly number[] {
  const seeds = text.split(',').map((part) => positiveInteger('--seeds', part.trim(), 2 ** 32 - 1));
  if (new Set(seeds).size < seeds.length) fail('--seeds names a seed twice.', 2);
  return seeds;
}

/** @param more results under further seeds, of the methods that have noise */
export const withSeeds = (
  results: readonly MethodResult[],
  more: ReadonlyMap<number, readonly MethodResult[]>,
): MethodResult[] =>
  results.map((result) => {
    const seeds = [...more].flatMap(([seed, others]) => {
      const other = others.find(({ method }) => method === result.method);
      return other ? [{ seed, images: other.images }] : [];
    });
    return seeds.length > 0 ? { ...result, seeds } : result;
  });

/** "ours: PSNR-Y 24.48 … 24.51 over 3 noise seeds": the least and the largest mean over the seeds, of each metric of pictures. */
export function seedLines(
  results: readonly MethodResult[],
  more: ReadonlyMap<number, readonly MethodResult[]>,
): string[] {
  const columns = columnsOf(results).filter((column) => column !== timeColumn);
  return results
    .filter(({ method }) => hasNoise(method))
    .map((result) => {
      const all = [
        result,
        ...[...more.values()].flatMap((other) => other.filter(({ method }) => method === result.method)),
      ];
      const ranges = columns.flatMap((column) => {
        const means = all.map(column.ofMethod).filter((mean) => typeof mean === 'number');
        if (means.length < all.length) return [];
        return [
          `${column.title} ${[Math.min(...means), Math.max(...means)].map((mean) => formatValue(mean, column)).join(' … ')}`,
        ];
      });
      return `${shortName(result.method)}, over ${all.length} noise seeds: ${ranges.join(', ')}`;
    });
}
