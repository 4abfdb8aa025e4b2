/** Files that are written whole or not at all. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** Makes the folder and writes under a temporary name first: a file that exists is whole. */
export async function writeWhole(path: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path, extname(path))}.part${extname(path)}`);
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export const writeFileWhole = (path: string, data: string | Uint8Array | AsyncIterable<Uint8Array>) =>
  writeWhole(path, (temporary) => writeFile(temporary, data));
