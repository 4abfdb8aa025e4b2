/**
 * The boundary between the page and the engine worker: each command that the page sends and each event that it gets, a file a page.
 * Types and constants only. The page never sees a tensor: pictures cross as ImageBitmaps, results as Blobs, the rest as plain data.
 */

import type { Rect } from '../imaging/image.ts';
import type { CompareCommand, CompareEvent } from './compare.ts';
import type { Diagnosis, TileProfile } from './diagnosis.ts';
import type { EvaluationCommand, EvaluationEvent } from './evaluate.ts';
import type { ModelsCommand, ModelsEvent } from './models.ts';
import type { TrainingCommand, TrainingEvent } from './train.ts';
import type {
  BackendRequest,
  EngineReady,
  ExportFormat,
  ImageSummary,
  JobProgress,
  JobResult,
  JobState,
  Prediction,
  UpscaleOptions,
} from './upscale.ts';

/** Page → engine. */
export type Command =
  | TrainingCommand
  | ModelsCommand
  | CompareCommand
  | EvaluationCommand
  /** Opens the backend, loads the preset's weights, probes one tile; sent again after a change of these. */
  | {
      readonly type: 'configure';
      readonly backend: BackendRequest;
      readonly options: UpscaleOptions;
    }
  /** Reads the queue of the last visit; answers with `image-added` (restored) for each, then `restored`. */
  | { readonly type: 'restore' }
  | { readonly type: 'add'; readonly id: string; readonly name: string; readonly file: Blob }
  | { readonly type: 'remove'; readonly id: string }
  /** Puts images in the run queue, in this order. Also resumes paused ones, and re-runs done ones. */
  | { readonly type: 'run'; readonly ids: readonly string[] }
  /** Stops within one tile; finished tiles are kept. */
  | { readonly type: 'cancel'; readonly id: string }
  /** The image on screen (null: none) and its visible part in LR pixels; its pictures follow, and its tiles there run first. */
  | { readonly type: 'view'; readonly id: string | null; readonly visible: Rect | null }
  | {
      readonly type: 'export';
      readonly request: string;
      readonly ids: readonly string[];
      readonly format: ExportFormat;
      /** 0 … 1, for JPEG and WebP. */
      readonly quality: number;
    }
  | { readonly type: 'diagnose' }
  /** Runs one tile with every program timed. */
  | { readonly type: 'profile' }
  /** Destroys the GPU device on purpose, to show (and test) that the session recovers. */
  | { readonly type: 'lose-device' };

/** Engine → page. */
export type Event =
  | TrainingEvent
  | ModelsEvent
  | CompareEvent
  | EvaluationEvent
  | { readonly type: 'engine-opening'; readonly message: string }
  | { readonly type: 'model-progress'; readonly loaded: number; readonly total: number; readonly cached: boolean }
  | { readonly type: 'engine-ready'; readonly ready: EngineReady }
  /** The engine can't run: what happened and what to do. A new `configure` tries again. */
  | { readonly type: 'engine-failed'; readonly message: string }
  /** Something the user should see, but nothing is lost: device rebuilt, smaller tile, cache unavailable. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly type: 'log'; readonly message: string }
  | {
      readonly type: 'image-added';
      readonly image: ImageSummary;
      readonly state: JobState;
      readonly prediction: Prediction;
      readonly result: JobResult | null;
      readonly restored: boolean;
      /** At most 128 px a side. */
      readonly thumbnail: ImageBitmap;
    }
  /** The file was refused: one sentence; nothing else changed. */
  | { readonly type: 'image-rejected'; readonly id: string; readonly name: string; readonly message: string }
  | { readonly type: 'restored'; readonly count: number }
  | { readonly type: 'image-removed'; readonly id: string }
  | { readonly type: 'prediction'; readonly id: string; readonly prediction: Prediction }
  | {
      readonly type: 'job';
      readonly id: string;
      readonly state: JobState;
      readonly progress: JobProgress | null;
      readonly result: JobResult | null;
      /** Why it failed, and what to do. */
      readonly message: string | null;
    }
  /** Part of the viewed image. `input` in LR pixels, `output` in HR pixels; a later picture covers an earlier one. */
  | {
      readonly type: 'picture';
      readonly id: string;
      readonly layer: 'input' | 'output';
      readonly rect: Rect;
      readonly bitmap: ImageBitmap;
      /** The output so far is void (a new run): clear it before drawing. */
      readonly reset: boolean;
    }
  | {
      readonly type: 'exported';
      readonly request: string;
      /** One file an image, in order; `name` has the right ending. */
      readonly files: readonly { readonly name: string; readonly blob: Blob }[];
    }
  | { readonly type: 'export-failed'; readonly request: string; readonly message: string }
  | { readonly type: 'diagnosis'; readonly diagnosis: Diagnosis }
  /** null: there is none, and why in one sentence. */
  | { readonly type: 'profile'; readonly profile: TileProfile | null; readonly message: string | null };
