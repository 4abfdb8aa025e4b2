/**
 * Sources of weights: a manifest and the files it names, each checked against its size and SHA-256 before anybody
 * reads it. The browser's source downloads once and keeps files in OPFS by hash, so a second visit loads nothing.
 */
import { sha256InPieces } from '../../formats/bytes.ts';
import { fetchBeside } from '../../formats/errors.ts';
import { type FileFacts, type Manifest, parseManifest } from '../../presets/manifest.ts';

/** Bytes of this file so far, and whether they came from the cache. */
export type FileProgress = (loaded: number, cached: boolean) => void;

/** The facts by which a file's bytes are checked. */
export type KnownFile = Pick<FileFacts, 'name' | 'bytes' | 'sha256'>;

export interface ModelSource {
  manifest(): Promise<Manifest>;
  /** The file's bytes, verified. Throws one sentence when they can't be had or don't match the manifest. */
  file(entry: KnownFile, onProgress: FileProgress): Promise<Blob>;
}

/** Keeps verified files between visits. Failing to keep one is never an error. */
export interface FileCache {
  get(key: string): Promise<Blob | null>;
  put(key: string, file: Blob): Promise<void>;
}

const hex = (bytes: ArrayBuffer) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('');

/** From here on a file is hashed piece by piece: the browser's own digest wants all of it in memory. */
const largeBytes = 32 * 2 ** 20;

/** Hexadecimal. */
export async function sha256(file: Blob): Promise<string> {
  // On an insecure page browsers compute no digest.
  if (file.size > largeBytes || !crypto.subtle) return sha256InPieces(file);
  return hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
}

/** True when the blob is what the manifest says. */
export const matches = async (blob: Blob, entry: KnownFile): Promise<boolean> =>
  blob.size === entry.bytes && (await sha256(blob)) === entry.sha256;

/** Reads a response body with byte progress; stops as soon as more arrives than the manifest announced. */
async function readBody(response: Response, entry: KnownFile, onProgress: FileProgress): Promise<Blob> {
  if (!response.body) throw new Error(`${entry.name} came without a body: reload the page.`);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    loaded += value.length;
    if (loaded > entry.bytes) {
      await reader.cancel();
      throw new Error(
        `${entry.name} is larger than its manifest says (${entry.bytes} bytes): the models folder is damaged.`,
      );
    }
    parts.push(value);
    onProgress(loaded, false);
  }
}

/** Models served beside the page: `baseUrl/manifest.json` and the files it names. */
export function httpModelSource(baseUrl: string, cache: FileCache): ModelSource {
  return {
    async manifest() {
      const response = await fetchBeside(`${baseUrl}/manifest.json`, { cache: 'no-cache' });
      if (!response.ok)
        throw new Error(
          `No weights of this preset are here (${response.status} for its manifest): add files on the Models page, or choose another preset.`,
        );
      return parseManifest(await response.json());
    },
    async file(entry, onProgress) {
      const kept = await cache.get(entry.sha256);
      if (kept && (await matches(kept, entry))) {
        onProgress(entry.bytes, true);
        return kept;
      }
      const response = await fetchBeside(`${baseUrl}/${entry.name}`);
      if (!response.ok)
        throw new Error(`${entry.name} can't be loaded (${response.status}): check the connection, then retry.`);
      const file = await readBody(response, entry, onProgress);
      if (!(await matches(file, entry))) {
        throw new Error(
          `${entry.name} differs from its manifest (size or SHA-256): it was damaged on the way; reload the page.`,
        );
      }
      await cache.put(entry.sha256, file);
      return file;
    },
  };
}
