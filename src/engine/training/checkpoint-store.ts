/**
 * The last checkpoint of a run, and its rows, between visits. A file is replaced as a whole; rows are written first, so they
 * may go beyond the checkpoint, never end before it. Where nothing can be stored, both live as long as the worker.
 */
import * as opfs from '../opfs.ts';

const checkpointPath = 'training/checkpoint.safetensors';
const rowsPath = 'training/rows';

export interface CheckpointStore {
  read(): Promise<{ readonly checkpoint: Blob; readonly rows: Blob | null } | null>;
  /** False when it will be gone with the tab. */
  write(checkpoint: Blob, rows: Blob): Promise<boolean>;
  clear(): Promise<void>;
}

export function checkpointStore(): CheckpointStore {
  let memory: { readonly checkpoint: Blob; readonly rows: Blob } | null = null;
  return {
    async read() {
      if (memory) return memory;
      const checkpoint = await opfs.readFile(checkpointPath);
      return checkpoint && { checkpoint, rows: await opfs.readFile(rowsPath) };
    },
    async write(checkpoint, rows) {
      const kept = (await opfs.writeFile(rowsPath, rows)) && (await opfs.writeFile(checkpointPath, checkpoint));
      memory = kept ? null : { checkpoint, rows };
      return kept;
    },
    async clear() {
      memory = null;
      await opfs.remove(checkpointPath);
      await opfs.remove(rowsPath);
    },
  };
}
