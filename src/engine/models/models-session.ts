/**
 * The Models page's end in the worker: lists what there is, looks into files that the user brings, and makes models of
 * them. Every answer is an event.
 */

import { errorMessage, FormatError } from '../../formats/errors.ts';
import { openWeights, type WeightFile } from '../../formats/weight-file.ts';
import { unetParamShapes } from '../../nn/unet-plan.ts';
import type { Manifest, ManifestFile } from '../../presets/manifest.ts';
import { identityOf } from '../../presets/official.ts';
import { type PresetName, presetNames, shippedPresets } from '../../presets/presets.ts';
import { isTaught, readTaught, type TaughtFacts, type TaughtMethod, taughtName } from '../../presets/teaching.ts';
import type { Event } from '../../protocol/index.ts';
import type { ModelStorage, ModelsCommand } from '../../protocol/models.ts';
import type { Handlers } from '../runtime/handlers.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { mappingReport } from './convert.ts';
import { layeredSource, listPreset, userEntry } from './listing.ts';
import { type KnownNetwork, knownFile, knownNetworks, type Mapping, mapWeights } from './mapping.ts';
import { taughtMethodOf, type UserModels, withTitle } from './user-models.ts';

export interface ModelsEnvironment {
  readonly shipped: (preset: PresetName) => ModelSource;
  readonly user: (preset: PresetName) => UserModels;
  readonly storage: () => Promise<ModelStorage>;
  /** The preset's weights are others now: what runs on them must be opened anew. */
  readonly changed: (preset: PresetName) => void;
  /** A taught method has another name now; null: it is gone. */
  readonly renamed: (before: TaughtMethod, now: TaughtMethod | null) => Promise<void>;
  /** The networks that files may be. */
  readonly networks?: readonly KnownNetwork[];
}

interface InspectedFile {
  readonly fileName: string;
  readonly file: WeightFile;
  readonly mapping: Mapping;
}

/** Milliseconds between two events of progress. */
const pace = 100;

export class ModelsSession {
  readonly handlers: Handlers<ModelsCommand> = {
    'models-list': () => this.#list(),
    'models-inspect': ({ id, file }) => this.#inspect(id, file),
    'models-import': (command) => this.#import(command),
    'models-cancel': ({ id }) => {
      const running = this.#running.get(id);
      // An import that is stopped can be started again.
      if (running) running.abort();
      else this.#inspected.delete(id);
    },
    'models-rename': async ({ preset, name, title }) => {
      const renaming = await this.#environment.user(preset).rename(name, title);
      if (!renaming) return this.#list();
      await this.#environment.renamed(...renaming);
      await this.#afterChange(preset);
    },
    'models-use': async ({ preset, name }) => {
      await this.#environment.user(preset).use(name);
      await this.#afterChange(preset);
    },
    'models-remove': async ({ preset, name }) => {
      const removed = await this.#environment.user(preset).remove(name);
      if (removed) await this.#environment.renamed(removed, null);
      await this.#afterChange(preset);
    },
    'models-export': ({ preset, name }) => this.#export(preset, name),
    'models-onnx': (command) => this.#exportOnnx(command),
    'models-onnx-cancel': () => this.#onnx?.abort(),
  };
  readonly #environment: ModelsEnvironment;
  readonly #emit: (event: Event) => void;
  readonly #inspected = new Map<string, InspectedFile>();
  readonly #running = new Map<string, AbortController>();
  #onnx: AbortController | null = null;

  constructor(environment: ModelsEnvironment, emit: (event: Event) => void) {
    this.#environment = environment;
    this.#emit = emit;
  }

