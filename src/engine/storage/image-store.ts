/**
 * The queue as it is kept between visits: files in OPFS, the index in IndexedDB. Without either (private window,
 * insecure page) it lives in memory for as long as the tab does.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { JobResult, JobState } from '../../protocol/upscale.ts';
import { Files } from './files.ts';
import * as opfs from './opfs.ts';

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

export class ImageStore {
  readonly #files = new Files();
  readonly #database: IDBPDatabase<Schema> | null;
  /** False when nothing can be kept: the page should say so. */
  readonly persistent: boolean;

  private constructor(database: IDBPDatabase<Schema> | null, persistent: boolean) {
    this.#database = database;
    this.persistent = persistent;
  }

  static async open(): Promise<ImageStore> {
    try {
      const database = await openDB<Schema>('cosr', 1, {
        upgrade: (db) => {
          db.createObjectStore('images', { keyPath: 'id' });
        },
      });
      return new ImageStore(database, await opfs.available());
    } catch {
      return new ImageStore(null, false);
    }
  }

  async records(): Promise<ImageRecord[]> {
    const all = (await this.#database?.getAll('images')) ?? [];
    return all.sort((a, b) => a.added - b.added);
  }

  async save(record: ImageRecord): Promise<void> {
    if (this.persistent) await this.#database?.put('images', record);
  }

  input = (id: string) => this.#files.read(`queue/${id}/input`);
  result = (id: string) => this.#files.read(`queue/${id}/result.png`);
  keepInput = (id: string, file: Blob) => this.#files.write(`queue/${id}/input`, file);
  keepResult = (id: string, file: Blob) => this.#files.write(`queue/${id}/result.png`, file);

  async remove(id: string): Promise<void> {
    await this.#database?.delete('images', id);
    await this.#files.remove(`queue/${id}`);
  }
}
