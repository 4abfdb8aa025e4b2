/**
 * The queue as it is kept between visits: files in OPFS, the index in IndexedDB. Without either (private window,
 * insecure page) it lives in memory for as long as the tab does.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { JobResult, JobState } from '../../protocol/upscale.ts';
import { Files } from './files.ts';

export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  /** Position in the queue: milliseconds since 1970 when added. */
  readonly added: number;
  readonly state: JobState;
  readonly result: JobResult | null;
  readonly message: string | null;
}

interface Schema extends DBSchema {
  images: { key: string; value: ImageRecord };
}

async function openDatabase(): Promise<IDBPDatabase<Schema> | null> {
  try {
    return await openDB<Schema>('cosr', 1, {
      upgrade: (db) => {
        db.createObjectStore('images', { keyPath: 'id' });
      },
    });
  } catch {
    return null;
  }
}

export class ImageStore {
  readonly #files = new Files();
  readonly #database = openDatabase();

  /** False when nothing can be kept: the page should say so. */
  async isPersistent(): Promise<boolean> {
    return (await this.#database) !== null && (await this.#files.hasDisk());
  }

  /** In the order of the queue. */
  async records(): Promise<ImageRecord[]> {
    const all = (await (await this.#database)?.getAll('images')) ?? [];
    return all.sort((a, b) => a.added - b.added);
  }

  async save(record: ImageRecord): Promise<void> {
    if (await this.isPersistent()) await (await this.#database)?.put('images', record);
  }

  input = (id: string) => this.#files.read(`queue/${id}/input`);
  result = (id: string) => this.#files.read(`queue/${id}/result.png`);
  keepInput = (id: string, file: Blob) => this.#files.write(`queue/${id}/input`, file);
  keepResult = (id: string, file: Blob) => this.#files.write(`queue/${id}/result.png`, file);

  async remove(id: string): Promise<void> {
    await (await this.#database)?.delete('images', id);
    await this.#files.remove(`queue/${id}`);
  }
}
