/**
 * What an evaluation is made from, kept on this device: the setup, pictures under the hash of what is in them, and ONNX files.
 * An index names them; a file that the index does not name is swept away.
 */

import { errorMessage, FormatError } from '../../formats/errors.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { EvaluationSetup, PictureRole } from '../../protocol/evaluate.ts';
import type { MetricFacts } from '../../report/columns.ts';
import { sha256 } from '../runtime/model-source.ts';
import type { Files } from '../storage/files.ts';
import { type PictureFile, type PictureFolder, stem } from './sets.ts';

const root = 'evaluation';
const indexPath = `${root}/index.json`;
const fileFolder = `${root}/files`;
const pathOf = (hash: string) => `${fileFolder}/${hash}`;

export interface StoredPicture {
  readonly role: PictureRole;
  /** With its ending. */
  readonly name: string;
  readonly hash: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

export interface StoredModel {
  readonly name: string;
  readonly hash: string;
  readonly bytes: number;
  readonly metric: MetricFacts | null;
}

interface Index {
  readonly setup: EvaluationSetup;
  readonly pictures: readonly StoredPicture[];
  readonly models: readonly StoredModel[];
}

export const initialSetup: EvaluationSetup = {
  set: 'degraded',
  degradation: 'bicubic',
  methods: ['bicubic', 'lanczos', 'sinsr', 'ours'],
};

/** More than this is a job for the command line. */
const mostPictures = 2000;
const mostPictureBytes = 4 * 2 ** 30;

const inOrder = (a: StoredPicture, b: StoredPicture) => (a.name < b.name ? -1 : 1);

export class EvaluationStore {
  readonly #files: Files;
  readonly #decode: (file: Blob) => Promise<Rgba8>;
  #index: Index = { setup: initialSetup, pictures: [], models: [] };
  /** Of the pictures, by role and name without ending. */
  #hashes: ReadonlyMap<string, string> = new Map();

  /** @param decode checks a file before anything is allocated from what it claims */
  constructor(files: Files, decode: (file: Blob) => Promise<Rgba8>) {
    this.#files = files;
    this.#decode = decode;
  }

  get setup(): EvaluationSetup {
    return this.#index.setup;
  }

  get models(): readonly StoredModel[] {
    return this.#index.models;
  }

  pictures(role: PictureRole): readonly StoredPicture[] {
    return this.#index.pictures.filter((picture) => picture.role === role);
  }

  hasDisk = () => this.#files.hasDisk();

  async load(): Promise<void> {
    try {
      const text = await (await this.#files.read(indexPath))?.text();
      const stored = JSON.parse(text ?? '{}') as Partial<Index>;
      const { setup, pictures, models } = stored;
      if (!setup || !Array.isArray(pictures) || !Array.isArray(models)) return;
      this.#take({ setup: { ...initialSetup, ...setup }, pictures, models });
    } catch {
      // An index that can't be read names nothing: the next evaluation begins anew.
    }
  }

  #take(index: Index): void {
    this.#index = index;
    this.#hashes = new Map(index.pictures.map(({ role, name, hash }) => [`${role} ${stem(name)}`, hash]));
  }

  async #keep(change: Partial<Index>): Promise<void> {
    this.#take({ ...this.#index, ...change });
    await this.#files.write(indexPath, new Blob([JSON.stringify(this.#index)]));
    const named = new Set([...this.#index.pictures, ...this.#index.models].map(({ hash }) => hash));
    for (const hash of await this.#files.list(fileFolder)) if (!named.has(hash)) await this.#files.remove(pathOf(hash));
  }

  change(setup: Partial<EvaluationSetup>): Promise<void> {
    return this.#keep({ setup: { ...this.setup, ...setup } });
  }

  /**
   * Takes what is a picture; a newer one takes the place of an older one of its name.
   * @returns a sentence for each that was refused
   */
  async add(role: PictureRole, files: readonly File[], onProgress: (done: number) => void): Promise<string[]> {
    const refused: string[] = [];
    const added = new Map<string, StoredPicture>();
    const others = this.#index.pictures;
    let bytes = others.reduce((sum, picture) => sum + picture.bytes, 0);
    for (const [done, file] of files.entries()) {
      onProgress(done);
      try {
        if (others.length + added.size >= mostPictures || bytes + file.size > mostPictureBytes)
          throw new FormatError(
            `More than ${mostPictures} pictures, or 4 GB of them, are not taken here: use npm run evaluate.`,
          );
        const { width, height } = await this.#decode(file);
        const hash = await sha256(file);
        await this.#files.write(pathOf(hash), file);
        added.set(file.name, { role, name: file.name, hash, bytes: file.size, width, height });
        bytes += file.size;
      } catch (error) {
        refused.push(`${file.name}: ${errorMessage(error)}`);
      }
    }
    const stay = others.filter((picture) => picture.role !== role || !added.has(picture.name));
    await this.#keep({ pictures: [...stay, ...added.values()].sort(inOrder) });
    return refused;
  }

  clear(role: PictureRole): Promise<void> {
    return this.#keep({ pictures: this.#index.pictures.filter((picture) => picture.role !== role) });
  }

  async addModel(file: File, metric: MetricFacts | null): Promise<void> {
    const name = metric?.name ?? file.name;
    const hash = await sha256(file);
    await this.#files.write(pathOf(hash), file);
    const others = this.models.filter((model) => model.name !== name);
    // What is brought is wanted: a new upscaler runs unless it is switched off.
    const methods = metric ? this.setup.methods : [...new Set([...this.setup.methods, `onnx:${name}` as const])];
    await this.#keep({
      setup: { ...this.setup, methods },
      models: [...others, { name, hash, bytes: file.size, metric }],
    });
  }

  removeModel(name: string): Promise<void> {
    const methods = this.setup.methods.filter((method) => method !== `onnx:${name}`);
    return this.#keep({
      setup: { ...this.setup, methods },
      models: this.models.filter((model) => model.name !== name),
    });
  }

  /** @param name without ending */
  pictureHash(role: PictureRole, name: string): string | null {
    return this.#hashes.get(`${role} ${name}`) ?? null;
  }

  /** @throws one sentence when the file is gone */
  async #read({ name, hash }: { readonly name: string; readonly hash: string }): Promise<Blob> {
    const file = await this.#files.read(pathOf(hash));
    if (!file) throw new Error(`${name} is gone from this device: add it again.`);
    return file;
  }

  /** @throws one sentence */
  model(name: string): Promise<Blob> {
    const model = this.models.find((entry) => entry.name === name);
    return model ? this.#read(model) : Promise.reject(new Error(`${name} is not here any more: add it again.`));
  }

  folder(role: PictureRole): PictureFolder {
    const files = this.pictures(role).map((picture): PictureFile => {
      const { name, width, height } = picture;
      return {
        file: name,
        size: async () => ({ width, height }),
        read: async () => this.#decode(await this.#read(picture)),
      };
    });
    return { label: role === 'hr' ? 'The HR pictures' : 'The LR pictures', files };
  }
}
