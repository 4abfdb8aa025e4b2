/**
 * A run as one file to download and to drop back: a zip whose entries are stored, so that each is a plain range of it.
 *
 *   run.json             preset, configuration, what is on each picture, which checkpoints there are
 *   environment.json     adapter, host, versions, seed
 *   metrics.jsonl        configuration, columns and changes of settings, then a row an iteration
 *   images/STEP.png      the panels of an iteration, one below the other
 *   checkpoints/STEP.safetensors
 *   notes.md             the user's notes, where there are any
 *   pins/STEP-PANEL.png  pictures that the user keeps in the logbook
 *
 * A recording, to be looked at only, has no checkpoints.
 */

import { downloadZip } from 'client-zip';
import { crc32, readBytes } from '../formats/bytes.ts';
import { FormatError, quote } from '../formats/errors.ts';
import { checkImageLimits, type ImageLimits, inspectImage } from '../formats/image-header.ts';
import { openZip, type ZipArchive, type ZipEntry } from '../formats/zip.ts';
import { type PictureFacts, readPictures } from '../imaging/picture-facts.ts';
import { readKeptConfig, type TrainingConfig } from '../paper/config.ts';
import { type KeptPreset, keptPreset } from '../presets/presets.ts';
import { MetricsLog } from './metrics-log.ts';
import { readRowLines, rowLines } from './run-metrics.ts';
import {
  type CheckpointSummary,
  type FramePicture,
  fields,
  type JsonFields,
  largestAtlas,
  mostPins,
  type PinnedPicture,
  pinLimits,
  pinName,
  type RunEnvironmentFacts,
  type RunNotes,
  readCheckpointSummary,
  readList,
  readNotes,
  readPin,
  readStoredFrame,
  time,
} from './run-record.ts';

const bundleFormat = 'cosr-run-1';

const recordName = 'run.json';
const environmentName = 'environment.json';
const metricsName = 'metrics.jsonl';
const notesName = 'notes.md';
const imageName = (step: number, ending: ImageEnding) => `images/${step}.${ending}`;
const checkpointName = (step: number) => `checkpoints/${step}.safetensors`;

const pinPath = (pin: Pick<PinnedPicture, 'step' | 'panel'>) => `pins/${pinName(pin)}.png`;

/** A bundle has no more pictures. */
export const mostImages = 400;

export type ImageEnding = 'png' | 'webp';

export interface StoredCheckpoint {
  readonly summary: CheckpointSummary;
  readonly file: Blob;
}

/** The content of a bundle. */
export interface RunBundle extends RunNotes {
  readonly preset: KeptPreset;
  readonly config: TrainingConfig;
  readonly pictures: readonly PictureFacts[] | null;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly environment: RunEnvironmentFacts;
  readonly rows: MetricsLog;
  /** In the order of their iterations. */
  readonly frames: readonly FramePicture[];
  /** Oldest first; none in a recording. */
  readonly checkpoints: readonly StoredCheckpoint[];
}

// Writes a run as one file (bundle.ts).

const endingOf = ({ type }: Blob): ImageEnding => (type === 'image/webp' ? 'webp' : 'png');
const json = (value: unknown) => new Blob([`${JSON.stringify(value, null, 2)}\n`]);

/** Reads the blobs one after the other while the file is written. */
export function writeRunBundle(bundle: RunBundle): Promise<Blob> {
  const { preset, config, pictures, created, environment, rows, frames, checkpoints, notes, pins } = bundle;
  const entry = (name: string, blob: Blob) => ({
    name,
    // Of a stream this is one, whatever the types of the realm say.
    input: blob.stream() as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>,
    size: blob.size,
    lastModified: new Date(created),
  });
  const record = {
    format: bundleFormat,
    preset,
    config,
    pictures,
    created,
    checkpoints: checkpoints.map(({ summary }) => summary),
    frames: frames.map(({ frame, image }) => ({ ...frame, image: imageName(frame.step, endingOf(image)) })),
    // Readers of earlier versions know no such field.
    ...(pins.length > 0 && { pins: pins.map(({ image, ...pin }) => pin) }),
  };
  const lines = rowLines(rows.each(), { config, annotations: rows.annotations });
  return downloadZip([
    entry(recordName, json(record)),
    entry(environmentName, json({ ...environment, seed: config.seed })),
    entry(metricsName, new Blob([...lines])),
    ...frames.map(({ frame, image }) => entry(imageName(frame.step, endingOf(image)), image)),
    ...checkpoints.map(({ summary, file }) => entry(checkpointName(summary.step), file)),
    ...(notes === '' ? [] : [entry(notesName, new Blob([notes]))]),
    ...pins.map((pin) => entry(pinPath(pin), pin.image)),
  ]).blob();
}

