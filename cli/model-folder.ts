/** A folder of weights on disk, for what makes one. */
import { existsSync, openAsBlob } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFolder } from '../src/engine/models/user-models.ts';
import { aloneIn, createWhole } from './whole-file.ts';

export function diskFolder(path: string): ModelFolder {
  return {
    async read(name) {
      const file = join(path, name);
      return existsSync(file) ? openAsBlob(file) : null;
    },
    create: (name) => createWhole(join(path, name)),
    remove: (name) => rm(join(path, name), { force: true }),
    alone: (work) => aloneIn(path, work, (message) => process.stderr.write(`${message}\n`)),
  };
}
