/**
 * The queue as it is kept between visits: files in OPFS, the index in IndexedDB. Without either (private window,
 * insecure page) it lives in memory for as long as the tab does.
 */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Rect, Rgba8 } from '../../imaging/image.ts';
import type { ColourLock, JobResult, JobState } from '../../protocol/upscale.ts';
import * as opfs from './files.ts';
import { Files } from './files.ts';

export interface ImageRecord {
  readonly id: string;
  readonly name: string;
  /** Position in the queue: milliseconds since 1970 when added. */
  readonly added: number;
  readonly state: JobState;
  readonly result: JobResult | null;
  readonly message: string | null;
  /** The detail dial's place; left out: all detail. */
  readonly detail?: number;
  /** Whether the faithful picture of this result is kept. */
  readonly hasFaithful?: boolean;
  /** The run whose tiles are kept, with the number of all its tiles. */
  readonly kept?: {
    readonly tile: number;
    readonly options: {
      readonly preset: string;
      readonly method: string;
      readonly seed: number;
      readonly colourLock: ColourLock;
    };
    readonly total: number;
  } | null;
}

/** A finished tile: RGBA bytes of a rectangle of the result. */
export interface KeptTile {
  readonly index: number;
  readonly rect: Rect;
  readonly pixels: Rgba8;
}

interface Schema extends DBSchema {
  images: { key: string; value: ImageRecord };
}

/** @param onClosed the browser took the storage away */
async function openDatabase(onClosed: () => void): Promise<IDBPDatabase<Schema> | null> {
  try {
    return await openDB<Schema>('cosr', 1, {
      upgrade: (db) => {
        db.createObjectStore('images', { keyPath: 'id' });
      },
      terminated: onClosed,
    });
  } catch {
    return null;
  }
}

const tilesOf = (id: string) => `queue/${id}/tiles`;

/** Ids of removed images, to the other tabs. */
export type RemovalChannel = Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;

export class ImageStore {
  readonly #files = new Files();
  readonly #removals: RemovalChannel | null;
  #database = this.#open();

  constructor(removals: RemovalChannel | null = null) {
    this.#removals = removals;
  }

  /** Calls back with the id of each image that another tab removes. */
  listenForRemovals(removed: (id: string) => void): void {
    if (this.#removals) this.#removals.onmessage = ({ data }) => removed(String(data));
  }

  #open(): Promise<IDBPDatabase<Schema> | null> {
    return openDatabase(() => {
      this.#database = this.#open();
    });
  }

  /** False when nothing can be kept: the page should say so. */
  async isPersistent(): Promise<boolean> {
    return (await this.#database) !== null && (await this.#files.hasDisk());
  }

  /** In the order of the queue. */
  async records(): Promise<ImageRecord[]> {
    const all = (await (await this.#database)?.getAll('images').catch(() => [])) ?? [];
    return all.sort((a, b) => a.added - b.added);
  }

  /** False when there was no room for it, or the storage was taken away: the image then lives as long as the tab. */
  async save(record: ImageRecord): Promise<boolean> {
    if (!(await this.isPersistent())) return true;
    try {
      await (await this.#database)?.put('images', record);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether so many bytes more would be kept between visits. */
  hasRoom = opfs.hasRoom;

  input = (id: string) => this.#files.read(`queue/${id}/input`);
  result = (id: string) => this.#files.read(`queue/${id}/result.png`);
  faithful = (id: string) => this.#files.read(`queue/${id}/faithful.png`);
  protect = (id: string) => this.#files.read(`queue/${id}/protect`);
  keepProtect = (id: string, file: Blob) => this.#files.write(`queue/${id}/protect`, file);
  forgetProtect = (id: string) => this.#files.remove(`queue/${id}/protect`);
  keepInput = (id: string, file: Blob) => this.#files.write(`queue/${id}/input`, file);
  keepResult = (id: string, file: Blob) => this.#files.write(`queue/${id}/result.png`, file);

  keepFaithful = (id: string, file: Blob) => this.#files.write(`queue/${id}/faithful.png`, file);
  forgetFaithful = (id: string) => this.#files.remove(`queue/${id}/faithful.png`);

  /** Kept between visits without encoding: each is read back once at most. */
  async keepTile(id: string, { index, rect: { x, y, width, height }, pixels }: KeptTile): Promise<void> {
    const bytes = new Uint8Array(pixels.data);
    await this.#files.write(`${tilesOf(id)}/${[index, x, y, width, height].join(' ')}`, new Blob([bytes]));
  }

  tileCount = async (id: string) => (await this.#files.list(tilesOf(id))).length;

  /** Those that are whole. */
  async tiles(id: string): Promise<KeptTile[]> {
    const tiles: KeptTile[] = [];
    for (const name of await this.#files.list(tilesOf(id))) {
      const [index = 0, x = 0, y = 0, width = 0, height = 0] = name.split(' ').map(Number);
      const file = await this.#files.read(`${tilesOf(id)}/${name}`);
      if (!file || file.size !== width * height * 4) continue;
      const data = new Uint8ClampedArray(await file.arrayBuffer());
      tiles.push({ index, rect: { x, y, width, height }, pixels: { width, height, data } });
    }
    return tiles;
  }

  forgetTiles = (id: string) => this.#files.remove(tilesOf(id));

  async remove(id: string): Promise<void> {
    await (await this.#database)?.delete('images', id).catch(() => undefined);
    await this.#files.remove(`queue/${id}`);
    this.#removals?.postMessage(id);
  }
}
