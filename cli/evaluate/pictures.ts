/** The sets that `npm run evaluate` takes, from folders on disk. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { DegradationKind } from '../../src/degradation/index.ts';
import {
  degradedSetOf,
  type PictureFolder,
  type PictureSet,
  type PictureSize,
  pairedSetOf,
  plainSetOf,
} from '../../src/engine/evaluation/sets.ts';
import { isImageName } from '../../src/formats/image-sniff.ts';
import type { Rgba8 } from '../../src/imaging/image.ts';
import { readImage } from '../image-file.ts';

export type { PictureSet };

/** Upright, from the header alone: wrong pairs are told before anything runs. */
async function sizeOf(path: string): Promise<PictureSize> {
  const {
    width,
    height,
    orientation = 1,
  } = await sharp(path)
    .metadata()
    .catch(() => {
      throw new Error(`${path}: damaged, or of a kind that can't be read here.`);
    });
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

async function read(path: string): Promise<Rgba8> {
  return readImage(path).catch((error) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  });
}

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

export const pairedSet = async (hr: string, lr: string): Promise<PictureSet> =>
  pairedSetOf(await openFolder(hr), await openFolder(lr));

export const degradedSet = async (hr: string, kind: DegradationKind, seed: number): Promise<PictureSet> =>
  degradedSetOf(await openFolder(hr), kind, seed);
