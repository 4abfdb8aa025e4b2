/** A folder of HR pictures, decoded when a crop of them is wanted. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isImageName } from '../../src/formats/image-sniff.ts';
import { rgba8ToFloat } from '../../src/imaging/image.ts';
import type { PictureSource } from '../../src/training/crops.ts';
import { readImage } from '../image-file.ts';

/** Of pictures in the order of their names, every eighth is never trained on. */
const isHeldOut = (_: string, index: number) => index % 8 === 7;

export interface Pictures {
  readonly training: PictureSource;
  readonly heldOut: PictureSource;
}

/** @throws one sentence when there is none */
async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => {
    throw new Error(`${folder}: there is no such folder.`);
  });
  const names = entries.filter(isImageName).sort();
  if (names.length === 0) throw new Error(`${folder}: no pictures in this folder.`);
  return names;
}

/**
 * @param heldOut another folder, whose pictures are measured instead of every eighth of the first
 * @throws one sentence when there is none
 */
export async function folderPictures(folder: string, heldOut?: string): Promise<Pictures> {
  const names = await namesIn(folder);
  if (heldOut !== undefined) {
    return { training: source(folder, names), heldOut: source(heldOut, await namesIn(heldOut)) };
  }
  return {
    training: source(
      folder,
      names.filter((name, index) => !isHeldOut(name, index)),
    ),
    heldOut: source(folder, names.filter(isHeldOut)),
  };
}

function source(folder: string, names: readonly string[]): PictureSource {
  return {
    count: names.length,
    async picture(index) {
      const path = join(folder, names[index]);
      try {
        return rgba8ToFloat(await readImage(path));
      } catch (error) {
        throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}
