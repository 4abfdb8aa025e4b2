/** A models folder in memory, as the browser's storage behaves: a file under way is not there, and one that fails leaves nothing. */

import type { ModelFolder } from '../../src/engine/models/user-models.ts';
import { SerialQueue } from '../../src/engine/runtime/handlers.ts';

export interface MemoryFolder extends ModelFolder {
  readonly files: Map<string, Blob>;
  /** Bytes that can still be written. */
  room: number;
}

export function memoryFolder(): MemoryFolder {
  const files = new Map<string, Blob>();
  const queue = new SerialQueue();
  const folder: MemoryFolder = {
    files,
    room: Number.POSITIVE_INFINITY,
    read: async (name) => files.get(name) ?? null,
    async create(name) {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      return {
        async write(bytes) {
          folder.room -= bytes.length;
          if (folder.room < 0) throw new Error('No room.');
          parts.push(bytes.slice());
        },
        async close() {
          files.set(name, new Blob(parts));
        },
        async abort() {},
      };
    },
    async remove(name) {
      files.delete(name);
    },
    alone: (work) => queue.run(work),
  };
  return folder;
}
