/** The state of an evaluation: the set as it would run, its methods, and the rows measured so far. */

import { errorMessage } from '../../formats/errors.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { Manifest } from '../../presets/manifest.ts';
import type { PresetName } from '../../presets/presets.ts';
import type { EvaluationOptions, EvaluationReport, MethodWork, PictureRole } from '../../protocol/evaluate.ts';
import { defaultOptions } from '../../protocol/upscale.ts';
import type { MethodResult } from '../../report/columns.ts';
import { type EvaluationMethod, esrganNames, type FinishedMethod, isFinished } from '../../report/methods.ts';
import { onnxNameOf, type UserOnnxStore } from '../external/user-onnx.ts';
import type { ModelSource } from '../runtime/model-source.ts';
import { teacherStepsOf } from '../runtime/networks.ts';
import { type EvaluationStore, type KeptRow, memoryRows, type RowStore } from './evaluation-store.ts';
import { availableMethods } from './methods.ts';
import { keyOf, type OutputStore, paceKeyOf, taughtHash, weightsHash } from './row-cache.ts';
import { summarise } from './scores.ts';
import {
  degradedSetOf,
  type FinishedOutputs,
  finishedOutputsOf,
  type PictureSet,
  pairedSetOf,
  plainSetOf,
} from './sets.ts';

const noPictures: PictureSet = { pictures: [], notes: [] };

interface PictureHashes {
  readonly hr: string;
  readonly lr: string;
}

interface Summary {
  readonly rows: readonly KeptRow[];
  readonly result: MethodResult;
}

export class EvaluationWorkspace {
  readonly store: EvaluationStore;
  readonly userOnnx: UserOnnxStore;
  readonly #outputs: OutputStore;
  /** Of the set's pictures. */
  #hashes: ReadonlyMap<string, PictureHashes> = new Map();
  readonly #models: (preset: PresetName) => ModelSource;
  #store: RowStore = memoryRows();
  /** All rows ever measured, by cache key. */
  readonly #rows = new Map<string, KeptRow>();
  /** Pictures that failed, by cache key: shown, but run again. */
  readonly #faults = new Map<string, KeptRow>();
  readonly #summaries = new Map<EvaluationMethod, Summary>();
  /** One hash of the preset's files. */
  #weights = '';
  #manifest: Pick<Manifest, 'files'> = { files: [] };
  options: EvaluationOptions = defaultOptions;
  set: PictureSet = noPictures;
  /** Outputs of other programs for the set's pictures; without those that have none of them. */
  finished: ReadonlyMap<FinishedMethod, FinishedOutputs> = new Map();
  /** Why the set can't be run; null: it can. */
  fault: string | null = null;
  /** In the order of the table. */
  offered: readonly EvaluationMethod[] = [];
  teacherSteps: number | null = null;
  /** False where rows go with the tab. */
  kept = true;

  constructor(
    store: EvaluationStore,
    userOnnx: UserOnnxStore,
    outputs: OutputStore,
    models: (preset: PresetName) => ModelSource,
  ) {
    this.store = store;
    this.userOnnx = userOnnx;
    this.#outputs = outputs;
    this.#models = models;
  }

  async load(store: RowStore): Promise<void> {
    this.#store = store;
    for (const row of await store.all()) this.#rows.set(row.key, row);
    // It takes over the files that an earlier layout kept here.
    await this.userOnnx.load();
    await this.store.load();
    await this.#outputs.load();
    this.kept = await this.store.hasDisk();
  }

  get hasTruth(): boolean {
    return this.store.setup.set !== 'blind';
  }

  /** The chosen methods that there are. */
  get methods(): readonly EvaluationMethod[] {
    return this.offered.filter((method) => this.store.setup.methods.includes(method));
  }

  get source(): ModelSource {
    return this.#models(this.options.preset);
  }

  /** Looks at what a run would take. */
  async prepare(): Promise<void> {
    this.set = noPictures;
    this.finished = new Map();
    this.fault = null;
    try {
      const manifest = await this.source.manifest();
      this.#weights = await weightsHash(manifest);
      this.#manifest = manifest;
      this.teacherSteps = teacherStepsOf(manifest);
      const onnx = this.userOnnx.upscalers.map(onnxNameOf);
      const own = availableMethods(manifest, this.hasTruth);
      this.offered = [...own, ...esrganNames, ...onnx, ...this.store.finished];
      this.set = await this.#withFinished(await this.#gather());
      this.#hashes = this.#hashesOf(this.set);
    } catch (error) {
      this.fault = errorMessage(error);
    }
  }

