/**
 * The boundary between the page and the engine worker: each command that the page sends and each event that it gets, a file a page.
 * Types and constants only. The page never sees a tensor: pictures cross as ImageBitmaps, results as Blobs, the rest as plain data.
 */

import type { CompareCommand, CompareEvent } from './compare.ts';
import type { DiagnosisCommand, DiagnosisEvent } from './diagnosis.ts';
import type { EvaluationCommand, EvaluationEvent } from './evaluate.ts';
import type { ModelsCommand, ModelsEvent } from './models.ts';
import type { TourCommand, TourEvent } from './tour.ts';
import type { TrainingCommand, TrainingEvent } from './train.ts';
import type { UpscaleCommand, UpscaleEvent } from './upscale.ts';

/** Page → engine. */
export type Command =
  | UpscaleCommand
  | TrainingCommand
  | TourCommand
  | CompareCommand
  | EvaluationCommand
  | ModelsCommand
  | DiagnosisCommand;

/** Engine → page. */
export type Event =
  | UpscaleEvent
  | TrainingEvent
  | TourEvent
  | CompareEvent
  | EvaluationEvent
  | ModelsEvent
  | DiagnosisEvent
  /** Something the user should see, but nothing is lost: device rebuilt, smaller tile, cache unavailable. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly message: string }
  | { readonly type: 'log'; readonly message: string };
