/** Everything a user can do to weights. */
import type { StoreApi } from 'zustand/vanilla';
import { type PresetName, shippedPresets } from '../presets/presets.ts';
import type { ModelEntry, OnnxExport } from '../protocol/models.ts';
import type { UpscaleOptions } from '../protocol/upscale.ts';
import type { EngineClient } from './client.ts';
import { type BroughtFile, broughtFile, updateBrought, withoutBrought } from './models.ts';
import { budgets } from './settings.ts';
import type { AppState } from './state.ts';

type Named = Pick<ModelEntry, 'preset' | 'name'>;

export interface ModelsActions {
  listModels(): void;
  /** Looks into files; nothing is imported before the user says so. */
  bringWeights(files: readonly File[]): void;
  chooseBrought(id: string, change: Partial<Pick<BroughtFile, 'identity' | 'precision'>>): void;
  importBrought(id: string): void;
  stopImport(id: string): void;
  /** Takes a file off the list; also one that is being looked at. */
  forgetBrought(id: string): void;
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
  { getState: get, setState: set }: StoreApi<AppState>,
  engine: EngineClient,
  { newId, notify, setOptions }: Helpers,
): ModelsActions {
  const actions: ModelsActions = {
    listModels: () => engine.send({ type: 'models-list' }),
    bringWeights(files) {
      const added = files.map((file) => ({ id: newId(), file }));
      set(({ models }) => ({
        models: { ...models, brought: [...models.brought, ...added.map(({ id, file }) => broughtFile(id, file))] },
      }));
      for (const { id, file } of added) engine.send({ type: 'models-inspect', id, file });
    },
    chooseBrought: (id, change) => set(({ models }) => ({ models: updateBrought(models, id, change) })),
    importBrought(id) {
      const file = get().models.brought.find((other) => other.id === id);
      if (!file?.identity || file.phase !== 'report') return;
      set(({ models }) => ({ models: updateBrought(models, id, { phase: 'importing', progress: null }) }));
      engine.send({ type: 'models-import', id, identity: file.identity, precision: file.precision });
    },
    stopImport: (id) => engine.send({ type: 'models-cancel', id }),
    forgetBrought(id) {
      engine.send({ type: 'models-cancel', id });
      set(({ models }) => ({ models: withoutBrought(models, id) }));
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
