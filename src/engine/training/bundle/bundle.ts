/**
 * A run as one file to download and to drop back: a zip whose entries are stored, so that each is a plain range of it.
 *
 *   run.json             preset, configuration, what is on each picture, which checkpoints there are
 *   environment.json     adapter, host, versions, seed
 *   metrics.jsonl        configuration, columns and changes of settings, then a row an iteration
 *   images/STEP.png      the panels of an iteration, one below the other
 *   checkpoints/STEP.safetensors
 *
 * A recording, to be looked at only, has no checkpoints.
 */

import type { TrainingConfig } from '../../../training/config.ts';
import type { PictureFacts } from '../../../training/picture-facts.ts';
import type { PresetName } from '../../protocol.ts';
import type { CheckpointSummary, FramePicture, RunEnvironmentFacts } from '../../training-protocol.ts';
import type { RowHistory } from '../row-history.ts';

export const bundleFormat = 'cosr-run-1';

export const recordName = 'run.json';
export const environmentName = 'environment.json';
export const metricsName = 'metrics.jsonl';
export const imageName = (step: number, ending: ImageEnding) => `images/${step}.${ending}`;
export const checkpointName = (step: number) => `checkpoints/${step}.safetensors`;

/** A bundle has no more pictures. */
export const mostImages = 400;

export type ImageEnding = 'png' | 'webp';

export interface KeptCheckpoint {
  readonly summary: CheckpointSummary;
  readonly file: Blob;
}

/** Everything that a bundle has. */
export interface Bundle {
  readonly preset: PresetName;
  readonly config: TrainingConfig;
  readonly pictures: readonly PictureFacts[] | null;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly environment: RunEnvironmentFacts;
  readonly rows: RowHistory;
  /** In the order of their iterations. */
  readonly frames: readonly FramePicture[];
  /** Oldest first; none in a recording. */
  readonly checkpoints: readonly KeptCheckpoint[];
}
