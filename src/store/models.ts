/** What the page knows of weights: what there is, and the files that the user has brought but not imported yet. */

import type { Identity } from '../presets/official.ts';
import type { PresetName } from '../presets/presets.ts';
import type { Event } from '../protocol/index.ts';
import type { MappingReport, ModelsState, Precision } from '../protocol/models.ts';

export interface BroughtFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** reading: being looked at. report: understood, waits for the user. refused: no model, or its import failed. */
  readonly phase: 'reading' | 'report' | 'importing' | 'refused';
  readonly report: MappingReport | null;
  readonly licence: string | null;
  readonly source: string | null;
  /** What the user, or the file's name, says it is. */
  readonly identity: Identity['id'] | null;
  readonly precision: Precision;
  readonly progress: { readonly done: number; readonly total: number; readonly etaSeconds: number | null } | null;
  /** Why it was refused. */
  readonly message: string | null;
}

export interface ModelsSlice {
  /** Null until the engine has looked. */
  readonly state: ModelsState | null;
  readonly brought: readonly BroughtFile[];
  /** The ONNX file that is being made: tensors read, of all (0: not known yet). */
  readonly onnx: { readonly preset: PresetName; readonly done: number; readonly total: number } | null;
  /** Why the last one was not made, and of which preset it would have been. */
  readonly onnxFault: { readonly preset: PresetName; readonly message: string } | null;
  /** How often an engine has started: a new one knows nothing of files that were brought to the one before. */
  readonly starts: number;
}

export const initialModels: ModelsSlice = { state: null, brought: [], onnx: null, onnxFault: null, starts: 0 };

export const broughtFile = (id: string, { name, size }: Pick<File, 'name' | 'size'>): BroughtFile => ({
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

export const updateBrought = (models: ModelsSlice, id: string, change: Partial<BroughtFile>): ModelsSlice => ({
  ...models,
  brought: models.brought.map((file) => (file.id === id ? { ...file, ...change } : file)),
});

export const withoutBrought = (models: ModelsSlice, id: string): ModelsSlice => ({
  ...models,
  brought: models.brought.filter((file) => file.id !== id),
});

const forgotten = (models: ModelsSlice): ModelsSlice => ({
  ...models,
  brought: models.brought.map((file) => ({
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
      return updateBrought(models, id, { phase: 'report', report, identity, licence, source });
    }
    case 'models-refused':
      return updateBrought(models, event.id, { phase: 'refused', message: event.message, progress: null });
    case 'models-progress': {
      const { done, total, etaSeconds } = event;
      return updateBrought(models, event.id, { phase: 'importing', progress: { done, total, etaSeconds } });
    }
    case 'models-cancelled':
      return updateBrought(models, event.id, { phase: 'report', progress: null });
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
      return withoutBrought(models, event.id);
    default:
      return models;
  }
}
