/** What the page may ask of co-training. */

import type { TrainingConfig } from '../training/config.ts';
import type { Drive, FramePicture } from './training-protocol.ts';

export type TransportCommand =
  /** Somebody looks at training: answered with its state, and the rows of the run that was saved last. */
  | { readonly type: 'training-open'; readonly samples: readonly string[] }
  | { readonly type: 'training-play'; readonly drive: Drive }
  /** A change of how the run goes, from the next iteration on. */
  | { readonly type: 'training-drive'; readonly drive: Drive }
  /** Stops after the iteration under way, and keeps the run. */
  | { readonly type: 'training-pause' }
  | { readonly type: 'training-step'; readonly unit: 'iteration' | 'phase' }
  /** What a run with these settings would take of memory, with the preset that is open. */
  | { readonly type: 'training-estimate'; readonly config: TrainingConfig }
  /** Settings that may change while the run goes; they hold from the next iteration on. */
  | { readonly type: 'training-edit'; readonly changes: Partial<TrainingConfig> };

/** About kept runs. Those without a run's id are about the one that is open. */
export type RunCommand =
  /** A new run, at its start. Refused while another one is open. */
  | { readonly type: 'training-new'; readonly config: TrainingConfig }
  /** Puts the open run away; it stays in the list. */
  | { readonly type: 'training-close' }
  | { readonly type: 'training-select'; readonly run: string }
  /** The rows of a kept run, to be drawn beside those of others. */
  | { readonly type: 'training-rows'; readonly run: string }
  /** Throws a run and its checkpoints away; null: the open one. */
  | { readonly type: 'training-delete'; readonly run: string | null }
  /** Back to a checkpoint; what came after it goes. */
  | { readonly type: 'training-rewind'; readonly step: number }
  /** A new run that starts where the checkpoint is; the old one stays in the list. */
  | { readonly type: 'training-fork'; readonly step: number }
  | { readonly type: 'training-pin'; readonly step: number; readonly pinned: boolean }
  /** Throws a checkpoint away; never the newest. */
  | { readonly type: 'training-discard'; readonly step: number }
  /** A checkpoint as safetensors; null: the newest. */
  | { readonly type: 'training-export'; readonly step: number | null }
  /** All of a kept run as one file. @param frames what the page has of its pictures; null: those that it came with */
  | { readonly type: 'training-bundle'; readonly run: string; readonly frames: readonly FramePicture[] | null }
  /** Opens the file of a checkpoint or of a whole run as a run of its own. A wrong one changes nothing. */
  | { readonly type: 'training-import'; readonly file: Blob };

export type PictureCommand =
  | { readonly type: 'training-add-pictures'; readonly files: readonly Blob[] }
  /** What runs that start from now on are trained on. */
  | { readonly type: 'training-choose-pictures'; readonly own: boolean }
  /** Those that a kept run needs stay with it. */
  | { readonly type: 'training-clear-pictures' }
  /** Crop `index` of the open run, or of the one that these settings would make. */
  | { readonly type: 'training-preview'; readonly config: TrainingConfig; readonly index: number };

export type TrainingCommand = TransportCommand | RunCommand | PictureCommand;

const runCommands: Readonly<Record<RunCommand['type'], true>> = {
  'training-new': true,
  'training-close': true,
  'training-select': true,
  'training-rows': true,
  'training-delete': true,
  'training-rewind': true,
  'training-fork': true,
  'training-pin': true,
  'training-discard': true,
  'training-export': true,
  'training-bundle': true,
  'training-import': true,
};
const pictureCommands: Readonly<Record<PictureCommand['type'], true>> = {
  'training-add-pictures': true,
  'training-choose-pictures': true,
  'training-clear-pictures': true,
  'training-preview': true,
};
export const isRunCommand = (command: TrainingCommand): command is RunCommand => command.type in runCommands;
export const isPictureCommand = (command: TrainingCommand): command is PictureCommand =>
  command.type in pictureCommands;
