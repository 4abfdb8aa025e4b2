/** What a measured row follows from, as one string: rows of the same key need not be measured again. */
import { enlargeMethods } from '../../imaging/enlarge.ts';
import type { EvaluationOptions } from '../../protocol/evaluate.ts';
import { metricsVersion } from '../../report/columns.ts';
import { type EvaluationMethod, isExternal } from '../../report/methods.ts';

export interface RowSources {
  /** Hashes of its pictures, and how LR was made from HR. */
  readonly pictures: readonly string[];
  /** One hash of the preset's files. */
  readonly weights: string;
  readonly options: EvaluationOptions;
  /** Hash of an outside model's file; null for those that come with the page. */
  readonly file: string | null;
  /** Metrics of the user's, with their files' hashes. */
  readonly metrics: readonly string[];
}

export function keyOf(method: EvaluationMethod, name: string, sources: RowSources): string {
  const { pictures, weights, options, file, metrics } = sources;
  const { preset, seed, colourLock, tile } = options;
  const isClassical = (enlargeMethods as readonly string[]).includes(method);
  // The seed also draws degradations.
  const follows = isClassical
    ? [seed]
    : isExternal(method)
      ? [seed, tile, file]
      : [seed, tile, preset, colourLock, weights];
  return JSON.stringify([metricsVersion, method, name, pictures, metrics, ...follows]);
}
