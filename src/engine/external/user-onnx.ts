/**
 * The user's ONNX files: dropped once, an upscaler is offered on Compare and on Evaluate under the same id, a metric measures
 * evaluations. A name always means the same bytes: another file of the same name gets a name of its own.
 */

import { freeName } from '../../formats/names.ts';
import type { MetricFacts } from '../../report/columns.ts';
import type { UserOnnxName } from '../../report/methods.ts';
import { count, fields, oneOf } from '../../report/run-record.ts';
import { SerialQueue } from '../runtime/handlers.ts';
import { BlobStore, readEntries, readHash, readIndex, readText, writeIndex } from '../storage/blob-store.ts';
import type { Files } from '../storage/files.ts';

export interface StoredOnnx {
  /** Of the file, or of the metric. Unique. */
  readonly name: string;
  readonly hash: string;
  readonly bytes: number;
  /** Null for an upscaler. */
  readonly metric: MetricFacts | null;
}

export const onnxNameOf = ({ name }: Pick<StoredOnnx, 'name'>): UserOnnxName => `onnx:${name}`;

/** Name of a picture that a model made, among those of its input. */
export const onnxPicture = (name: UserOnnxName): string => `onnx-${encodeURIComponent(name.slice('onnx:'.length))}`;

function readMetric(value: unknown): MetricFacts | null {
  if (value === null) return null;
  const { name, kind, better } = value as Readonly<Record<string, unknown>>;
  return {
    name: readText(name),
    kind: oneOf(kind, ['full-reference', 'no-reference', 'features'] satisfies MetricFacts['kind'][]),
    better: oneOf(better, ['higher', 'lower'] satisfies MetricFacts['better'][]),
  };
}

const readStoredModels = (json: unknown): readonly StoredOnnx[] =>
  readEntries(json, ({ name, hash, bytes, metric }) => ({
    name: readText(name),
    hash: readHash(hash),
    bytes: count(bytes),
    metric: readMetric(metric),
  }));

/** @param removed the upscaler that is gone; null: something was added, or a metric went */
type Listener = (removed: UserOnnxName | null) => Promise<void>;

export class UserOnnxStore {
  readonly #files: Files;
  readonly #blobs: BlobStore<readonly StoredOnnx[]>;
  readonly #queue = new SerialQueue();
  readonly #listeners: Listener[] = [];
  #loaded: Promise<void> | null = null;

  constructor(files: Files) {
    this.#files = files;
    this.#blobs = new BlobStore(files, {
      folder: 'onnx/files',
      indexPath: 'onnx/index.json',
      empty: [],
      read: readStoredModels,
      hashesOf: (models) => models.map(({ hash }) => hash),
      limits: { files: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    });
  }

  /** Reads what earlier visits left, also in the places where each page kept its own. */
  load(): Promise<void> {
    this.#loaded ??= this.#change(async () => {
      await migrateUserOnnx(this.#files, this.#blobs);
      await this.#blobs.sweep();
    });
    return this.#loaded;
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => this.#blobs.change(work));
  }

  get models(): readonly StoredOnnx[] {
    return this.#blobs.index;
  }

  get upscalers(): readonly StoredOnnx[] {
    return this.models.filter(({ metric }) => metric === null);
  }

  /** Called, and awaited, after each change. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async #emit(removed: UserOnnxName | null): Promise<void> {
    for (const listener of this.#listeners) await listener(removed);
  }

  /** Keeps a file that was checked; a metric takes the place of one of its name. @returns what it is known as */
  async add(file: File, metric: MetricFacts | null): Promise<StoredOnnx> {
    await this.load();
    const added = await this.#change(async () => {
      const { hash } = await this.#blobs.put(file);
      const known = this.models.find((model) => model.hash === hash && model.metric?.name === metric?.name);
      if (known) return known;
      const name = metric?.name ?? freeName(file.name, new Set(this.models.map((model) => model.name)));
      const model = { name, hash, bytes: file.size, metric };
      await this.#blobs.save([...this.models.filter((other) => other.name !== name), model]);
      await this.#blobs.sweep();
      return model;
    });
    await this.#emit(null);
    return added;
  }

  async remove(name: string): Promise<void> {
    await this.load();
    const model = this.models.find((other) => other.name === name);
    if (!model) return;
    await this.#change(async () => {
      await this.#blobs.save(this.models.filter((other) => other.name !== name));
      await this.#blobs.sweep();
    });
    await this.#emit(model.metric ? null : onnxNameOf(model));
  }

  /** @throws one sentence when the file is gone */
  file = async (name: string): Promise<Blob> => {
    await this.load();
    const model = this.models.find((other) => other.name === name);
    const file = model && (await this.#blobs.get(model.hash));
    if (!file) throw new Error(`${name} is not on this device any more: add it again.`);
    return file;
  };
}

