/** Weights on disk, checked like downloaded ones. */
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelSource, matches } from '../src/engine/model-source.ts';
import { parseManifest } from '../src/presets/manifest.ts';

export function directoryModelSource(folder: string): ModelSource {
  return {
    async manifest() {
      const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => {
        throw new Error(`${folder}: no manifest.json here, so no weights for this preset.`);
      });
      return parseManifest(JSON.parse(text));
    },
    async file(entry, onProgress) {
      const blob = await openAsBlob(join(folder, entry.name)).catch(() => {
        throw new Error(`${join(folder, entry.name)}: named in the manifest, but missing.`);
      });
      if (!(await matches(blob, entry))) {
        throw new Error(`${join(folder, entry.name)}: differs from its manifest (size or SHA-256).`);
      }
      onProgress(entry.bytes, true);
      return blob;
    },
  };
}
