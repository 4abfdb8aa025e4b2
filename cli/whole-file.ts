/** Files that are written whole or not at all, and never over a file that is being read. */
import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';

/** Bytes of a file's name that common file systems take. */
const mostNameBytes = 255;
/** Of this program or of its earlier versions, whose names had no process in them. */
const temporaryFile = /^\..*?(?:\.(\d+)-[0-9a-f]{8})?\.part(?:\.\w+)?$/;
/** A temporary file that nobody has written to for so long is left from a process that ended. */
const staleMs = 60 * 60 * 1000;

/** A hidden name of this process alone, beside the file that it becomes; it keeps the ending, which may decide the format. */
function temporaryName(path: string): string {
  const ending = extname(path);
  const tail = `.${process.pid}-${randomBytes(4).toString('hex')}.part${ending}`;
  let stem = basename(path, ending);
  while (Buffer.byteLength(`.${stem}${tail}`) > mostNameBytes) stem = stem.slice(0, -1);
  return `.${stem}${tail}`;
}

const isRunning = (id: number): boolean => {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const swept = new Set<string>();

/** Removes temporary files that a killed process left in a folder. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  for (const name of await readdir(folder)) {
    const match = temporaryFile.exec(name);
    if (!match || (match[1] && isRunning(Number(match[1])))) continue;
    const info = await stat(join(folder, name)).catch(() => null);
    if (info?.isFile() && Date.now() - info.mtimeMs > staleMs) await rm(join(folder, name), { force: true });
  }
}

/** Makes the folder and writes under a temporary name first: a file that exists is whole. */
export async function writeWhole(path: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await sweep(folder);
  const temporary = join(folder, temporaryName(path));
  await (await open(temporary, 'wx')).close();
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

const identityOf = ({ dev, ino }: BigIntStats) => `${dev}:${ino}`;

const swapCase = (text: string) =>
  text.replace(/\p{L}/gu, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));

/** Whether the file system that a folder is on takes names of other case for the same. A name without letters says nothing. */
async function ignoresCase(folder: string): Promise<boolean> {
  const other = join(dirname(folder), swapCase(basename(folder)));
  if (other === folder) return dirname(folder) === folder ? false : ignoresCase(dirname(folder));
  const [here, there] = await Promise.all(
    [folder, other].map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  return here != null && there != null && identityOf(here) === identityOf(there);
}

/**
 * The place of a file, whether it exists or not, as the file system tells places apart: device and inode of the file, else of
 * the nearest folder that exists and the names below it. Two paths are one file where their places are equal: through symbolic
 * and hard links, "..", mounts and on disks that ignore case.
 */
export async function placeOf(path: string): Promise<string> {
  const full = resolve(path);
  const info = await stat(full, { bigint: true }).catch(() => null);
  if (info) return identityOf(info);
  const folder = dirname(full);
  if (folder === full) return full;
  const parent = await placeOf(folder);
  const existing = await stat(folder).catch(() => null);
  const name = basename(full).normalize('NFC');
  return `${parent}/${existing && (await ignoresCase(folder)) ? name.toLowerCase() : name}`;
}
