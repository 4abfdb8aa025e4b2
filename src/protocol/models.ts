/** Messages about weights: what there is, and how a file becomes a part of it. */

import type { BackendKind } from '../gpu/backend.ts';
import type { FileFacts, ManifestFile } from '../presets/manifest.ts';
import type { Identity } from '../presets/official.ts';
import type { PresetName } from '../presets/presets.ts';
import type { Method } from '../report/methods.ts';

export type WeightPrecision = 'f16' | 'f32';

export interface TensorList {
  readonly count: number;
  /** The first few, by name; wrong shapes with both shapes. */
  readonly first: readonly string[];
}

/** The network that a file holds, and its misfits. */
export interface MappingReport {
  readonly kind: 'torch' | 'safetensors';
  /** The dictionary in the file that has the tensors; empty: the file itself. */
  readonly path: string;
  /** Others of the file that would do as well. */
  readonly alternatives: readonly string[];
  readonly preset: PresetName;
  readonly part: Identity['part'];
  readonly dtypes: readonly string[];
  /** Tensors of the network. */
  readonly needed: number;
  readonly matched: number;
  readonly missing: TensorList;
  readonly unexpected: TensorList;
  readonly wrongShape: TensorList;
  /** It can be imported. */
  readonly complete: boolean;
  /** Size after conversion, by precision. */
  readonly bytes: Readonly<Record<WeightPrecision, number>>;
}

export interface ModelEntry
  extends Pick<FileFacts, 'name' | 'bytes' | 'parameters' | 'sha256' | 'training' | 'metrics'> {
  readonly preset: PresetName;
  readonly role: ManifestFile['role'];
  readonly method: string | null;
  readonly title: string | null;
  readonly licence: string;
  readonly source: string | null;
  /** Shipped with the page, or imported by the user. */
  readonly origin: 'shipped' | 'imported';
  /** False: another file plays its part. */
  readonly inUse: boolean;
  /** Steps that a teacher takes. */
  readonly steps: number | null;
}

export interface PresetModels {
  readonly preset: PresetName;
  readonly files: readonly ModelEntry[];
  /** It has an autoencoder and a network that upscales. */
  readonly runs: boolean;
  /** Bytes that the smallest tile needs, weights included, by backend. */
  readonly memory: Readonly<Record<Exclude<BackendKind, 'cpu'>, number>>;
  /** Why its files can't be listed. */
  readonly message: string | null;
}

export interface ModelStorage {
  /** Bytes of this site, of all it keeps; null where the browser doesn't say. */
  readonly usage: number | null;
  readonly quota: number | null;
  /** The browser won't clear it by itself. */
  readonly persisted: boolean;
  /** Imported weights can be kept here. */
  readonly available: boolean;
}

export interface ModelsState {
  readonly presets: readonly PresetModels[];
  readonly storage: ModelStorage;
}

export interface OnnxExport {
  readonly method: Method;
  /** LR pixels a side that the file takes. */
  readonly tile: number;
  readonly weights: 'float32' | 'float16';
  /** The noise of this seed is put into the file; null: it is an input. */
  readonly noiseSeed: number | null;
}

/** One file among those that a user imports; `id` is the page's. */
export type ModelsCommand =
  | { readonly type: 'models-list' }
  /** Answered by `models-report` or `models-refused`; nothing is kept yet. */
  | { readonly type: 'models-inspect'; readonly id: string; readonly file: File }
  | {
      readonly type: 'models-import';
      readonly id: string;
      readonly identity: Identity['id'];
      readonly precision: WeightPrecision;
    }
  /** Stops an import, or forgets an inspected file. */
  | { readonly type: 'models-cancel'; readonly id: string }
  | { readonly type: 'models-rename'; readonly preset: PresetName; readonly name: string; readonly title: string }
  | { readonly type: 'models-use'; readonly preset: PresetName; readonly name: string }
  | { readonly type: 'models-remove'; readonly preset: PresetName; readonly name: string }
  /** Answered by `models-exported`, or a notice. */
  | { readonly type: 'models-export'; readonly preset: PresetName; readonly name: string }
  /** An upscaler of the preset as an ONNX file: answered by progress, then `models-exported`, or `models-onnx-ended`. */
  | ({ readonly type: 'models-onnx'; readonly preset: PresetName } & OnnxExport)
  | { readonly type: 'models-onnx-cancel' };

export type ModelsEvent =
  | { readonly type: 'models'; readonly state: ModelsState }
  | {
      readonly type: 'models-report';
      readonly id: string;
      readonly report: MappingReport;
      /** Guessed from the file's name; null: the user has to say. */
      readonly suggested: Identity['id'] | null;
      readonly licence: string | null;
      readonly source: string | null;
    }
  /** The file was refused, or its import failed: one sentence; nothing else changed. */
  | { readonly type: 'models-refused'; readonly id: string; readonly message: string }
  | {
      readonly type: 'models-progress';
      readonly id: string;
      readonly done: number;
      readonly total: number;
      readonly etaSeconds: number | null;
    }
  | { readonly type: 'models-imported'; readonly id: string; readonly entry: ModelEntry }
  /** The import was stopped; nothing of it is left. */
  | { readonly type: 'models-cancelled'; readonly id: string }
  | { readonly type: 'models-exported'; readonly name: string; readonly file: Blob }
  /** Tensors read, of all that the file gets. */
  | {
      readonly type: 'models-onnx-progress';
      readonly preset: PresetName;
      readonly done: number;
      readonly total: number;
    }
  /** It is made, was stopped, or failed (then with a sentence). */
  | { readonly type: 'models-onnx-ended'; readonly message: string | null };
