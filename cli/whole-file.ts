/** Files that are written whole or not at all, and never over a file that is being read. */
import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants, promises } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { errorMessage } from '../src/formats/errors.ts';

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

/** The nearest folder of a path that exists, or the path itself. */
async function nearest(path: string): Promise<string> {
  const full = resolve(path);
  const exists = await stat(full).catch(() => null);
  return exists || dirname(full) === full ? full : nearest(dirname(full));
}

/** Bytes that the disk of a file has free for this user, whether the file exists or not. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearest(path));
  return bavail * bsize;
}

/** By the system's codes. */
const writeFaults: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room on it, or choose another',
  EDQUOT: 'your share of the disk is used up: make room on it, or choose another',
  EFBIG: 'the disk takes no file as large as this: choose another',
  EROFS: 'the disk takes no files: choose another',
  EACCES: 'there is no permission to write here: choose another folder',
  EPERM: 'there is no permission to write here: choose another folder',
  EISDIR: 'there is a folder of this name: choose another name',
  EEXIST: 'there is a folder of this name: choose another name',
  ENOTDIR: 'a part of the path is a file: choose another folder',
  ENAMETOOLONG: 'the name is too long: choose a shorter one',
};
/** Less than any disk has that is not full. */
const fullDiskBytes = 1 << 20;

/** The error of a write as one sentence that names the file and says what to do. */
async function writeError(path: string, error: unknown): Promise<Error> {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  // Encoders of pictures say in words of their own that a disk is full.
  const isFull = code === '' && (await freeBytes(path).catch(() => Number.POSITIVE_INFINITY)) < fullDiskBytes;
  const fault = writeFaults[isFull ? 'ENOSPC' : code];
  const reason = fault ?? `it can't be written (${errorMessage(error).split('\n')[0]}): choose another folder`;
  return new Error(`${path}: ${reason}.`, { cause: error });
}

/** A file under way: it exists, under its name and whole, once it is closed. */
export interface WholeFile {
  /** Where its bytes go meanwhile. */
  readonly temporary: string;
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind, and what was there under the name as it was. */
  abort(): Promise<void>;
}

/** Makes the folder and a temporary file in it. @throws one sentence, also where the name is that of an original */
export async function createWhole(path: string): Promise<WholeFile> {
  await checkOutputs([path]);
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true });
    await sweep(folder);
    const temporary = join(folder, temporaryName(path));
    const handle = await open(temporary, 'wx');
    const abort = async () => {
      await handle.close().catch(() => undefined);
      await rm(temporary, { force: true });
    };
    return {
      temporary,
      abort,
      write: (bytes) =>
        handle.writeFile(bytes).catch(async (error) => {
          throw await writeError(path, error);
        }),
      async close() {
        try {
          await handle.close();
          await rename(temporary, path);
        } catch (error) {
          await abort();
          throw await writeError(path, error);
        }
      },
    };
  } catch (error) {
    throw await writeError(path, error);
  }
}

/** Writes under a temporary name first: a file that exists is whole. @throws one sentence */
export async function writeWhole(path: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  const file = await createWhole(path);
  try {
    await write(file.temporary);
  } catch (error) {
    const told = await writeError(path, error);
    await file.abort();
    throw told;
  }
  await file.close();
}

export const writeFileWhole = (path: string, data: string | Uint8Array | AsyncIterable<Uint8Array>) =>
  writeWhole(path, (temporary) => writeFile(temporary, data));

const lockName = '.lock';
const lockWaitMs = 100;
/** A lock is made and signed within a moment: one without a name after so long is of a process that was killed between. */
const unsignedMs = 5000;

/** A file's text where nobody holds it any more, since its process has ended on this machine; else null. */
async function abandoned(lock: string): Promise<string | null> {
  const [owner, info] = await Promise.all([readFile(lock, 'utf8').catch(() => null), stat(lock).catch(() => null)]);
  if (owner === null || !info) return null;
  const isHeld = Number(owner) > 0 ? isRunning(Number(owner)) : Date.now() - info.mtimeMs < unsignedMs;
  return isHeld ? null : owner;
}

