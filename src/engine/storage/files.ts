/** Files by path: in OPFS, and where that takes none (private window, no space left) in memory, for as long as the worker lives. */
import * as opfs from './opfs.ts';

export class Files {
  readonly #memory = new Map<string, Blob>();

  async read(path: string): Promise<Blob | null> {
    return this.#memory.get(path) ?? (await opfs.readFile(path));
  }

  /** Whether there is anything but memory. */
  hasDisk = () => opfs.available();

  /** Whole or not at all. False when the file will be gone with the tab. */
  async write(path: string, file: Blob): Promise<boolean> {
    const kept = await opfs.writeFile(path, file);
    if (kept) this.#memory.delete(path);
    else this.#memory.set(path, file);
    return kept;
  }

  /** A file or a whole folder; a missing one is fine. */
  async remove(path: string): Promise<void> {
    for (const known of this.#memory.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#memory.delete(known);
    }
    await opfs.remove(path);
  }

  /** Names of the files and folders in a folder. What a crash left unfinished goes: call it while nothing is written there. */
  async list(folder: string): Promise<string[]> {
    const names = new Set<string>();
    for (const name of await opfs.listFolder(folder)) {
      if (name.endsWith(opfs.partial)) await opfs.remove(`${folder}/${name}`);
      else names.add(name);
    }
    for (const path of this.#memory.keys()) {
      const [name] = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/') : [];
      if (name) names.add(name);
    }
    return [...names].sort();
  }
}
