/** A `perceptual.json`: PSNR, SSIM, LPIPS and NIQE of pictures that lie beside it, against crops of the same name. */
import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { measure } from '../../src/engine/evaluation/scores.ts';
import { loadMetrics } from '../../src/engine/runtime/metrics.ts';
import type { Comparison } from '../../tests/support/golden.ts';
import { metricSource } from '../evaluate/run.ts';
import { readImage } from '../image-file.ts';

/** The metrics measured here, by the file's names, with their relative tolerances; LPIPS's weights are fp16. */
const metrics = {
  psnrY: { of: 'psnrY', tolerance: 1e-4 },
  ssimY: { of: 'ssimY', tolerance: 1e-4 },
  lpipsAlex: { of: 'lpips', tolerance: 5e-3 },
  niqe: { of: 'niqe', tolerance: 1e-2 },
} as const;
type Name = keyof typeof metrics;
const names = Object.keys(metrics) as Name[];

/** Numbers by a picture's file name. */
type Pictures = ReadonlyMap<string, ReadonlyMap<Name, number>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @returns the numbers, and the names of those that nothing here measures; null when the text is JSON of another kind
 * @throws one sentence
 */
export function readPerceptual(text: string): { readonly measured: Pictures; readonly unknown: string[] } | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('it is damaged, no JSON.');
  }
  const isPicture = ([name, value]: [string, unknown]) =>
    name === basename(name) && /\.(png|webp|jpe?g)$/i.test(name) && isObject(value);
  if (!isObject(content) || !Object.entries(content).some(isPicture)) return null;
  const measured = new Map<string, ReadonlyMap<Name, number>>();
  const unknown = new Set<string>();
  for (const [picture, values] of Object.entries(content)) {
    if (!isPicture([picture, values]) || !isObject(values)) throw new Error(`its entry "${picture}" is no picture.`);
    const numbers = new Map<Name, number>();
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${picture}: ${name} is no number.`);
      if (names.includes(name as Name)) numbers.set(name as Name, value);
      else unknown.add(name);
    }
    measured.set(picture, numbers);
  }
  return { measured, unknown: [...unknown] };
}

const root = resolve(import.meta.dirname, '../..');

/** The first of the folders that has the file. @throws one sentence */
function find(name: string, folders: readonly string[], what: string): string {
  const found = folders.map((folder) => join(folder, name)).find(existsSync);
  if (!found) throw new Error(`${name}: ${what} is in none of ${folders.join(', ')}.`);
  return found;
}

/** @param truth the only folder to look for truths in @throws one sentence */
export async function checkPerceptual(
  path: string,
  pictures: Pictures,
  rows: Comparison[],
  truth?: string,
): Promise<void> {
  const folder = dirname(resolve(path));
  const beside = [join(folder, basename(path, extname(path))), join(folder, 'perceptual'), folder];
  const truths = truth
    ? [truth]
    : [join(folder, '../data/evalpack'), join(root, 'tests/images/hr'), join(root, '../shared/data/evalpack')];
  const shipped = await loadMetrics(metricSource, true);
  for (const [name, numbers] of pictures) {
    const output = await readImage(find(name, beside, 'the picture'));
    const original = await readImage(find(name, truths, 'its truth'));
    const { scores } = await measure(output, original, { shipped, onnx: [] });
    for (const [metric, theirs] of numbers) {
      const { of, tolerance } = metrics[metric];
      const error = Math.abs((scores[of] ?? Number.NaN) - theirs) / Math.abs(theirs);
      rows.push({
        name: `${name} ${metric}`,
        error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error,
        tolerance,
      });
    }
  }
  shipped.dispose();
}
