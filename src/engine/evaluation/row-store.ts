/** Measured rows between visits: IndexedDB, and memory where there is none (private window, insecure page). */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { MeasuredRow } from './scores.ts';

export interface KeptRow extends MeasuredRow {
  /** Cache key: rows of the same key have the same numbers. */
  readonly key: string;
  /** The GPU or CPU that the networks ran on. */
  readonly adapter: string;
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
