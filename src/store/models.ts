/** Weights as the page knows them: the models there are, and the user's files on their way to become one. */

import type { Identity } from '../presets/official.ts';
import { type PresetName, shippedPresets } from '../presets/presets.ts';
import type { Event } from '../protocol/index.ts';
import type { MappingReport, ModelEntry, ModelsState, OnnxExport, WeightPrecision } from '../protocol/models.ts';
import type { UpscaleOptions } from '../protocol/upscale.ts';
import type { EngineClient, SliceStore } from './client.ts';
import type { EngineState } from './engine.ts';
import { budgets, type Settings } from './settings.ts';

export interface WeightImport {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** reading: being looked at. report: understood, waits for the user. refused: no model, or its import failed. */
  readonly phase: 'reading' | 'report' | 'importing' | 'refused';
  readonly report: MappingReport | null;
  readonly licence: string | null;
  readonly source: string | null;
  /** The network, by the user's choice or the file's name. */
  readonly identity: Identity['id'] | null;
  readonly precision: WeightPrecision;
  readonly progress: { readonly done: number; readonly total: number; readonly etaSeconds: number | null } | null;
  /** Why it was refused. */
  readonly message: string | null;
}

export interface ModelsSlice {
  /** Null until the engine has looked. */
  readonly state: ModelsState | null;
  readonly imports: readonly WeightImport[];
  /** The ONNX file that is being made: tensors read, of all (0: not known yet). */
  readonly onnx: { readonly preset: PresetName; readonly done: number; readonly total: number } | null;
  /** Why the last one was not made, and of which preset it would have been. */
  readonly onnxFault: { readonly preset: PresetName; readonly message: string } | null;
  /** Engine starts so far: a new engine knows nothing of the files that the one before was given. */
  readonly starts: number;
}

export const initialModels: ModelsSlice = { state: null, imports: [], onnx: null, onnxFault: null, starts: 0 };

const newImport = (id: string, { name, size }: Pick<File, 'name' | 'size'>): WeightImport => ({
  id,
  name,
  bytes: size,
  phase: 'reading',
  report: null,
  licence: null,
  source: null,
  identity: null,
  precision: 'f16',
  progress: null,
  message: null,
});

const updateImport = (models: ModelsSlice, id: string, change: Partial<WeightImport>): ModelsSlice => ({
  ...models,
  imports: models.imports.map((file) => (file.id === id ? { ...file, ...change } : file)),
});

const withoutImport = (models: ModelsSlice, id: string): ModelsSlice => ({
  ...models,
  imports: models.imports.filter((file) => file.id !== id),
});

const forgotten = (models: ModelsSlice): ModelsSlice => ({
  ...models,
  imports: models.imports.map((file) => ({
    ...file,
    phase: 'refused',
    message: 'The engine stopped and was started again: add the file again.',
  })),
});

export function applyToModels(models: ModelsSlice, event: Event): ModelsSlice {
  switch (event.type) {
    case 'models':
      return { ...models, state: event.state };
    case 'models-report': {
      const { id, report, suggested: identity, licence, source } = event;
      return updateImport(models, id, { phase: 'report', report, identity, licence, source });
    }
    case 'models-refused':
      return updateImport(models, event.id, { phase: 'refused', message: event.message, progress: null });
    case 'models-progress': {
      const { done, total, etaSeconds } = event;
      return updateImport(models, event.id, { phase: 'importing', progress: { done, total, etaSeconds } });
    }
    case 'models-cancelled':
      return updateImport(models, event.id, { phase: 'report', progress: null });
    case 'models-onnx-progress': {
      const { preset, done, total } = event;
      return { ...models, onnx: { preset, done, total } };
    }
    case 'models-onnx-ended': {
      const { onnx } = models;
      const onnxFault = onnx && event.message !== null ? { preset: onnx.preset, message: event.message } : null;
      return { ...models, onnx: null, onnxFault };
    }
    case 'restored':
      return { ...(models.starts > 0 ? forgotten(models) : models), onnx: null, starts: models.starts + 1 };
    case 'models-imported':
      return withoutImport(models, event.id);
    default:
      return models;
  }
}

type Named = Pick<ModelEntry, 'preset' | 'name'>;

