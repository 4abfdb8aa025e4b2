/** `docs/results.json`: what was measured, with enough to know what need not be measured again. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DegradationKind } from '../../src/degradation/index.ts';
import type { Manifest, ManifestFile } from '../../src/presets/manifest.ts';
import type { PresetName } from '../../src/presets/presets.ts';
import type { ColourLock } from '../../src/protocol/upscale.ts';
import type { MethodResult } from '../../src/report/columns.ts';
import { type EvaluationMethod, isNetwork, laterVersion, networkOf } from '../../src/report/methods.ts';
import { writeFileWhole } from '../whole-file.ts';
import type { FlatColours } from './flat.ts';

export interface StoredMethod extends MethodResult {
  readonly adapter: string;
  /** Of everything that the numbers follow from but the program itself. */
  readonly fingerprint: string;
  /** Of a megapixel, where it is a public network's; ours follow from the preset. */
  readonly gmac?: number;
}

export interface StoredFlatColours extends FlatColours {
  readonly method: EvaluationMethod;
  /** As a method's. */
  readonly fingerprint: string;
}

export interface StoredSet {
  readonly degradation: DegradationKind;
  /** Where its LR pictures lie. */
  readonly folder: string;
  readonly methods: readonly StoredMethod[];
}

/** The page's words on the weights that were measured. */
export interface StoredWeights {
  readonly created: string;
  readonly files: readonly Pick<ManifestFile, 'name' | 'parameters' | 'training'>[];
}

export interface StoredResults {
  readonly preset: PresetName;
  readonly weights: StoredWeights;
  readonly seed: number;
  readonly colourLock: ColourLock;
  readonly sets: readonly StoredSet[];
  /** Of those methods that were asked so far. */
  readonly flat: readonly StoredFlatColours[];
}

/** Null where there is none that can be read: then everything is measured. */
export async function readResults(path: string): Promise<StoredResults | null> {
  try {
    const stored = JSON.parse(await readFile(path, 'utf8')) as StoredResults;
    return Array.isArray(stored.sets) && Array.isArray(stored.flat) && stored.weights ? stored : null;
  } catch {
    return null;
  }
}

/** Of measured numbers six digits say all there is to say. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

/** A line a picture: changes are readable as a diff. */
export async function writeResults(path: string, results: StoredResults): Promise<void> {
  const text = JSON.stringify(results, rounded, 1).replace(/\{\s+"name"[^[\]]*?\}(?=,?\s+[{\]])/g, (row) =>
    row.replace(/\s+/g, ' '),
  );
  await writeFileWhole(path, `${text}\n`);
}

/** The networks that make pictures: those that only help training say nothing about the results. */
export const weightsOf = ({ created, files }: Manifest): StoredWeights => ({
  created,
  files: files
    .filter(({ role }) => role === 'autoencoder' || role === 'teacher' || role === 'student')
    .map(({ name, parameters, training }) => ({ name, parameters, training })),
});

/** Hash of all files of some folders, names included. */
export async function hashFolders(...folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) {
      hash.update(name);
      hash.update(await readFile(join(folder, name)));
    }
  }
  return hash.digest('hex');
}

const uses = (method: EvaluationMethod, file: ManifestFile) => {
  if (method === 'nearest' || method === 'bicubic' || method === 'lanczos') return false;
  if (file.role === 'autoencoder') return true;
  return (file.role === 'teacher' || file.role === 'student') && isNetwork(method) && file.method === networkOf(method);
};

/** @param pictures hash of the pictures, with the version of what measures them */
export function fingerprint(
  method: EvaluationMethod,
  manifest: Manifest,
  pictures: string,
  settings: { readonly seed: number; readonly colourLock: ColourLock },
): string {
  const weights = manifest.files.filter((file) => uses(method, file)).map(({ sha256 }) => sha256);
  const { seed, colourLock } = settings;
  return createHash('sha256')
    .update(
      JSON.stringify([
        method,
        weights,
        pictures,
        weights.length > 0 ? [seed, colourLock, ...laterVersion(method)] : [],
      ]),
    )
    .digest('hex')
    .slice(0, 16);
}
