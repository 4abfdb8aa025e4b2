/**
 * The index of a stored run's folder: all facts but its weights. It is read with distrust, and made anew from the
 * checkpoints themselves where it is missing or damaged.
 */

import { readPictures } from '../../imaging/picture-facts.ts';
import { readKeptConfig } from '../../paper/config.ts';
import type { KeptPreset } from '../../presets/presets.ts';
import { isTaught, type TaughtScores } from '../../presets/teaching.ts';
import type { StoredRunSummary, Teaching } from '../../protocol/train.ts';
import {
  type CheckpointSummary,
  count,
  fields,
  noNotes,
  type PinnedPicture,
  pinName,
  readCheckpointSummary,
  readList,
  readNotes,
  readPin,
  time,
} from '../../report/run-record.ts';
import { openCheckpoint } from '../../training/checkpoint.ts';
import type { Files } from '../storage/files.ts';

const runsFolder = 'training/runs';

export const runIds = (files: Files) => files.list(runsFolder);
export const folderOf = (id: string) => `${runsFolder}/${id}`;
export const rowsPath = (id: string) => `${folderOf(id)}/rows`;
const recordPath = (id: string) => `${folderOf(id)}/run.json`;
export const picturesPath = (id: string) => `${folderOf(id)}/pictures`;
export const checkpointPath = (id: string, step: number) => `${folderOf(id)}/checkpoints/${step}.safetensors`;

export const pinPath = (id: string, pin: Pick<PinnedPicture, 'step' | 'panel'>) =>
  `${folderOf(id)}/pins/${pinName(pin)}`;

export type Exam = 'before' | 'after';
export const examPath = (id: string, exam: Exam) => `${folderOf(id)}/exam-${exam}`;

function readScores(value: unknown): readonly TaughtScores[] | null {
  if (!Array.isArray(value)) return null;
  return readList(value, ({ psnrY, lpips }) => {
    // JSON has no ∞, the PSNR of equal pictures.
    const decibel = typeof psnrY === 'number' ? psnrY : Number.POSITIVE_INFINITY;
    return { psnrY: decibel, lpips: typeof lpips === 'number' ? lpips : null };
  });
}

function readTeaching(value: unknown): Teaching {
  const { name, iterations, before, after, method } = fields(value);
  return {
    name: String(name),
    iterations: count(iterations),
    before: readScores(before),
    after: readScores(after),
    method: typeof method === 'string' && isTaught(method) ? method : null,
  };
}

/** The record as it lies in the folder: pinned pictures are files beside it. */
type Kept = Omit<StoredRunSummary, 'pins'> & { readonly pins: readonly Omit<PinnedPicture, 'image'>[] };

/** @throws when it says impossible things */
function readRecord(id: string, json: unknown): Kept {
  const { preset, config, ran, pictures, created, parent, checkpoints, teaching, notes, pins } = fields(json);
  return {
    id,
    preset: String(preset) as KeptPreset,
    config: readKeptConfig(config),
    ran: readKeptConfig(ran ?? config),
    pictures: readPictures(pictures),
    created: time(created),
    parent: parent === null ? null : { run: String(fields(parent).run), step: count(fields(parent).step) },
    checkpoints: readList(checkpoints, readCheckpointSummary),
    notes: readNotes(notes),
    pins: readList(pins, readPin),
    ...(teaching === undefined ? {} : { teaching: readTeaching(teaching) }),
  };
}

export const writeRunIndex = (files: Files, record: StoredRunSummary): Promise<boolean> =>
  files.write(
    recordPath(record.id),
    new Blob([JSON.stringify({ ...record, pins: record.pins.map(({ image, ...pin }) => pin) })]),
  );

/** A pinned picture that outlives the file it came from. */
export const inMemory = async (pin: PinnedPicture): Promise<PinnedPicture> => ({
  ...pin,
  image: new Blob([await pin.image.arrayBuffer()], { type: 'image/png' }),
});

/** Those whose pictures are there. */
async function storedPins(files: Files, id: string, pins: Kept['pins']): Promise<PinnedPicture[]> {
  const found: PinnedPicture[] = [];
  for (const pin of pins) {
    const image = await files.read(pinPath(id, pin));
    if (image) found.push(await inMemory({ ...pin, image }));
  }
  return found;
}

/** The steps whose checkpoints lie in the folder. */
async function storedSteps(files: Files, id: string): Promise<number[]> {
  const names = await files.list(`${folderOf(id)}/checkpoints`);
  return names.flatMap((name) => (/^\d+\.safetensors$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

/** A checkpoint that the index doesn't name. Nobody knows whether it was pinned, so it is: nothing throws it away by itself. */
async function found(files: Files, id: string, step: number): Promise<CheckpointSummary | null> {
  const file = await files.read(checkpointPath(id, step));
  if (!file) return null;
  const saved = 'lastModified' in file ? Number(file.lastModified) : Date.now();
  return { step, bytes: file.size, saved, pinned: true, psnrY: null, psnrStep: null };
}

/** From the newest checkpoint that can be read; null where there is none. */
async function rebuilt(files: Files, id: string, steps: readonly number[]): Promise<Kept | null> {
  for (const step of [...steps].sort((a, b) => b - a)) {
    try {
      const file = await files.read(checkpointPath(id, step));
      if (!file) continue;
      const { preset, config, pictures } = await openCheckpoint(file);
      const created = (await found(files, id, step))?.saved ?? 0;
      return {
        id,
        preset: preset as KeptPreset,
        config,
        ran: config,
        pictures,
        created,
        parent: null,
        checkpoints: [],
        ...noNotes,
      };
    } catch {
      // An older one may do.
    }
  }
  return null;
}

/** A run's record, true to what lies in its folder; null where nothing of it is left. */
export async function readRunIndex(files: Files, id: string): Promise<StoredRunSummary | null> {
  const steps = await storedSteps(files, id);
  let record: Kept | null;
  try {
    record = readRecord(id, JSON.parse((await (await files.read(recordPath(id)))?.text()) ?? ''));
  } catch {
    record = await rebuilt(files, id, steps);
  }
  if (!record) return null;
  const checkpoints: CheckpointSummary[] = [];
  for (const step of steps.sort((a, b) => a - b)) {
    const known = record.checkpoints.find((checkpoint) => checkpoint.step === step) ?? (await found(files, id, step));
    if (known) checkpoints.push(known);
  }
  return checkpoints.length === 0 ? null : { ...record, checkpoints, pins: await storedPins(files, id, record.pins) };
}