/** The user's actions on weights. */
export interface ModelsActions {
  listModels(): void;
  /** Looks into files; nothing is imported before the user says so. */
  addWeights(files: readonly File[]): void;
  chooseImport(id: string, change: Partial<Pick<WeightImport, 'identity' | 'precision'>>): void;
  startImport(id: string): void;
  stopImport(id: string): void;
  /** Takes a file off the list; also one that is being looked at. */
  dismissImport(id: string): void;
  renameModel(model: Named, title: string): void;
  putModelInUse(model: Named): void;
  removeModel(model: Named): void;
  /** An upscaler of a preset as an ONNX file; it comes as a download. */
  exportOnnx(preset: PresetName, options: OnnxExport): void;
  cancelOnnx(): void;
  exportModel(model: Named): void;
  /** Asks the browser not to clear what this site keeps. */
  keepStorage(): Promise<void>;
  /** Upscales with another preset's weights; a budget that is too small for them is raised, and that is said. */
  choosePreset(preset: PresetName): void;
}

interface Helpers {
  readonly newId: () => string;
  readonly notify: (message: string) => void;
  readonly setOptions: (change: Partial<UpscaleOptions>) => void;
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;

export function createModelsActions(
  {
    getState: get,
    setState: set,
  }: SliceStore<{ readonly models: ModelsSlice; readonly settings: Settings; readonly engine: EngineState }>,
  engine: EngineClient,
  { newId, notify, setOptions }: Helpers,
): ModelsActions {
  const actions: ModelsActions = {
    listModels: () => engine.send({ type: 'models-list' }),
    addWeights(files) {
      const added = files.map((file) => ({ id: newId(), file }));
      set(({ models }) => ({
        models: { ...models, imports: [...models.imports, ...added.map(({ id, file }) => newImport(id, file))] },
      }));
      for (const { id, file } of added) engine.send({ type: 'models-inspect', id, file });
    },
    chooseImport: (id, change) => set(({ models }) => ({ models: updateImport(models, id, change) })),
    startImport(id) {
      const file = get().models.imports.find((other) => other.id === id);
      if (!file?.identity || file.phase !== 'report') return;
      set(({ models }) => ({ models: updateImport(models, id, { phase: 'importing', progress: null }) }));
      engine.send({ type: 'models-import', id, identity: file.identity, precision: file.precision });
    },
    stopImport: (id) => engine.send({ type: 'models-cancel', id }),
    dismissImport(id) {
      engine.send({ type: 'models-cancel', id });
      set(({ models }) => ({ models: withoutImport(models, id) }));
    },
    renameModel: ({ preset, name }, title) => engine.send({ type: 'models-rename', preset, name, title }),
    putModelInUse: ({ preset, name }) => engine.send({ type: 'models-use', preset, name }),
    removeModel({ preset, name }) {
      engine.send({ type: 'models-remove', preset, name });
    },
    exportOnnx(preset, options) {
      set(({ models }) => ({ models: { ...models, onnx: { preset, done: 0, total: 0 }, onnxFault: null } }));
      engine.send({ type: 'models-onnx', preset, ...options });
    },
    cancelOnnx: () => engine.send({ type: 'models-onnx-cancel' }),
    exportModel: ({ preset, name }) => engine.send({ type: 'models-export', preset, name }),
    async keepStorage() {
      const kept = await navigator.storage?.persist?.();
      if (!kept) notify('The browser did not agree to keep it for good; it decides by how often a site is used.');
      actions.listModels();
    },
    choosePreset(preset) {
      const { models, engine: state, settings } = get();
      const known = models.state?.presets.find((other) => other.preset === preset);
      const kind = state.ready?.backend === 'wasm' ? 'wasm' : 'webgpu';
      const need = known?.memory[kind] ?? 0;
      const budget = settings.options.memoryBudget;
      const raised = need > budget ? (budgets.find((step) => step >= need) ?? budget) : budget;
      if (raised > budget) {
        notify(
          `The ${preset} networks need about ${gigabytes(need)}, so the memory budget was raised to ${gigabytes(raised)}.`,
        );
      }
      setOptions({ preset, memoryBudget: raised, method: 'auto' });
    },
  };
  engine.listen((event) => {
    if (event.type !== 'models') return;
    // Weights that were in use are gone: what is shipped runs everywhere.
    const { preset } = get().settings.options;
    const [usual] = shippedPresets;
    const runs = event.state.presets.find((other) => other.preset === preset)?.runs ?? true;
    if (runs || !usual || preset === usual) return;
    notify(`The ${preset} preset has no weights to run any more; ${usual} is used.`);
    setOptions({ preset: usual, method: 'auto' });
  });
  return actions;
}