const mebibyte = 2 ** 20;
/** Kinds of entries: how many there may be, and how large each. */
const kinds = [
  { pattern: /^run\.json$/, most: 1, bytes: 16 * mebibyte },
  { pattern: /^environment\.json$/, most: 1, bytes: mebibyte / 16 },
  { pattern: /^metrics\.jsonl$/, most: 1, bytes: 64 * mebibyte },
  { pattern: /^images\/\d{1,9}\.(png|webp)$/, most: mostImages, bytes: 16 * mebibyte },
  { pattern: /^checkpoints\/\d{1,9}\.safetensors$/, most: 32, bytes: 8 * 2 ** 30 },
  { pattern: /^notes\.md$/, most: 1, bytes: mebibyte },
  { pattern: /^pins\/\d{1,9}-[a-zA-Z]{1,20}\.png$/, most: mostPins, bytes: 8 * mebibyte },
];

const notOurs = 'This zip is no run that was downloaded here';

/** Refuses a zip by its directory alone. */
function checkEntries({ entries }: ZipArchive): void {
  if (!entries.has(recordName)) {
    const isTorch = [...entries.keys()].some((name) => name.endsWith('data.pkl'));
    throw new FormatError(
      isTorch
        ? 'This is a PyTorch checkpoint: networks are added on the Models page.'
        : `${notOurs}: it has no run.json.`,
    );
  }
  const counts = kinds.map(() => 0);
  for (const { name, size, method } of entries.values()) {
    const index = kinds.findIndex(({ pattern }) => pattern.test(name));
    const kind = kinds[index];
    if (!kind) throw new FormatError(`${notOurs}: ${quote(name)} does not belong in one.`);
    if (method !== 0) {
      throw new FormatError(`${quote(name)} is compressed, which a run never is: drop the zip as it was downloaded.`);
    }
    counts[index] = counts[index] + 1;
    if (size > kind.bytes) throw new FormatError(`${quote(name)} is larger than any such file of a run.`);
    if (counts[index] > kind.most) throw new FormatError(`${notOurs}: it has too many files like ${quote(name)}.`);
  }
  for (const name of [environmentName, metricsName]) {
    if (!entries.has(name)) throw new FormatError(`The run is not whole: ${name} is missing.`);
  }
}

const chunk = 4 * mebibyte;

/** An entry as a range of the file. @throws FormatError when its bytes are not those that were written */
async function part(file: Blob, archive: ZipArchive, entry: ZipEntry): Promise<Blob> {
  const start = await archive.locate(entry);
  let crc = 0;
  for (let at = 0; at < entry.size; at += chunk) {
    const end = Math.min(entry.size, at + chunk);
    crc = crc32(new Uint8Array(await readBytes(file, start + at, start + end)), crc);
  }
  if (crc !== entry.crc32) throw new FormatError(`${quote(entry.name)} is damaged: download the run again.`);
  return file.slice(start, start + entry.size);
}

const damaged = (what: string) => new FormatError(`The run’s ${what} is damaged.`);

function parse(text: string, what: string): JsonFields {
  try {
    return fields(JSON.parse(text));
  } catch {
    throw damaged(what);
  }
}

function readEnvironment(text: string): RunEnvironmentFacts {
  const { backend, adapter, host, versions } = parse(text, environmentName);
  const said = (value: unknown) => (typeof value === 'string' ? value.slice(0, 200) : '');
  const known = Object.entries(fields(versions ?? {})).slice(0, 20);
  return {
    backend: said(backend),
    adapter: said(adapter),
    host: said(host),
    versions: Object.fromEntries(known.map(([name, version]) => [name.slice(0, 40), said(version)])),
  };
}

