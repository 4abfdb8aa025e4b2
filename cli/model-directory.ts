/** Weights on disk, checked like downloaded ones. */
import { existsSync, openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ModelSource, matches } from '../src/engine/runtime/model-source.ts';
import { parseManifest } from '../src/presets/manifest.ts';

export function directoryModelSource(folder: string): ModelSource {
  return {
    async manifest() {
      const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => {
        throw new Error(`${folder}: no manifest.json here, so no weights for this preset.`);
      });
      let manifest: unknown;
      try {
        manifest = JSON.parse(text);
      } catch {
        throw new Error(`${join(folder, 'manifest.json')}: is damaged, no JSON.`);
      }
      return parseManifest(manifest);
    },
    async file(entry, onProgress) {
      const path = join(folder, entry.name);
      // Asked first: openAsBlob throws at once, and says nothing of the file.
      if (!existsSync(path)) throw new Error(`${path}: named in the manifest, but missing.`);
      const blob = await openAsBlob(path);
      if (!(await matches(blob, entry))) throw new Error(`${path}: differs from its manifest (size or SHA-256).`);
      onProgress(entry.bytes, true);
      return blob;
    },
  };
}

/** A folder of the weights that ship. */
export const shippedFolder = (folder: string): ModelSource =>
  directoryModelSource(resolve(import.meta.dirname, '../public/models', folder));