// ONNX files from where Compare (compare/models, by random ids) and Evaluate (among its own files) kept theirs. Each step
// ends with the index that names the old place, so a step that is cut short is taken again, to the same end.

type Blobs = BlobStore<readonly StoredOnnx[]>;

async function fromEvaluation(files: Files, blobs: Blobs): Promise<void> {
  const path = 'evaluation/index.json';
  const index = await readIndex(files, path, fields);
  const models = readStoredModels(index?.models);
  if (models.length === 0) return;
  for (const model of models) {
    const file = await files.read(`evaluation/files/${model.hash}`);
    if (!file) continue;
    await blobs.put(file);
    if (!blobs.index.some(({ name }) => name === model.name)) await blobs.save([...blobs.index, model]);
  }
  await writeIndex(files, path, { ...index, models: [] });
  const pictures = readEntries(index?.pictures, ({ hash }) => hash);
  for (const { hash } of models) if (!pictures.includes(hash)) await files.remove(`evaluation/files/${hash}`);
}

/** @returns the new name of the model; a known one where its bytes are there already */
async function adopt(blobs: Blobs, file: Blob, wanted: string): Promise<UserOnnxName> {
  const { hash } = await blobs.put(file);
  const known = blobs.index.find((model) => model.hash === hash && model.metric === null);
  if (known) return onnxNameOf(known);
  const name = freeName(wanted, new Set(blobs.index.map((model) => model.name)));
  await blobs.save([...blobs.index, { name, hash, bytes: file.size, metric: null }]);
  return `onnx:${name}`;
}

/** Results and pictures of an input under the models' new names. */
async function renameResults(files: Files, input: string, renamed: ReadonlyMap<string, UserOnnxName>): Promise<void> {
  const folder = `compare/inputs/${input}`;
  for (const [before, after] of renamed) {
    const picture = await files.read(`${folder}/${before.replace(':', '-')}`);
    if (picture) await files.write(`${folder}/${onnxPicture(after)}`, picture);
  }
  const results = await readIndex(files, `${folder}/results.json`, (json) => readEntries(json, (entry) => entry));
  if (results) {
    const moved = results.map((result) => ({ ...result, method: renamed.get(String(result.method)) ?? result.method }));
    await writeIndex(files, `${folder}/results.json`, moved);
  }
  for (const before of renamed.keys()) await files.remove(`${folder}/${before.replace(':', '-')}`);
}

async function fromCompare(files: Files, blobs: Blobs): Promise<void> {
  const path = 'compare/state.json';
  const state = await readIndex(files, path, fields);
  const models = readEntries(state?.models, ({ name, file }) => ({ name: readText(name), file: readText(file) }));
  if (models.length === 0) return;
  const renamed = new Map<string, UserOnnxName>();
  for (const { name, file } of models) {
    const stored = await files.read(`compare/models/${name.slice('onnx:'.length)}`);
    if (stored) renamed.set(name, await adopt(blobs, stored, file));
  }
  for (const input of await files.list('compare/inputs')) await renameResults(files, input, renamed);
  const methods = Array.isArray(state?.methods) ? state.methods : [];
  const chosen = [...new Set(methods.map((method: unknown) => renamed.get(String(method)) ?? method))];
  await writeIndex(files, path, { ...state, methods: chosen, models: [] });
  await files.remove('compare/models');
}

/** Leaves the blob store with all that either page had. */
async function migrateUserOnnx(files: Files, blobs: Blobs): Promise<void> {
  await fromEvaluation(files, blobs);
  await fromCompare(files, blobs);
}
