/** Which of several values are best and second best: one rule for every table. */
import type { Better } from '../outside/onnx-metric.ts';

export interface Entry<K> {
  readonly of: K;
  /** Null or undefined: not measured. */
  readonly value: number | null | undefined;
}

/** 1 and 2 for the best and the second best; equal values share a place, and one value alone has none. */
export function ranksOf<K>(entries: readonly Entry<K>[], better: Better): ReadonlyMap<K, 1 | 2> {
  const measured = entries.flatMap(({ of, value }) => (typeof value === 'number' ? [{ of, value }] : []));
  const ranks = new Map<K, 1 | 2>();
  if (measured.length < 2) return ranks;
  const sign = better === 'higher' ? -1 : 1;
  // Not by subtraction: equal pictures have an infinite PSNR.
  const [best, second] = [...new Set(measured.map(({ value }) => value))].sort((a, b) => (a < b ? -sign : sign));
  for (const { of, value } of measured) {
    if (value === best) ranks.set(of, 1);
    else if (value === second) ranks.set(of, 2);
  }
  return ranks;
}
