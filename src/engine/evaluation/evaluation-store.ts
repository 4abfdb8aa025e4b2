/**
 * The setup, the pictures and the measured rows of evaluations, between visits: rows in IndexedDB, and in memory where there is
 * none (private window, insecure page).
 */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { degradationKinds } from '../../degradation/settings.ts';
import { errorMessage, FormatError } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { EvaluationSetup, PictureUse } from '../../protocol/evaluate.ts';
import {
  type EvaluationMethod,
  type FinishedMethod,
  isFinished,
  isMethodName,
  methodTitle,
} from '../../report/methods.ts';
import { count, fields, oneOf } from '../../report/run-record.ts';
import { BlobStore, readEntries, readHash, readText } from '../storage/blob-store.ts';
import type { Files } from '../storage/files.ts';
import type { MeasuredRow } from './scores.ts';
import type { PictureFile, PictureFolder } from './sets.ts';

export interface StoredPicture {
  readonly role: PictureUse;
  /** With its ending. */
  readonly name: string;
  readonly hash: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

interface Index {
  readonly setup: EvaluationSetup;
  readonly pictures: readonly StoredPicture[];
}

const initialSetup: EvaluationSetup = {
  set: 'degraded',
  degradation: 'bicubic',
  methods: ['bicubic', 'lanczos', 'sinsr', 'ours'],
};

/** More than this is a job for the command line. */
const limits = { files: 2000, bytes: 4 * 2 ** 30 };

const isMethod = (name: unknown): name is EvaluationMethod => typeof name === 'string' && isMethodName(name);

function readSetup(value: unknown): EvaluationSetup {
  const { set, degradation, methods } = fields(value);
  return {
    set: oneOf(set ?? initialSetup.set, ['degraded', 'pairs', 'blind'] satisfies EvaluationSetup['set'][]),
    degradation: oneOf(degradation ?? initialSetup.degradation, degradationKinds),
    methods: Array.isArray(methods) ? methods.filter(isMethod) : initialSetup.methods,
  };
}

const readUse = (value: unknown): PictureUse =>
  typeof value === 'string' && isFinished(value) ? value : oneOf(value, ['hr', 'lr'] as const);

const readStored = ({ role, name, hash, bytes, width, height }: Readonly<Record<string, unknown>>): StoredPicture => ({
  role: readUse(role),
  name: readText(name),
  hash: readHash(hash),
  bytes: count(bytes),
  width: count(width),
  height: count(height),
});

function readStoredIndex(json: unknown): Index {
  const { setup, pictures } = fields(json);
  return { setup: readSetup(setup), pictures: readEntries(pictures, readStored) };
}

const inOrder = (a: StoredPicture, b: StoredPicture) => (a.name < b.name ? -1 : 1);

export class EvaluationStore {
  readonly #blobs: BlobStore<Index>;
  readonly #decode: (file: Blob) => Promise<Rgba8>;