  /** The set with notes on outputs that are of none of its pictures. */
  async #withFinished(set: PictureSet): Promise<PictureSet> {
    if (set.pictures.length === 0) return set;
    const found = new Map<FinishedMethod, FinishedOutputs>();
    const notes: string[] = [];
    for (const method of this.store.finished) {
      try {
        const outputs = await finishedOutputsOf(this.store.folder(method), set);
        found.set(method, outputs);
        notes.push(...outputs.notes);
      } catch (error) {
        notes.push(errorMessage(error));
      }
    }
    this.finished = found;
    return { ...set, notes: [...set.notes, ...notes] };
  }

  #hashesOf({ pictures }: PictureSet): ReadonlyMap<string, PictureHashes> {
    const hashes = (role: PictureRole) => new Map(this.store.pictures(role).map(({ name, hash }) => [name, hash]));
    const [hr, lr] = [hashes('hr'), hashes('lr')];
    return new Map(
      pictures.map(({ name, truthFile = name }) => [name, { hr: hr.get(truthFile) ?? '', lr: lr.get(name) ?? '' }]),
    );
  }

  async #gather(): Promise<PictureSet> {
    const { set, degradation } = this.store.setup;
    const [hr, lr] = [this.store.folder('hr'), this.store.folder('lr')];
    if ((set !== 'blind' && hr.files.length === 0) || (set !== 'degraded' && lr.files.length === 0)) return noPictures;
    if (set === 'degraded') return degradedSetOf(hr, degradation, this.options.seed);
    return set === 'pairs' ? pairedSetOf(hr, lr) : plainSetOf(lr);
  }

  keyOf(method: EvaluationMethod, name: string): string {
    const { set, degradation } = this.store.setup;
    const { hr = '', lr = '' } = this.#hashes.get(name) ?? {};
    const { models } = this.userOnnx;
    return keyOf(method, name, {
      pictures: [set === 'blind' ? '' : hr, set === 'degraded' ? degradation : lr],
      weights: this.#weights,
      options: this.options,
      file: isFinished(method)
        ? this.#outputHash(method, name)
        : (taughtHash(method, this.#manifest) ?? models.find((model) => onnxNameOf(model) === method)?.hash ?? null),
      metrics: models.flatMap(({ metric, name, hash }) => (metric ? [`${name} ${hash}`] : [])),
    });
  }

  #outputHash(method: FinishedMethod, name: string): string | null {
    const file = this.finished.get(method)?.fileOf(name);
    return this.store.pictures(method).find((picture) => picture.name === file)?.hash ?? null;
  }

  known = (method: EvaluationMethod, name: string): KeptRow | null => this.#rows.get(this.keyOf(method, name)) ?? null;

  async keep(row: KeptRow): Promise<void> {
    this.#rows.set(row.key, row);
    // In a full store the row lasts as long as the tab.
    await this.#store.put(row).catch(() => {
      this.kept = false;
    });
  }

  keepOutput = (method: EvaluationMethod, name: string, file: Blob): Promise<void> =>
    this.#outputs.keep(this.keyOf(method, name), file);

  /** The kept pictures of the chosen methods. */
  async outputsOf(name: string): Promise<{ readonly method: EvaluationMethod; readonly file: Blob }[]> {
    const outputs = [];
    for (const method of this.methods) {
      const file = await this.#outputs.get(this.keyOf(method, name));
      if (file) outputs.push({ method, file });
    }
    return outputs;
  }

  note(row: KeptRow): void {
    this.#faults.set(row.key, row);
  }

  async forget(): Promise<void> {
    this.#faults.clear();
    this.#rows.clear();
    await this.#store.clear();
    await this.#outputs.clear();
  }

  /** Of the chosen methods over all pictures: measured, and to be measured. */
  get progress(): { readonly done: number; readonly total: number } {
    const { pictures } = this.set;
    const done = this.methods.flatMap((method) => pictures.filter(({ name }) => this.known(method, name)));
    return { done: done.length, total: this.methods.length * pictures.length };
  }

  /** Megapixels of each output of the set. */
  #sizes(): ReadonlyMap<string, number> {
    const role = this.store.setup.set === 'degraded' ? 'hr' : 'lr';
    const scale = role === 'hr' ? 1 : upscaleFactor;
    return new Map(
      this.store.pictures(role).map(({ name, width, height }) => [name, (width * height * scale ** 2) / 1e6]),
    );
  }

  /** The work that is left, with the pace of what each method has done here before, on whatever pictures. */
  get left(): readonly MethodWork[] {
    const sizes = this.#sizes();
    const done = new Map<string, { seconds: number; megapixels: number }>();
    for (const { key, took, row } of this.#rows.values()) {
      if (took === undefined) continue;
      const pace = paceKeyOf(key);
      const { seconds, megapixels } = done.get(pace) ?? { seconds: 0, megapixels: 0 };
      done.set(pace, { seconds: seconds + took / 1e3, megapixels: megapixels + (row.width * row.height) / 1e6 });
    }
    return this.methods.flatMap((method) => {
      const names = this.set.pictures.map(({ name }) => name).filter((name) => !this.known(method, name));
      const [first] = names;
      if (first === undefined) return [];
      const before = done.get(paceKeyOf(this.keyOf(method, first)));
      const megapixels = names.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
      return [{ method, megapixels, secondsPerMegapixel: before ? before.seconds / before.megapixels : null }];
    });
  }

  get report(): EvaluationReport {
    const adapters = new Set<string>();
    const methods = this.methods.flatMap((method) => {
      const rows = this.set.pictures.flatMap(
        ({ name }) => this.known(method, name) ?? this.#faults.get(this.keyOf(method, name)) ?? [],
      );
      for (const { adapter } of rows) adapters.add(adapter);
      return rows.length > 0 ? [this.#summary(method, rows)] : [];
    });
    return { adapter: [...adapters].join('; '), preset: this.options.preset, methods };
  }

  /** Distances between sets take their time: only of whole sets, and once. */
  #summary(method: EvaluationMethod, rows: readonly KeptRow[]): MethodResult {
    const before = this.#summaries.get(method);
    const isWhole = rows.length === this.set.pictures.length;
    if (before && before.rows.length === rows.length && rows.every((row, i) => row === before.rows[i]))
      return before.result;
    const measured = isWhole ? rows : rows.map(({ row }) => ({ row, features: {} }));
    const result = summarise(method, measured, this.teacherSteps);
    this.#summaries.set(method, { rows, result });
    return result;
  }
}
