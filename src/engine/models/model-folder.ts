/** A folder of weights with a manifest, wherever it is: in the browser's private storage, or on disk. */

/** A file under way: it exists, under its name and whole, once it is closed. */
export interface FileWriter {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind, and what was there under the name as it was. */
  abort(): Promise<void>;
}

export interface ModelFolder {
  /** Null: there is no such file. */
  read(name: string): Promise<Blob | null>;
  /** @throws one sentence where nothing can be written */
  create(name: string): Promise<FileWriter>;
  /** A missing one is fine. */
  remove(name: string): Promise<void>;
}
