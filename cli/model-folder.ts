/** A folder of weights on disk, for what makes one. */
import { existsSync, openAsBlob } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFolder } from '../src/engine/models/user-models.ts';

export function diskFolder(path: string): ModelFolder {
  return {
    async read(name) {
      const file = join(path, name);
      return existsSync(file) ? openAsBlob(file) : null;
    },
    async create(name) {
      await mkdir(path, { recursive: true });
      const target = join(path, name);
      const part = `${target}.part`;
      const file = await open(part, 'w');
      let ended = false;
      return {
        async write(bytes) {
          await file.writeFile(bytes);
        },
        async close() {
          ended = true;
          await file.close();
          await rename(part, target);
        },
        async abort() {
          if (!ended) await file.close();
          await rm(part, { force: true });
        },
      };
    },
    remove: (name) => rm(join(path, name), { force: true }),
  };
}
