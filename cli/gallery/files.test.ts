import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { galleryFile, galleryIndexFile } from '../../src/report/gallery.ts';
import { clearGallery, creditsIn } from './files.ts';

const images = resolve(import.meta.dirname, '../../tests/images');

it('knows author and licence of every test picture', async () => {
  const credits = creditsIn(readFileSync(resolve(images, 'README.md'), 'utf8'));
  expect((await readdir(resolve(images, 'hr'))).filter((file) => !credits.has(file))).toEqual([]);
  expect(credits.get('crop_face_astronaut.png')).toBe('NASA, Public domain');
  expect(credits.get('crop_urban_china-0.png')).toBe('danielbuechele (flickr), CC-BY-2.0');
});

it('removes a gallery alone from a folder that has other files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gallery-'));
  try {
    for (const file of [
      galleryIndexFile,
      galleryFile('a', 'bicubic', 'truth'),
      galleryFile('a', 'bicubic', 'ours'),
      'notes.txt',
    ]) {
      await mkdir(resolve(folder, file, '..'), { recursive: true });
      await writeFile(join(folder, file), '');
    }
    await clearGallery(folder);
    expect(await readdir(folder)).toEqual(['notes.txt']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
