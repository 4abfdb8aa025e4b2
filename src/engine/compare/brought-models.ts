/** The user's own ONNX models: tried on a tile before they are kept, and found again by id. */

import { errorMessage } from '../../formats/errors.ts';
import type { UserOnnxModel } from '../../protocol/compare.ts';
import { openOnnxModel } from '../external/onnx-model.ts';
import type { ExternalSource } from '../external/open.ts';
import type { CompareStore } from './compare-store.ts';

const idOf = (name: UserOnnxModel['name']) => name.slice('onnx:'.length);

/** Where external models come from. @param models the user's ONNX files, by id */
export type ExternalSourceOn<B> = (backend: B, models: (id: string) => Promise<Blob>) => ExternalSource;

export class BroughtModels {
  readonly #store: CompareStore;

  constructor(store: CompareStore) {
    this.#store = store;
  }

  /** @throws one sentence when the file is gone */
  file = async (id: string): Promise<Blob> => {
    const file = await this.#store.model(id);
    if (!file) throw new Error('The stored model is gone: add it again.');
    return file;
  };

  /** Runs a tile. @throws one sentence with the file's name, saying what was expected */
  async check(file: File, external: ExternalSource, tile: number | 'auto'): Promise<void> {
    try {
      (await openOnnxModel(file, await external.runtime(), tile)).dispose();
    } catch (error) {
      throw new Error(`${file.name}: ${errorMessage(error)}`, { cause: error });
    }
  }

  async keep(file: File): Promise<UserOnnxModel> {
    const name = `onnx:${crypto.getRandomValues(new Uint32Array(2)).join('-')}` as const;
    await this.#store.keepModel(idOf(name), file);
    return { name, file: file.name, bytes: file.size };
  }

  /** With what it made of these inputs. */
  async forget(name: UserOnnxModel['name'], inputs: readonly string[]): Promise<void> {
    for (const id of inputs) {
      const kept = await this.#store.results(id);
      const others = kept.filter(({ method }) => method !== name);
      if (others.length === kept.length) continue;
      await this.#store.keepResults(id, others);
      await this.#store.removePicture(id, name);
    }
    await this.#store.removeModel(idOf(name));
  }
}
