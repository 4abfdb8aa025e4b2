/** The shares that the terms of the student's loss have in its gradient, one upon the other over the run. */
import { type TermName, termNames } from '../../../paper/names.ts';
import type { CurveName } from '../../../store/curves/curves.ts';

/** A run's numbers by column (store/curves); NaN where a number was not measured. */
export interface Columns {
  readonly first: number;
  readonly end: number;
  readonly get: (name: CurveName) => { at(index: number): number };
}

export interface Band {
  readonly term: TermName;
  /** Of each bucket, from 0 to 1: where the term's share begins, and where it ends. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Of the newest bucket. */
  readonly share: number;
}

/** Rows that a bucket looks at: a mean of these tells as much as one of all. */
const mostRows = 8;

/** The mean shares of a bucket's rows, together 1; all 0 where none was measured. */
function meansOf(columns: Columns, from: number, to: number): number[] {
  const by = Math.max(1, Math.ceil((to - from) / mostRows));
  const sums = termNames.map(() => 0);
  for (let index = from; index < to; index += by) {
    termNames.forEach((term, i) => {
      sums[i] = (sums[i] ?? 0) + (columns.get(`termShares.${term}`).at(index) || 0);
    });
  }
  const all = sums.reduce((total, sum) => total + sum, 0);
  return sums.map((sum) => (all > 0 ? sum / all : 0));
}

/**
 * A band for each term that has any share, in the order of `termNames`, from the bottom up.
 * @param most buckets at most, of equally many iterations each
 */
export function stackedShares(columns: Columns, most: number): Band[] {
  const { first, end } = columns;
  const buckets = Math.min(most, end - first);
  const edge = (bucket: number) => first + Math.floor(((end - first) * bucket) / buckets);
  const means = Array.from({ length: buckets }, (_, bucket) => meansOf(columns, edge(bucket), edge(bucket + 1)));
  const below = means.map(() => 0);
  return termNames.flatMap((term, i) => {
    const shares = means.map((bucket) => bucket[i] ?? 0);
    if (shares.every((share) => share === 0)) return [];
    const low = [...below];
    shares.forEach((share, bucket) => {
      below[bucket] = (below[bucket] ?? 0) + share;
    });
    return [{ term, low, high: [...below], share: shares.at(-1) ?? 0 }];
  });
}

/** Corners of an SVG polygon, `width` wide and 100 high: along the top to the right, and back along the bottom. */
export function bandPoints({ low, high }: Band, width: number): string {
  const x = (bucket: number) => ((high.length > 1 ? bucket / (high.length - 1) : 0) * width).toFixed(1);
  const y = (share: number) => (100 * (1 - share)).toFixed(2);
  // A single bucket is as wide as the whole.
  if (high.length === 1)
    return `0,${y(high[0] ?? 0)} ${width},${y(high[0] ?? 0)} ${width},${y(low[0] ?? 0)} 0,${y(low[0] ?? 0)}`;
  const top = high.map((share, bucket) => `${x(bucket)},${y(share)}`);
  const bottom = low.map((share, bucket) => `${x(bucket)},${y(share)}`).reverse();
  return [...top, ...bottom].join(' ');
}
