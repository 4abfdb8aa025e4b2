/**
 * The origin private file system as a plain map from path to Blob. A write goes to a swap file that replaces the old
 * one on close, so a crash never leaves half a file. Every failure is soft: the caller learns `null` or `false`.
 */

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

/** False when there is no OPFS here (private window, insecure page) or no space left. */
export async function writeFile(path: string, blob: Blob): Promise<boolean> {
  try {
    const { folders, name } = split(path);
    const stream = await (await (await folder(folders, true)).getFileHandle(name, { create: true })).createWritable();
    await stream.write(blob);
    await stream.close();
    return true;
  } catch {
    return false;
  }
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

export async function available(): Promise<boolean> {
  try {
    await navigator.storage.getDirectory();
    return true;
  } catch {
    return false;
  }
}