/**
 * Takes an abandoned lock away. One process alone may take that of one owner, and looks again first: it would otherwise take
 * the lock of another that has just done the same.
 */
async function takeAbandoned(lock: string): Promise<void> {
  const owner = await abandoned(lock);
  if (owner === null) return;
  const right = `${lock}-${Number(owner)}`;
  try {
    await writeFile(right, String(process.pid), { flag: 'wx' });
  } catch {
    if ((await abandoned(right)) !== null) await rm(right, { force: true });
    return;
  }
  if ((await abandoned(lock)) === owner) await rm(lock, { force: true });
  await rm(right, { force: true });
}

/**
 * Does the work while no other process does such work in the folder; waits for one that does. The lock of a process that has
 * ended is taken over.
 * @param onWait told once, in a sentence, where there is another process to wait for
 * @throws one sentence where the folder takes no files, or the error of the work
 */
export async function aloneIn<T>(
  folder: string,
  work: () => Promise<T>,
  onWait: (message: string) => void = () => {},
): Promise<T> {
  const lock = join(folder, lockName);
  for (let isTold = false; ; ) {
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw await writeError(lock, error);
    }
    await takeAbandoned(lock);
    if (!(await stat(lock).catch(() => null))) continue;
    if (!isTold)
      onWait(`${folder}: another program changes this folder; waiting for it (if there is none, remove ${lock}).`);
    isTold = true;
    await new Promise((resolve) => setTimeout(resolve, lockWaitMs));
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Adds a row to a file of JSON lines. @throws one sentence */
export const appendLine = (path: string, row: unknown, replace?: (key: string, value: unknown) => unknown) =>
  appendFile(path, `${JSON.stringify(row, replace)}\n`).catch(async (error) => {
    throw await writeError(path, error);
  });

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

/** By their places: files that this process reads and that are somebody's work, with the time that they came to be. */
const originals = new Map<string, { readonly path: string; readonly born: bigint }>();

/** From now on this process writes nothing over the file. A missing one is fine. */
export async function keepOriginal(path: string): Promise<void> {
  const info = await stat(path, { bigint: true }).catch(() => null);
  if (info) originals.set(identityOf(info), { path, born: info.birthtimeNs });
}

/** Null too where the original is gone and a younger file has its inode: disks give them out again. */
async function originalAt(path: string, place: string): Promise<string | null> {
  const original = originals.get(place);
  if (!original) return null;
  const [there, here] = await Promise.all(
    [original.path, path].map((name) => stat(name, { bigint: true }).catch(() => null)),
  );
  const isGone = !there || identityOf(there) !== place;
  return isGone && here && here.birthtimeNs > original.born ? null : original.path;
}

/** The nearest folder that exists must take new files. */
async function checkWritable(path: string, folder = dirname(resolve(path))): Promise<void> {
  const info = await stat(folder).catch(() => null);
  if (!info && folder !== dirname(folder)) return checkWritable(path, dirname(folder));
  if (!info?.isDirectory()) throw new Error(`${path}: ${folder} is a file, not a folder.`);
  const refuse = () => Promise.reject(new Error(`${path}: there is no permission to write into ${folder}.`));
  await promises.access(folder, constants.W_OK).catch(refuse);
}

/**
 * Asked before work begins, of all files that it will write.
 * @throws one sentence where one of them is a file that is read here, two are one file, or a folder takes no files
 */
export async function checkOutputs(paths: Iterable<string>): Promise<void> {
  const outputs = new Map<string, string>();
  for (const path of paths) {
    const place = await placeOf(path);
    const original = await originalAt(path, place);
    if (original !== null)
      throw new Error(`${path}: it is the same file as ${original}, and would overwrite it; choose another place.`);
    const other = outputs.get(place);
    if (other !== undefined)
      throw new Error(
        other === path
          ? `${path}: two pictures would both become it; rename one.`
          : `${path}: it is the same file as ${other}, and both would be written; rename one.`,
      );
    outputs.set(place, path);
    if ((await stat(path).catch(() => null))?.isDirectory()) throw new Error(`${path}: ${writeFaults.EISDIR}.`);
    await checkWritable(path);
  }
}
