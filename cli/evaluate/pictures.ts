/** The sets that `npm run evaluate` takes, from folders on disk. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DegradationKind } from '../../src/degradation/index.ts';
import {
  degradedSetOf,
  type FinishedOutputs,
  finishedOutputsOf,
  type PictureFolder,
  type PictureSet,
  type PictureSize,
  pairedSetOf,
  plainSetOf,
} from '../../src/engine/evaluation/sets.ts';
import { errorMessage } from '../../src/formats/errors.ts';
import { resultLimits } from '../../src/formats/image-header.ts';
import { isImageName } from '../../src/formats/image-sniff.ts';
import type { Rgba8 } from '../../src/imaging/image.ts';
import type { FinishedMethod } from '../../src/report/methods.ts';
import { readImage, readImageSize } from '../image-file.ts';
import type { NamedPath } from './options.ts';

export type { PictureSet };

const named = (path: string) => (error: unknown) => {
  throw new Error(`${path}: ${errorMessage(error)}`);
};

/** Wrong pairs are told before anything runs. */
const sizeOf = (path: string): Promise<PictureSize> => readImageSize(path, resultLimits).catch(named(path));

/** Truths are as large as results. */
const read = (path: string): Promise<Rgba8> => readImage(path, resultLimits).catch(named(path));

/** @throws one sentence */
async function openFolder(folder: string): Promise<PictureFolder> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`${folder}: there is no such folder.`);
  });
  const files = names.filter(isImageName).sort();
  return {
    label: folder,
    files: files.map((file) => ({
      file,
      size: () => sizeOf(join(folder, file)),
      read: () => read(join(folder, file)),
    })),
  };
}

export const plainSet = async (lr: string): Promise<PictureSet> => plainSetOf(await openFolder(lr));

/** Outputs of other programs, by their names in tables. @throws one sentence about a folder that has none of the set's */
export async function finishedOutputs(
  results: readonly NamedPath[],
  set: PictureSet,
): Promise<Map<FinishedMethod, FinishedOutputs>> {
  const all = new Map<FinishedMethod, FinishedOutputs>();
  for (const { name, path } of results) all.set(`result:${name}`, await finishedOutputsOf(await openFolder(path), set));
  return all;
}

export const pairedSet = async (hr: string, lr: string): Promise<PictureSet> =>
  pairedSetOf(await openFolder(hr), await openFolder(lr));

export const degradedSet = async (hr: string, kind: DegradationKind, seed: number): Promise<PictureSet> =>
  degradedSetOf(await openFolder(hr), kind, seed);
