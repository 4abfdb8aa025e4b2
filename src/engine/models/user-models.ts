/**
 * The weights that a user imported for one preset: files in a folder, and the manifest that names them. A change of the
 * manifest comes last and as a whole, so whatever goes wrong before leaves everything as it was.
 */
import { FormatError } from '../../formats/errors.ts';
import { layOutSafetensors, openSafetensors } from '../../formats/safetensors.ts';
import { type Manifest, type ManifestFile, manifestJson, parseManifest, partOf } from '../../presets/manifest.ts';
import { type Identity, identities } from '../../presets/official.ts';
import { type PresetName, presets } from '../../presets/presets.ts';
import {
  isTaught,
  readTaught,
  type TaughtFacts,
  type TaughtMethod,
  taughtId,
  taughtMetadata,
  taughtMethod,
  taughtName,
} from '../../presets/teaching.ts';
import type { WeightPrecision } from '../../protocol/models.ts';
import { type ConvertOptions, convertWeights } from './convert.ts';
import { isComplete, knownFile, type Mapping } from './mapping.ts';

const manifestName = 'manifest.json';

export interface ImportRequest {
  /** Of the imported file. */
  readonly fileName: string;
  readonly mapping: Mapping;
  readonly identity: Identity['id'];
  readonly precision: WeightPrecision;
  /** Of a network that a user taught, whose identity is that of the network it began as; left out: it is another. */
  readonly taught?: TaughtFacts;
}

/** The method of a network that a user taught; null for other files. */
export const taughtMethodOf = (entry: ManifestFile): TaughtMethod | null =>
  entry.role === 'student' && isTaught(entry.method) ? entry.method : null;

/** The manifest's facts that the identity adds to those of the tensors. */
function networkOf(
  { mapping: { network }, identity: id, taught }: ImportRequest,
  { files, spare }: Manifest,
): Pick<ManifestFile, 'role' | 'config'> & { readonly method?: string } {
  if (taught && network.part === 'unet') {
    const isSame = (entry: ManifestFile) => {
      const method = taughtMethodOf(entry);
      return method !== null && taughtId(method) === taught.id;
    };
    if ([...files, ...spare].some(isSame))
      throw new FormatError(`The upscaler “${taught.name}” is here already: nothing has changed.`);
    return { role: 'student', method: taughtMethod(taught.name, taught.id), config: network.config } as const;
  }
  const identity = identities.find((entry) => entry.id === id);
  if (identity?.part !== network.part) {
    throw new FormatError(
      `These are the tensors of ${network.part === 'unet' ? 'a UNet' : 'an autoencoder'}; choose what it is.`,
    );
  }
  const { role, method } = identity;
  return { role, ...(method === null ? {} : { method }), config: network.config };
}

/** "SinSR v1 (2).pth" → "SinSR_v1_2": what a manifest allows. */
const manifestStem = (fileName: string) =>
  fileName
    .replace(/\.\w+$/, '')
    .replaceAll(/[^\w.-]+/g, '_')
    .replaceAll(/^[_.-]+|[_.-]+$/g, '')
    .slice(0, 60) || 'weights';

const titleOf = (fileName: string) => fileName.replace(/\.(pth|pt|ckpt|bin|safetensors)$/i, '').slice(0, 80);

export class UserModels {
  readonly #folder: ModelFolder;
  readonly preset: PresetName;

  constructor(folder: ModelFolder, preset: PresetName) {
    this.#folder = folder;
    this.preset = preset;
  }

  /** Null: nothing was imported yet. @throws one sentence when the manifest is damaged */
  async manifest(): Promise<Manifest | null> {
    const file = await this.#folder.read(manifestName);
    if (!file) return null;
    let json: unknown;
    try {
      json = JSON.parse(await file.text());
    } catch {
      throw new Error(`The list of imported ${this.preset} weights is damaged: import them again.`);
    }
    return parseManifest(json);
  }

  file = (name: string): Promise<Blob | null> => this.#folder.read(name);

