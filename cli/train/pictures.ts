/** A folder of HR pictures, decoded when a crop of them is wanted. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../src/formats/errors.ts';
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
  const readable = await readableOf(folder, names);
  if (readable.length === 0) throw new Error(`${folder}: none of its ${names.length} pictures can be read.`);
  return readable;
}

/** Reads each picture once, so that a damaged one does not end a run at the iteration that draws it. */
async function readableOf(folder: string, names: readonly string[]): Promise<string[]> {
  const faults = new Map<string, string>();
  let told = Date.now();
  for (const [index, name] of names.entries()) {
    await readImage(join(folder, name)).catch((error) => faults.set(name, errorMessage(error)));
    if (Date.now() - told < 1000) continue;
    told = Date.now();
    process.stderr.write(`checking pictures: ${index + 1} of ${names.length}\n`);
  }
  if (faults.size > 0) {
    const [[first, why] = ['', '']] = faults;
    const others = faults.size > 1 ? `; ${faults.size - 1} more` : '';
    process.stderr.write(`${folder}: ${faults.size} skipped that can't be read: ${first} (${why})${others}\n`);
  }
  return names.filter((name) => !faults.has(name));
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
        throw new Error(`${path}: ${errorMessage(error)}`);
      }
    },
  };
}