  /** @param decode checks a file before anything is allocated from what it claims */
  constructor(files: Files, decode: (file: Blob) => Promise<Rgba8>) {
    this.#blobs = new BlobStore(files, {
      folder: 'evaluation/files',
      indexPath: 'evaluation/index.json',
      empty: { setup: initialSetup, pictures: [] },
      read: readStoredIndex,
      hashesOf: ({ pictures }) => pictures.map(({ hash }) => hash),
      limits,
    });
    this.#decode = decode;
  }

  get setup(): EvaluationSetup {
    return this.#blobs.index.setup;
  }

  pictures(role: PictureUse): readonly StoredPicture[] {
    return this.#blobs.index.pictures.filter((picture) => picture.role === role);
  }

  /** The programs that have outputs here. */
  get finished(): readonly FinishedMethod[] {
    return [...new Set(this.#blobs.index.pictures.map(({ role }) => role).filter(isFinished))].sort();
  }

  hasDisk = (): Promise<boolean> => this.#blobs.hasDisk();

  load = (): Promise<void> => this.#blobs.load();

  /** @param edit is given the index as another tab may have left it */
  #change(edit: (index: Index) => Promise<Partial<Index>> | Partial<Index>): Promise<void> {
    return this.#blobs.change(async () => {
      const { index } = this.#blobs;
      await this.#blobs.save({ ...index, ...(await edit(index)) });
      await this.#blobs.sweep();
    });
  }

  change(change: Partial<EvaluationSetup>): Promise<void> {
    return this.#change(({ setup }) => ({ setup: { ...setup, ...change } }));
  }

  /**
   * Takes what is a picture; a newer one takes the place of an older one of its name.
   * @returns a sentence for each that was refused
   */
  async add(role: PictureUse, files: readonly File[], onProgress: (done: number) => void): Promise<string[]> {
    const refused: string[] = [];
    const added = new Map<string, StoredPicture>();
    await this.#change(async ({ pictures: others }) => {
      let bytes = others.reduce((sum, picture) => sum + picture.bytes, 0);
      for (const [done, file] of files.entries()) {
        onProgress(done);
        try {
          if (!this.#blobs.hasRoom(others.length + added.size, bytes, file))
            throw new FormatError(
              `More than ${limits.files} pictures, or 4 GB of them, are not taken here: use npm run evaluate.`,
            );
          const { width, height } = await this.#decode(file);
          const { hash } = await this.#blobs.put(file);
          added.set(file.name, { role, name: file.name, hash, bytes: file.size, width, height });
          bytes += file.size;
        } catch (error) {
          refused.push(`${file.name}: ${errorMessage(error)}`);
        }
      }
      const stay = others.filter((picture) => picture.role !== role || !added.has(picture.name));
      return { pictures: [...stay, ...added.values()].sort(inOrder) };
    });
    if (isFinished(role) && added.size > 0) await this.choose(role);
    return refused;
  }

  async clear(role: PictureUse): Promise<void> {
    await this.#change(({ pictures }) => ({ pictures: pictures.filter((picture) => picture.role !== role) }));
    if (isFinished(role)) await this.unchoose(role);
  }

  #choose(edit: (methods: readonly EvaluationMethod[]) => readonly EvaluationMethod[]): Promise<void> {
    return this.#change(({ setup }) => ({ setup: { ...setup, methods: edit(setup.methods) } }));
  }

  /** A new upscaler, or new outputs, take part unless they are switched off. */
  choose(method: EvaluationMethod): Promise<void> {
    return this.#choose((methods) => [...new Set([...methods, method])]);
  }

  unchoose(method: EvaluationMethod): Promise<void> {
    return this.#choose((methods) => methods.filter((other) => other !== method));
  }

  /** @throws one sentence when the file is gone */
  async #read({ name, hash }: StoredPicture): Promise<Blob> {
    const file = await this.#blobs.get(hash);
    if (!file) throw new Error(`${name} is gone from this device: add it again.`);
    return file;
  }

  folder(role: PictureUse): PictureFolder {
    const files = this.pictures(role).map((picture): PictureFile => {
      const { name, width, height } = picture;
      return {
        file: name,
        size: async () => ({ width, height }),
        read: async () => this.#decode(await this.#read(picture)),
      };
    });
    const label = isFinished(role) ? methodTitle(role) : role === 'hr' ? 'The HR pictures' : 'The LR pictures';
    return { label, files };
  }
}

export interface KeptRow extends MeasuredRow {
  /** Cache key: rows of the same key have the same numbers. */
  readonly key: string;
  /** The GPU or CPU that the networks ran on. */
  readonly adapter: string;
  /** Milliseconds of the picture, reading and measuring included; missing in rows of before it was kept. */
  readonly took?: number;
}

export interface RowStore {
  all(): Promise<readonly KeptRow[]>;
  put(row: KeptRow): Promise<void>;
  clear(): Promise<void>;
}

export function memoryRows(): RowStore {
  const rows = new Map<string, KeptRow>();
  return {
    all: async () => [...rows.values()],
    put: async (row) => void rows.set(row.key, row),
    clear: async () => rows.clear(),
  };
}

interface Schema extends DBSchema {
  rows: { key: string; value: KeptRow };
}

export async function openRowStore(): Promise<RowStore> {
  let database: IDBPDatabase<Schema>;
  try {
    database = await openDB<Schema>('cosr-evaluation', 3, {
      upgrade: (db, before) => {
        // Earlier keys would never be asked for again: they name all files of weights, or no version of the metrics.
        if (before > 0) db.deleteObjectStore('rows');
        db.createObjectStore('rows', { keyPath: 'key' });
      },
    });
  } catch {
    return memoryRows();
  }
  return {
    all: () => database.getAll('rows'),
    put: async (row) => void (await database.put('rows', row)),
    clear: () => database.clear('rows'),
  };
}
