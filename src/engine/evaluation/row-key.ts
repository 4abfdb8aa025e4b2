/** Cache key of a measured row: rows of the same key need not be measured again. */
import { enlargeMethods } from '../../imaging/resize.ts';
import type { Manifest } from '../../presets/manifest.ts';
import type { EvaluationOptions } from '../../protocol/evaluate.ts';
import { metricsVersion } from '../../report/columns.ts';
import { type EvaluationMethod, isExternal, isFinished, laterVersion } from '../../report/methods.ts';
import { sha256 } from '../runtime/model-source.ts';

/** One hash of a preset's files. */
export const weightsHash = ({ files }: Pick<Manifest, 'files'>): Promise<string> =>
  sha256(new Blob([JSON.stringify(files.map((file) => [file.name, file.sha256]))]));

export interface RowSources {
  /** Hashes of its pictures, and how LR was made from HR. */
  readonly pictures: readonly string[];
  /** One hash of the preset's files. */
  readonly weights: string;
  readonly options: EvaluationOptions;
  /** Hash of an external model's file, or of a finished output; null for those that come with the page. */
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
    : isFinished(method)
      ? [seed, null, null, file]
      : isExternal(method)
        ? [seed, tile, file]
        : [seed, tile, preset, colourLock, weights, ...laterVersion(method)];
  return JSON.stringify([metricsVersion, method, name, pictures, metrics, ...follows]);
}

/** Of a row's key: rows of the same method, tile and preset take as long a pixel. */
export function paceKeyOf(key: string): string {
  const [, method, , , , , tile, preset] = JSON.parse(key) as unknown[];
  return JSON.stringify([method, tile, preset]);
}
