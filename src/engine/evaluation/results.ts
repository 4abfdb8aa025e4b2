/** What an evaluation comes to: rows of pictures, and methods over all of them. */
import { frechetDistance } from '../../imaging/metrics/frechet.ts';
import type { EvaluationMethod } from '../../report/methods.ts';
import type { MethodResult, NamedScores, PictureRow, Scores } from '../../report/results.ts';
import { meanNamed, meanOfMeasured, meanScores, type SetFeatures } from './scores.ts';

/** A row with what is needed of its picture once all are there. */
export interface MeasuredRow {
  readonly row: PictureRow;
  readonly features: SetFeatures;
}

/** Null for a single picture, which has no spread. */
function frechetOf(rows: readonly MeasuredRow[]): NamedScores {
  const names = [...new Set(rows.flatMap(({ features }) => Object.keys(features)))];
  return Object.fromEntries(
    names.map((name) => {
      const pairs = rows.flatMap(({ features }) => features[name] ?? []);
      const distance = () =>
        frechetDistance(
          pairs.map(({ output }) => output),
          pairs.map(({ truth }) => truth),
        );
      return [name, pairs.length > 1 ? distance() : null];
    }),
  );
}

/** @param rows of one picture at least */
export function summarise(method: EvaluationMethod, rows: readonly MeasuredRow[]): MethodResult {
  const images = rows.map(({ row }) => row);
  const milliseconds = images.reduce((sum, { ms }) => sum + ms, 0);
  const pixels = images.reduce((sum, { width, height }) => sum + width * height, 0);
  const scored = images.filter((row): row is PictureRow & Scores => row.psnrY !== undefined);
  const frechet = frechetOf(rows);
  return {
    method,
    ...(scored.length > 0 ? meanScores(scored) : {}),
    niqe: meanOfMeasured(images.map(({ niqe = null }) => niqe)),
    noReference: meanNamed(images.map(({ noReference = {} }) => noReference)),
    ...(Object.keys(frechet).length > 0 ? { frechet } : {}),
    msPerMegapixel: (milliseconds / pixels) * 1e6,
    images,
  };
}
