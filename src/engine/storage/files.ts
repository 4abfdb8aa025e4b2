/**
 * The origin private file system as a plain map from path to Blob. A write goes to a file of another name that takes the
 * place of the old one when it is whole, so a crash never leaves half a file, nor an empty one. Every failure is soft: the
 * caller learns `null` or `false`.
 */

/** Ending of a file that is not whole yet. */
export const partial = '.part';

/** Chromium's and Safari's; the standard's library doesn't know it yet. */
type MovableHandle = FileSystemFileHandle & { move(name: string): Promise<void> };

async function folder(path: readonly string[], create: boolean): Promise<FileSystemDirectoryHandle> {
  let handle = await navigator.storage.getDirectory();
  for (const name of path) handle = await handle.getDirectoryHandle(name, { create });
  return handle;
}

const split = (path: string) => {
  const parts = path.split('/');
  return { folders: parts.slice(0, -1), name: parts[parts.length - 1] ?? '' };
};

export async function readFile(path: string): Promise<Blob | null> {
  try {
    const { folders, name } = split(path);
    return await (await (await folder(folders, false)).getFileHandle(name)).getFile();
  } catch {
    return null;
  }
}

/** False when there is no OPFS here (private window, insecure page) or no space left; what was there stays then. */
export async function writeFile(path: string, blob: Blob): Promise<boolean> {
  const { folders, name } = split(path);
  const unfinished = `${name}${partial}`;
  try {
    const directory = await folder(folders, true);
    const handle = (await directory.getFileHandle(unfinished, { create: true })) as MovableHandle;
    const stream = await handle.createWritable();
    await stream.write(blob);
    await stream.close();
    await handle.move(name);
    return true;
  } catch {
    await remove([...folders, unfinished].join('/'));
    return false;
  }
}

/**
 * Whether so many bytes would find room: asked by making an empty file that long, since browsers give no true figure of their
 * free storage. True where there is no OPFS.
 */
export async function hasRoom(bytes: number): Promise<boolean> {
  const name = `room-${crypto.randomUUID()}${partial}`;
  let stream: FileSystemWritableFileStream;
  try {
    const directory = await folder([], true);
    stream = await (await directory.getFileHandle(name, { create: true })).createWritable();
  } catch (error) {
    // Storage that is full already takes no empty file either.
    return !(error instanceof DOMException && error.name === 'QuotaExceededError');
  }
  try {
    await stream.truncate(bytes);
    return true;
  } catch {
    return false;
  } finally {
    await stream.abort().catch(() => undefined);
    await remove(name);
  }
}

/** A file written piece by piece: under its name, and whole, once it is closed. */
export interface OpfsWriter {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind, and what had the name as it was. */
  abort(): Promise<void>;
}

/** @throws what the browser says, `QuotaExceededError` among others: unlike the rest here, a caller must tell why */
export async function createFile(path: string): Promise<OpfsWriter> {
  const { folders, name } = split(path);
  const unfinished = `${name}${partial}`;
  const directory = await folder(folders, true);
  const handle = (await directory.getFileHandle(unfinished, { create: true })) as MovableHandle;
  const stream = await handle.createWritable();
  return {
    write: (bytes) => stream.write(bytes),
    async close() {
      await stream.close();
      await handle.move(name);
    },
    async abort() {
      await stream.abort().catch(() => undefined);
      await remove([...folders, unfinished].join('/'));
    },
  };
}

/** Names of the files and folders in a folder. */
export async function listFolder(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const name of (await folder(path.split('/'), false)).keys()) names.push(name);
  } catch {
    // There is no such folder.
  }
  return names;
}

/** Removes a file or a whole folder; a missing one is fine. */
export async function remove(path: string): Promise<void> {
  try {
    const { folders, name } = split(path);
    await (await folder(folders, false)).removeEntry(name, { recursive: true });
  } catch {
    // Nothing there to remove.
  }
}

/** Does the work while no other tab does such work at the path. Insecure addresses have no locks. */
export const alone = async <T>(path: string, work: () => Promise<T>): Promise<T> =>
  globalThis.navigator?.locks?.request(`cosr/${path}`, work) ?? work();

export async function available(): Promise<boolean> {
  try {
    await navigator.storage.getDirectory();
    return true;
  } catch {
    return false;
  }
}

/** Files by path: in OPFS, and where that takes none (private window, no space left) in memory, for as long as the worker lives. */
export class Files {
  readonly #memory = new Map<string, Blob>();

  async read(path: string): Promise<Blob | null> {
    return this.#memory.get(path) ?? (await readFile(path));
  }

  /** Whether there is anything but memory. */
  hasDisk = available;

  /** Whole or not at all. False when the file will be gone with the tab. */
  async write(path: string, file: Blob): Promise<boolean> {
    const kept = await writeFile(path, file);
    if (kept) this.#memory.delete(path);
    else this.#memory.set(path, file);
    return kept;
  }

  /** A file or a whole folder; a missing one is fine. */
  async remove(path: string): Promise<void> {
    for (const known of this.#memory.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#memory.delete(known);
    }
    await remove(path);
  }

  /** Names of the files and folders in a folder. Unfinished files of a crash are removed: call it while nothing is written there. */
  async list(folder: string): Promise<string[]> {
    const names = new Set<string>();
    for (const name of await listFolder(folder)) {
      if (name.endsWith(partial)) await remove(`${folder}/${name}`);
      else names.add(name);
    }
    for (const path of this.#memory.keys()) {
      const [name] = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/') : [];
      if (name) names.add(name);
    }
    return [...names].sort();
  }
}
