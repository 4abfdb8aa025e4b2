/**
 * A run as one safetensors file: each network, its average and its optimizer's moments by PyTorch's names, and as metadata
 * the configuration and the step. Random draws are functions of seed and step, so nothing else is needed to go on, and the
 * run goes on to the bit (on the same adapter).
 */
import { FormatError } from '../formats/errors.ts';
import {
  openSafetensors,
  type SafetensorsFile,
  type WritableTensor,
  writeSafetensors,
} from '../formats/safetensors.ts';
import { type PictureFacts, readPictures } from '../imaging/picture-facts.ts';
import { compareNames } from '../nn/params.ts';
import { readKeptConfig, type TrainingConfig } from '../paper/config.ts';
import { type NetworkName, networkNames } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import type { ParamShapes } from '../presets/architecture.ts';
import { Layout } from './layout.ts';
import { buffersOf, type LearnerState, type LearningModels, shapesOf } from './learner.ts';

/** In a checkpoint's metadata. */
export const checkpointFormat = 'cosr-training-1';
const vectors = ['values', 'average', 'first', 'second'] as const;
/** Networks stand under their own names, so that a dropped checkpoint reads like weights. */
const prefixOf = (network: NetworkName, vector: (typeof vectors)[number]) =>
  vector === 'values' ? `${network}.` : `${vector}.${network}.`;

export interface Progress {
  readonly preset: string;
  readonly config: TrainingConfig;
  /** Iterations done. */
  readonly step: number;
  /** The pictures that it is trained on, in the order that crops are drawn by; null: pictures that are not told apart. */
  readonly pictures: readonly PictureFacts[] | null;
}

export function writeCheckpoint(
  { preset, config, step, pictures }: Progress,
  models: Models,
  states: ReadonlyMap<NetworkName, LearnerState>,
): Blob {
  const tensors: WritableTensor[] = [];
  // In an order of their own: the same state gives the same bytes, whoever started first.
  const written = networkNames.flatMap((network) => {
    const state = states.get(network);
    return state ? [[network, state] as const] : [];
  });
  for (const [network, state] of written) {
    const layout = new Layout(shapesOf(models, network));
    for (const vector of vectors) {
      const values = layout.toTorch(state[vector]);
      for (const { name, torchShape } of layout.places) {
        const data = values.get(name) as Float32Array;
        tensors.push({ name: prefixOf(network, vector) + name, dtype: 'F32', shape: torchShape, data });
      }
    }
    for (const [name, data] of state.buffers)
      tensors.push({ name: `${network}.${name}`, dtype: 'F32', shape: [data.length], data });
  }
  const updates = Object.fromEntries(written.map(([network, state]) => [network, state.updates]));
  return writeSafetensors(tensors, {
    format: checkpointFormat,
    preset,
    step: String(step),
    config: JSON.stringify(config),
    updates: JSON.stringify(updates),
    pictures: JSON.stringify(pictures),
  });
}

export interface Checkpoint extends Progress {
  /** @throws FormatError when a tensor is missing, has another shape or belongs to nothing */
  check(models: LearningModels): void;
  /** Every network's state. @throws FormatError when a tensor is missing, has another shape or belongs to nothing */
  states(models: Models): Promise<Map<NetworkName, LearnerState>>;
}

function json(file: SafetensorsFile, key: string): unknown {
  try {
    return JSON.parse(file.metadata[key] ?? '');
  } catch {
    throw new FormatError(`The checkpoint's "${key}" is damaged.`);
  }
}

function counted(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new FormatError(`The checkpoint's ${what} is not a number of iterations.`);
}

/** The shapes of everything that one network has in the file. */
function storedShapes(models: LearningModels, network: NetworkName): ParamShapes {
  const shapes = new Map<string, readonly number[]>();
  for (const vector of vectors) {
    for (const [name, shape] of shapesOf(models, network)) shapes.set(prefixOf(network, vector) + name, shape);
  }
  for (const [name, shape] of buffersOf(models, network)) shapes.set(`${network}.${name}`, shape);
  return shapes;
}

async function readState(
  file: SafetensorsFile,
  models: LearningModels,
  network: NetworkName,
  updates: number,
): Promise<LearnerState> {
  const layout = new Layout(shapesOf(models, network));
  const read = async (prefix: string, names: Iterable<string>) => {
    const found = new Map<string, Float32Array>();
    for (const name of names) found.set(name, await file.readFloat32(prefix + name));
    return found;
  };
  const state = {} as Record<(typeof vectors)[number], Float32Array>;
  for (const vector of vectors) {
    const values = await read(prefixOf(network, vector), shapesOf(models, network).keys());
    state[vector] = layout.fromTorch((name) => values.get(name) as Float32Array);
  }
  return { ...state, buffers: await read(`${network}.`, buffersOf(models, network).keys()), updates };
}

/** @throws FormatError, one sentence, when the file is no checkpoint of a run or says impossible things */
export async function openCheckpoint(source: Blob): Promise<Checkpoint> {
  const file = await openSafetensors(source);
  if (file.metadata.format !== checkpointFormat) throw new FormatError('The file is no checkpoint of a training run.');
  const updates = json(file, 'updates') as Partial<Record<NetworkName, unknown>> | null;
  const networks = networkNames.filter((name) => updates?.[name] !== undefined);
  if (!networks.includes('student')) throw new FormatError('The checkpoint has no student.');
  const check = (models: LearningModels) => {
    const shapes = new Map(networks.flatMap((network) => [...storedShapes(models, network)]));
    const { missing, unexpected, wrongShape } = compareNames(shapes, file.entries);
    const fault = [
      ...missing.map((name) => `${name} is missing`),
      ...wrongShape,
      ...unexpected.map((name) => `${name} is unknown`),
    ][0];
    if (fault) throw new FormatError(`The checkpoint does not fit its networks: ${fault}.`);
  };
  return {
    preset: file.metadata.preset ?? '',
    config: readKeptConfig(json(file, 'config')),
    step: counted(json(file, 'step'), 'step'),
    // The command line leaves it out.
    pictures: readPictures(file.metadata.pictures === undefined ? null : json(file, 'pictures')),
    check,
    async states(models) {
      check(models);
      const states = new Map<NetworkName, LearnerState>();
      for (const name of networks) {
        states.set(name, await readState(file, models, name, counted(updates?.[name], `updates of ${name}`)));
      }
      return states;
    },
  };
}