  /**
   * Converts a file into the folder and puts it in use; one that played its part before becomes spare.
   * @throws one sentence, or the signal's reason; nothing has changed then
   */
  import(request: ImportRequest, options: Omit<ConvertOptions, 'precision' | 'metadata'> = {}): Promise<ManifestFile> {
    return this.#folder.alone(async () => {
      const { fileName, mapping, identity, precision, taught } = request;
      if (!isComplete(mapping)) throw new FormatError('The file lacks tensors of its network, so it can’t run.');
      // A damaged list, which the page tells of, must not keep the user from making a new one.
      const before = (await this.manifest().catch(() => null)) ?? this.#empty();
      const network = networkOf(request, before);
      const name = await this.#freeName(before, fileName);
      const writer = await this.#folder.create(name);
      try {
        const metadata = taught ? taughtMetadata(taught) : { source: fileName, identity };
        const converted = await convertWeights(mapping, (bytes) => writer.write(bytes), {
          ...options,
          precision,
          metadata,
        });
        await writer.close();
        const known = knownFile(fileName, mapping);
        const entry = {
          ...network,
          ...converted,
          name,
          title: taught?.name ?? titleOf(fileName),
          licence: known?.licence ?? null,
          source: taught ? 'taught on pictures of a user' : (known?.source ?? null),
          diffusion: identities.find(({ id }) => id === identity)?.diffusion ?? null,
          training: taught ? { pictures: taught.pictures, iterations: taught.iterations } : (known?.training ?? {}),
          metrics: taught ? { 'held-out crops': taught.crops, before: taught.before, after: taught.after } : {},
        } as ManifestFile;
        await this.#save(inUse(before, entry));
        return entry;
      } catch (error) {
        await writer.abort();
        await this.#folder.remove(name);
        throw error;
      }
    });
  }

  /** @returns its methods before and now, where it is a taught network, whose method is named like it; else null */
  async rename(name: string, title: string): Promise<readonly [before: TaughtMethod, now: TaughtMethod] | null> {
    let renaming: readonly [TaughtMethod, TaughtMethod] | null = null;
    await this.#change((manifest) => {
      const renamed = (entry: ManifestFile): ManifestFile => {
        if (entry.name !== name) return entry;
        const before = taughtMethodOf(entry);
        if (!before) return { ...entry, title };
        const method = taughtMethod(title, taughtId(before));
        renaming = [before, method];
        return { ...entry, method, title: taughtName(method) } as ManifestFile;
      };
      return { ...manifest, files: manifest.files.map(renamed), spare: manifest.spare.map(renamed) };
    });
    return renaming;
  }

  /** Puts a spare file in the place of the one that plays its part. */
  use(name: string): Promise<void> {
    return this.#change((manifest) => {
      const entry = manifest.spare.find((other) => other.name === name);
      if (!entry) return manifest;
      return inUse({ ...manifest, spare: manifest.spare.filter((other) => other !== entry) }, entry);
    });
  }

  /**
   * A spare file of the same part takes the place of one that was in use.
   * @returns the method that is gone, of a taught network; else null
   */
  async remove(name: string): Promise<TaughtMethod | null> {
    let removed: TaughtMethod | null = null;
    await this.#change((manifest) => {
      const taken = [...manifest.files, ...manifest.spare].find((entry) => entry.name === name);
      removed = taken ? taughtMethodOf(taken) : null;
      const without = (list: readonly ManifestFile[]) => list.filter((entry) => entry.name !== name);
      const gone = manifest.files.find((entry) => entry.name === name);
      const rest = { ...manifest, files: without(manifest.files), spare: without(manifest.spare) };
      const successor = gone && rest.spare.findLast((entry) => partOf(entry) === partOf(gone));
      return successor
        ? inUse({ ...rest, spare: without(rest.spare).filter((entry) => entry !== successor) }, successor)
        : rest;
    });
    await this.#folder.remove(name);
    return removed;
  }

  #change(edit: (manifest: Manifest) => Manifest): Promise<void> {
    return this.#folder.alone(async () => {
      const manifest = await this.manifest();
      if (manifest) await this.#save(edit(manifest));
    });
  }

  async #save(manifest: Manifest): Promise<void> {
    const text = manifestJson(manifest);
    // Read back first: what can't be read must not replace what can.
    parseManifest(JSON.parse(text));
    const writer = await this.#folder.create(manifestName);
    try {
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  #empty(): Manifest {
    return {
      preset: this.preset,
      licence: 'as stated with each file',
      created: new Date().toISOString().slice(0, 10),
      diffusion: presets[this.preset].diffusion,
      files: [],
      spare: [],
    };
  }

  /** One that no file has, listed or not; an empty file is what a writer that died left behind. */
  async #freeName({ files, spare }: Manifest, fileName: string): Promise<string> {
    const taken = new Set([...files, ...spare].map(({ name }) => name));
    for (let number = 1; ; number++) {
      const name = `${manifestStem(fileName)}${number > 1 ? `-${number}` : ''}.safetensors`;
      if (!taken.has(name) && !(await this.#folder.read(name))?.size) return name;
    }
  }
}

/** A taught network's file under the name that it has now. @throws FormatError where it is damaged */
export async function withTitle(file: Blob, title: string): Promise<Blob> {
  const { entries, metadata } = await openSafetensors(file);
  const taught = readTaught(metadata);
  if (!taught) return file;
  // Written by `import`, so all of one type: their order stays.
  const ordered = [...entries.values()].sort((a, b) => a.begin - b.begin);
  const tensors = ordered.map(({ name, shape, dtype }) => ({ name, shape, dtype: dtype as 'F16' | 'F32' }));
  const { header } = layOutSafetensors(tensors, { ...metadata, ...taughtMetadata({ ...taught, name: title }) });
  return new Blob([header, file.slice(ordered[0]?.begin)], { type: file.type });
}

/** The manifest with this file in use, and the one that played its part before as a spare. */
function inUse(manifest: Manifest, entry: ManifestFile): Manifest {
  const replaced = manifest.files.filter((other) => partOf(other) === partOf(entry));
  return {
    ...manifest,
    files: [...manifest.files.filter((other) => !replaced.includes(other)), entry],
    spare: [...manifest.spare, ...replaced],
  };
}

// A folder of weights with a manifest, wherever it is: in the browser's private storage, or on disk.

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
  /** Does the work while nobody else changes the folder: no other change here, no other tab or process. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}
