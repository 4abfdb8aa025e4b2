/** Smallest, mean and largest of a metric over seeds. */
import type { SweepRow } from '../../../protocol/compare.ts';
import type { Metric } from '../numbers/metrics.ts';

export interface Spread {
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** Null where nothing was measured. */
export function spreadOf({ of }: Pick<Metric, 'of'>, rows: readonly SweepRow[]): Spread | null {
  const values = rows.flatMap(({ scores }) => {
    const value = of(scores);
    return value === null ? [] : [value];
  });
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { least: Math.min(...values), mean, most: Math.max(...values) };
}
