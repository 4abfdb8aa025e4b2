/** Results as text. */

import type { EvaluationProgress, MethodResult } from '../../src/engine/evaluation/evaluate.ts';
import type { EvaluationMethod } from '../../src/engine/evaluation/methods.ts';
import { isEsrgan, isOutside, outsideTitle } from '../../src/engine/outside/names.ts';

const number = (value: number | null | undefined, digits: number) =>
  value === null || value === undefined ? '—' : value.toFixed(digits);

/** The metrics' columns: title, width, and a method's value. */
const columns: readonly [string, number, (result: MethodResult) => string][] = [
  ['PSNR-Y', 8, ({ psnrY }) => number(psnrY, 3)],
  ['SSIM-Y', 8, ({ ssimY }) => number(ssimY, 4)],
  ['MS-SSIM', 8, ({ msSsim }) => number(msSsim, 4)],
  ['perceptual', 11, ({ perceptual = {} }) => number(Object.values(perceptual)[0], 4)],
  ['ms/MP', 8, ({ msPerMegapixel }) => number(msPerMegapixel, 0)],
];

const nameWidth = 16;

/** An ONNX file goes by its name alone. */
export const shortName = (method: EvaluationMethod) =>
  isOutside(method) && !isEsrgan(method) ? outsideTitle(method) : method;

const shown = (withScores: boolean) => (withScores ? columns : columns.slice(-1));

export const tableHead = (withScores: boolean): string =>
  ['method'.padEnd(nameWidth), ...shown(withScores).map(([title, width]) => title.padStart(width))].join('');

export const tableRow = (result: MethodResult): string =>
  [
    shortName(result.method).padEnd(nameWidth),
    ...shown(result.psnrY !== undefined).map(([, width, value]) => value(result).padStart(width)),
  ].join('');

/** What the columns say, and of how many pictures where not of all. */
export function tableFoot(results: readonly MethodResult[]): string[] {
  const [first] = results;
  if (first?.psnrY === undefined) return [];
  const [name] = Object.keys(first.perceptual ?? {});
  const lines = [`perceptual: ${name}, smaller is better; PSNR in dB, SSIM and MS-SSIM of luma, larger is better`];
  const measured = first.images.filter(({ msSsim }) => msSsim !== null).length;
  if (measured < first.images.length)
    lines.push(`MS-SSIM of ${measured} of ${first.images.length} pictures: the others have less than 161 px a side`);
  return lines;
}

export function progressText({ method, done, total, etaSeconds }: EvaluationProgress): string {
  const left = etaSeconds === null || done === total ? '' : `, ${etaSeconds.toFixed(0)} s left`;
  return `${method}: ${done} of ${total}${left}`;
}