/** A picture, whose header is checked before anybody decodes it. */
async function readPicture(file: Blob, archive: ZipArchive, name: string, ending: ImageEnding, limits: ImageLimits) {
  const entry = archive.entries.get(name);
  if (!entry) throw new FormatError(`The run is not whole: ${quote(name)} is missing.`);
  const image = await part(file, archive, entry);
  const head = new Uint8Array(await readBytes(image, 0, Math.min(image.size, mebibyte)));
  const info = inspectImage(head, image.size);
  checkImageLimits(info, limits);
  if (info.type !== ending) throw wrongPicture(name);
  return { ...info, image: image.slice(0, image.size, `image/${ending}`) };
}

const wrongPicture = (name: string) => new FormatError(`${quote(name)} is not the picture that it should be.`);

/** A picture's header says that all its panels are on it. */
async function readImage(file: Blob, archive: ZipArchive, stored: JsonFields, before: number): Promise<FramePicture> {
  const frame = readStoredFrame(stored);
  if (frame.step <= before) throw damaged('list of pictures');
  const ending = stored.image === imageName(frame.step, 'webp') ? 'webp' : 'png';
  const name = imageName(frame.step, ending);
  const { width, height, image } = await readPicture(file, archive, name, ending, largestAtlas);
  if (frame.places.some((place) => place.width > width || place.y + place.height > height)) throw wrongPicture(name);
  return { frame, image };
}

/**
 * Checks names, sizes and number of the entries first, then their content. A compressed zip is refused: so nothing takes more
 * room than the file itself.
 * @throws FormatError, one sentence; the checkpoints' tensors are for the caller to check
 */
export async function readRunBundle(file: Blob): Promise<RunBundle> {
  const archive = await openZip(file);
  checkEntries(archive);
  const blob = (name: string) => part(file, archive, archive.entries.get(name) as ZipEntry);
  const text = async (name: string) => (await blob(name)).text();

  const record = parse(await text(recordName), recordName);
  if (record.format !== bundleFormat)
    throw new FormatError(`${notOurs}, or by another version: its format is unknown.`);
  const preset = keptPreset(String(record.preset));
  const config = readKeptConfig(record.config);
  const summaries = readList(record.checkpoints, readCheckpointSummary);
  const listed = readList(record.frames, (each) => each);
  const listedPins = readList(record.pins, readPin);
  const hasNotes = archive.entries.has(notesName);
  const entryCount = 3 + summaries.length + listed.length + listedPins.length + Number(hasNotes);
  if (archive.entries.size !== entryCount) {
    throw new FormatError(`The run is not whole: it should have ${entryCount} files, and has ${archive.entries.size}.`);
  }

  const rows = new MetricsLog();
  const { annotations } = readRowLines(await text(metricsName), (row) => rows.push(row));
  for (const annotation of annotations) rows.note(annotation);

  const frames: FramePicture[] = [];
  for (const each of listed) frames.push(await readImage(file, archive, each, frames.at(-1)?.frame.step ?? -1));
  const checkpoints: StoredCheckpoint[] = [];
  for (const summary of summaries) {
    const entry = archive.entries.get(checkpointName(summary.step));
    if (!entry || summary.step <= (checkpoints.at(-1)?.summary.step ?? -1)) throw damaged('list of checkpoints');
    checkpoints.push({ summary: { ...summary, bytes: entry.size }, file: await part(file, archive, entry) });
  }
  const pins: PinnedPicture[] = [];
  for (const pin of listedPins) {
    const { image } = await readPicture(file, archive, pinPath(pin), 'png', pinLimits);
    pins.push({ ...pin, image });
  }
  return {
    preset,
    config,
    pictures: readPictures(record.pictures ?? null),
    created: time(record.created),
    environment: readEnvironment(await text(environmentName)),
    rows,
    frames,
    checkpoints,
    notes: hasNotes ? readNotes(await text(notesName)) : '',
    pins,
  };
}
