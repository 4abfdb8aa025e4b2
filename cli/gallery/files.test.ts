import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { creditsIn } from './files.ts';

const images = resolve(import.meta.dirname, '../../tests/images');

it('knows author and licence of every test picture', async () => {
  const credits = creditsIn(readFileSync(resolve(images, 'README.md'), 'utf8'));
  expect((await readdir(resolve(images, 'hr'))).filter((file) => !credits.has(file))).toEqual([]);
  expect(credits.get('crop_face_astronaut.png')).toBe('NASA, Public domain');
  expect(credits.get('crop_urban_china-0.png')).toBe('danielbuechele (flickr), CC-BY-2.0');
});
