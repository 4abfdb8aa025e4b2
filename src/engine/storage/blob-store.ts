/**
 * The on-device store of the user's files: each lies under the SHA-256 of its bytes, so a file that is given twice is there
 * once, and an index names those that are in use. Without private storage both live as long as the tab does.
 */

import { fields } from '../../report/run-record.ts';
import { sha256 } from '../runtime/model-source.ts';
import { alone, type Files } from './files.ts';

/** JSON has no infinity, which equal pictures have for their PSNR. */
const infinity = 'Infinity';

/** @returns null where there is no such file, or `read` throws: a damaged index counts as none */
export async function readIndex<T>(files: Files, path: string, read: (json: unknown) => T): Promise<T | null> {
  try {
    const file = await files.read(path);
    if (!file) return null;
    return read(JSON.parse(await file.text(), (_, entry) => (entry === infinity ? Number.POSITIVE_INFINITY : entry)));
  } catch {
    return null;
  }
}

/** @returns false when it will be gone with the tab */
export const writeIndex = (files: Files, path: string, value: unknown): Promise<boolean> =>
  files.write(
    path,
    new Blob([JSON.stringify(value, (_, entry) => (entry === Number.POSITIVE_INFINITY ? infinity : entry))]),
  );

/** The entries of a list that `read` takes; those it throws at are left out, and so is what is no list. */
export function readEntries<T>(value: unknown, read: (entry: Readonly<Record<string, unknown>>) => T): T[] {
  return (Array.isArray(value) ? value : []).flatMap((entry) => {
    try {
      return [read(fields(entry))];
    } catch {
      return [];
    }
  });
}

/** @throws when it is no SHA-256 */
export function readHash(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new Error('This is no SHA-256.');
}

/** @throws when it is no text, or an empty one */
export function readText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error('This is no text.');
}

export interface BlobStoreOptions<Index> {
  /** The files' folder. */
  readonly folder: string;
  readonly indexPath: string;
  readonly empty: Index;
  /** @throws when it is no such index */
  readonly read: (json: unknown) => Index;
  /** Hashes of the files that an index names. */
  readonly hashesOf: (index: Index) => readonly string[];
  readonly limits: { readonly files: number; readonly bytes: number };
}

export class BlobStore<Index> {
  readonly #files: Files;
  readonly #options: BlobStoreOptions<Index>;
  #index: Index;

  constructor(files: Files, options: BlobStoreOptions<Index>) {
    this.#files = files;
    this.#options = options;
    this.#index = options.empty;
  }

  get index(): Index {
    return this.#index;
  }

  hasDisk = (): Promise<boolean> => this.#files.hasDisk();

  /** As the last visit, or another tab, has left it. */
  async load(): Promise<void> {
    const { indexPath, read } = this.#options;
    this.#index = (await readIndex(this.#files, indexPath, read)) ?? this.#index;
  }

  /** Changes files and index, as another tab has left them, while no other tab does. Such changes are not made within each other. */
  change<T>(work: () => Promise<T>): Promise<T> {
    return alone(this.#options.indexPath, async () => {
      await this.load();
      return work();
    });
  }

  /** @returns false when the index will be gone with the tab */
  save(index: Index): Promise<boolean> {
    this.#index = index;
    return writeIndex(this.#files, this.#options.indexPath, index);
  }

  #path = (hash: string): string => `${this.#options.folder}/${hash}`;

  /** Whether the limits let one more file in beside so many files of so many bytes. */
  hasRoom(count: number, bytes: number, file: Blob): boolean {
    const { limits } = this.#options;
    return count < limits.files && bytes + file.size <= limits.bytes;
  }

  /** Keeps a file, which the index does not name yet. `isKept`: false when it will be gone with the tab */
  async put(file: Blob): Promise<{ readonly hash: string; readonly isKept: boolean }> {
    const hash = await sha256(file);
    return { hash, isKept: await this.#files.write(this.#path(hash), file) };
  }

  get = (hash: string): Promise<Blob | null> => this.#files.read(this.#path(hash));

  /** Removes the files that neither the index nor anything else names. */
  async sweep(used: Iterable<string> = []): Promise<void> {
    const named = new Set([...this.#options.hashesOf(this.#index), ...used]);
    for (const hash of await this.#files.list(this.#options.folder)) {
      if (!named.has(hash)) await this.#files.remove(this.#path(hash));
    }
  }
}
