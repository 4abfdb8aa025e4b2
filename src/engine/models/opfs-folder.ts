/** A models folder in the browser's private storage. */

import type { PresetName } from '../../presets/presets.ts';
import type { ModelStorage } from '../../protocol/models.ts';
import * as opfs from '../storage/files.ts';
import { type ModelFolder, UserModels } from './user-models.ts';

/** A browser's error in words that say what to do. */
function sentence(error: unknown): Error {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return new Error(
      'The browser has no room for these weights: delete models or finished images here, or free space on the disk.',
    );
  }
  return new Error(
    'This window can’t keep weights (private window, insecure address or blocked storage): use a normal window over https.',
    { cause: error },
  );
}

const worded = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw sentence(error);
  }
};

function opfsFolder(path: string): ModelFolder {
  return {
    read: (name) => opfs.readFile(`${path}/${name}`),
    async create(name) {
      const writer = await worded(opfs.createFile(`${path}/${name}`));
      return {
        write: (bytes) => worded(writer.write(bytes)),
        close: () => worded(writer.close()),
        abort: writer.abort,
      };
    },
    remove: (name) => opfs.remove(`${path}/${name}`),
    // Where there are no locks, the work says itself that nothing can be kept.
    alone: (work) => opfs.alone(path, work),
  };
}

/** The user's models of each preset, one object for each: changes of a folder go one after the other. */
export function userModelsIn(path: string): (preset: PresetName) => UserModels {
  const opened = new Map<PresetName, UserModels>();
  return (preset) => {
    const known = opened.get(preset);
    if (known) return known;
    const folder = opfsFolder(`${path}/${preset}`);
    const models = new UserModels(folder, preset);
    // Not while another tab imports.
    void folder.alone(() => sweep(`${path}/${preset}`)).catch(() => undefined);
    opened.set(preset, models);
    return models;
  };
}

/** Removes what an import left that a closed tab cut short. */
async function sweep(path: string): Promise<void> {
  for (const name of await opfs.listFolder(path)) if (name.endsWith(opfs.partial)) await opfs.remove(`${path}/${name}`);
}

export async function modelStorage(): Promise<ModelStorage> {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  return {
    usage: usage ?? null,
    quota: quota ?? null,
    persisted: (await navigator.storage?.persisted?.()) ?? false,
    available: await opfs.available(),
  };
}