  async #afterChange(preset: PresetName): Promise<void> {
    this.#environment.changed(preset);
    await this.#list();
  }

  /** Null for presets that come without weights. */
  async #shipped(preset: PresetName): Promise<Manifest | null> {
    if (!shippedPresets.includes(preset)) return null;
    return this.#environment.shipped(preset).manifest();
  }

  async #list(): Promise<void> {
    const { user, storage } = this.#environment;
    const presets = await Promise.all(
      presetNames.map((preset) => listPreset(preset, this.#shipped(preset), user(preset).manifest())),
    );
    this.#emit({ type: 'models', state: { presets, storage: await storage() } });
  }

  async #inspect(id: string, blob: File): Promise<void> {
    try {
      const file = await openWeights(blob, blob.name);
      const taught = readTaught(file.metadata);
      if (taught) return await this.#importTaught(id, file, taught);
      const mapping = mapWeights(file, this.#environment.networks);
      this.#inspected.set(id, { fileName: blob.name, file, mapping });
      const named = identityOf(blob.name, file.metadata);
      const known = knownFile(blob.name, mapping);
      const { part } = mapping.network;
      this.#emit({
        type: 'models-report',
        id,
        report: mappingReport(file, mapping),
        suggested: part === 'autoencoder' ? part : named === 'autoencoder' ? null : named,
        licence: known?.licence ?? null,
        source: known?.source ?? null,
      });
    } catch (error) {
      this.#emit({ type: 'models-refused', id, message: errorMessage(error) });
    }
  }

  /** A network that somebody taught: its file says all that is to be known, so nothing is asked. */
  async #importTaught(id: string, file: WeightFile, taught: TaughtFacts): Promise<void> {
    const { preset, entry } = await this.#receiveTaught(file, taught);
    this.#emit({ type: 'models-imported', id, entry: userEntry(preset, entry, true) });
  }

  /** As `#importTaught`, of a file that came another way. @returns false: it is another file @throws one sentence */
  async takeTaught(blob: Blob): Promise<boolean> {
    const file = await openWeights(blob).catch(() => null);
    const taught = file && readTaught(file.metadata);
    if (!taught) return false;
    await this.#receiveTaught(file, taught);
    return true;
  }

  async #receiveTaught(file: WeightFile, taught: TaughtFacts): Promise<{ preset: PresetName; entry: ManifestFile }> {
    const kept = await this.keepTaught(file, taught);
    const message = `“${taught.name}” is here as a method: choose it on Upscale, Compare or Evaluate.`;
    this.#emit({ type: 'notice', level: 'info', message });
    return kept;
  }

  /**
   * Keeps a network that a user taught, as a method of the preset whose student it is.
   * @throws one sentence where it is none of a preset here, or here already; nothing has changed then
   */
  async keepTaught(file: WeightFile, taught: TaughtFacts): Promise<{ preset: PresetName; entry: ManifestFile }> {
    const mapping = mapWeights(file, [...(await this.#students()), ...(this.#environment.networks ?? knownNetworks())]);
    const { preset, part } = mapping.network;
    if (part !== 'unet') throw new FormatError(`“${taught.name}” is no student: ask for its file again.`);
    // Its identity is that of the network it began as.
    const request = { fileName: taught.name, mapping, identity: 'ours', precision: 'f16', taught } as const;
    const entry = await this.#environment.user(preset).import(request);
    await this.#afterChange(preset);
    return { preset, entry };
  }

  /** A student of each preset whose weights are here. */
  async #students(): Promise<KnownNetwork[]> {
    const found: KnownNetwork[] = [];
    for (const preset of presetNames) {
      const manifest = await this.#shipped(preset).catch(() => null);
      const student = manifest?.files.find((file) => file.role === 'student');
      if (student)
        found.push({ preset, part: 'unet', config: student.config, shapes: unetParamShapes(student.config) });
    }
    return found;
  }

  async #import({ id, identity, precision }: Extract<ModelsCommand, { type: 'models-import' }>): Promise<void> {
    const inspected = this.#inspected.get(id);
    if (!inspected) {
      this.#emit({ type: 'models-refused', id, message: 'The file is no longer open: add it again.' });
      return;
    }
    const { fileName, mapping } = inspected;
    const { preset } = mapping.network;
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      const entry = await this.#environment
        .user(preset)
        .import({ fileName, mapping, identity, precision }, { signal: abort.signal, onProgress: this.#progress(id) });
      this.#inspected.delete(id);
      this.#emit({ type: 'models-imported', id, entry: userEntry(preset, entry, true) });
      await this.#afterChange(preset);
    } catch (error) {
      if (abort.signal.aborted) this.#emit({ type: 'models-cancelled', id });
      else this.#emit({ type: 'models-refused', id, message: errorMessage(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #progress(id: string): (done: number, total: number) => void {
    let started = 0;
    let told = 0;
    return (done, total) => {
      const now = performance.now();
      if (started === 0) started = now;
      if (done < total && now - told < pace) return;
      told = now;
      const seconds = (now - started) / 1000;
      // The first tensors are small and tell little of the rest.
      const etaSeconds = seconds > 0.5 && done > total / 50 ? (seconds * (total - done)) / done : null;
      this.#emit({ type: 'models-progress', id, done, total, etaSeconds });
    };
  }

  async #exportOnnx({ preset, ...options }: Extract<ModelsCommand, { type: 'models-onnx' }>): Promise<void> {
    if (this.#onnx) throw new Error('Another ONNX file is being made: wait for it, or cancel it.');
    const abort = new AbortController();
    this.#onnx = abort;
    let message: string | null = null;
    let told = 0;
    try {
      const { exportUpscaler } = await import('../export/upscaler.ts');
      const source = layeredSource(this.#environment.shipped(preset), this.#environment.user(preset));
      const { file, method, tile } = await exportUpscaler(source, options, {
        signal: abort.signal,
        onProgress: (done, total) => {
          if (done < total && performance.now() - told < pace) return;
          told = performance.now();
          this.#emit({ type: 'models-onnx-progress', preset, done, total });
        },
      });
      const named = isTaught(method) ? taughtName(method) : method;
      this.#emit({ type: 'models-exported', name: `${preset}-${named}-${tile}.onnx`, file });
    } catch (error) {
      if (!abort.signal.aborted) message = errorMessage(error);
    } finally {
      this.#onnx = null;
      this.#emit({ type: 'models-onnx-ended', message });
    }
  }

  async #export(preset: PresetName, name: string): Promise<void> {
    const { user, shipped } = this.#environment;
    const own = await user(preset).manifest();
    const inactive = own?.spare.find((entry) => entry.name === name);
    const source = layeredSource(shipped(preset), user(preset));
    const entry = inactive ?? (await source.manifest()).files.find((other) => other.name === name);
    if (!entry) throw new Error(`There is no ${name} any more.`);
    const file = inactive ? await user(preset).file(name) : await source.file(entry, () => undefined);
    if (!file) throw new Error(`The file ${name} is gone: import it again.`);
    this.#emit({
      type: 'models-exported',
      name,
      file: taughtMethodOf(entry) ? await withTitle(file, entry.title ?? '') : file,
    });
  }
}
