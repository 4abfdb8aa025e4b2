/** Files of the gallery, and who its pictures are by. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Rgba8 } from '../../src/imaging/image.ts';
import { galleryDegradations, galleryIndexFile } from '../../src/report/gallery.ts';

/** Removes a gallery from its folder, and nothing that somebody else keeps there. */
export async function clearGallery(folder: string): Promise<void> {
  for (const part of [galleryIndexFile, 'truth', ...galleryDegradations])
    await rm(join(folder, part), { recursive: true, force: true });
}

/** @param quality 1 … 100 */
export const webp = ({ width, height, data }: Rgba8, quality: number): Promise<Buffer> =>
  sharp(Buffer.from(data), { raw: { width, height, channels: 4 } })
    .removeAlpha()
    // Colours at full size: the pictures are looked at pixel by pixel.
    .webp({ quality, effort: 6, smartSubsample: true })
    .toBuffer();

/**
 * Author and licence by file name, from the list of tests/images/README.md: a line of class, source, licence, author and files, with
 * dashes between.
 */
export function creditsIn(readme: string): ReadonlyMap<string, string> {
  const credits = new Map<string, string>();
  for (const [, , licence = '', author = '', files = ''] of readme.matchAll(
    /^- \*\*\w\*\*\s(.*?) — (.*) — (.*): (crop_[^\n]*)$/gm,
  )) {
    for (const file of files.split(',')) credits.set(file.trim(), `${author}, ${licence.split(/;| \(/)[0]}`);
  }
  return credits;
}
