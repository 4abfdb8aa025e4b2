/**
 * A file of weights of whatever kind (a checkpoint of `torch.save`, or safetensors) as sets of named tensors. A checkpoint
 * may hold several: the network, its running average, an optimizer's moments.
 */

import { readBytes } from './bytes.ts';
import { FormatError, quote } from './errors.ts';
import { openSafetensors } from './safetensors.ts';
import { openTorchCheckpoint, type TorchCheckpoint } from './torch-checkpoint.ts';
import { TorchTensor } from './torch-tensor.ts';

export interface WeightTensor {
  readonly shape: readonly number[];
  /** As the safetensors format names it; beyond that, I16, I8 and BOOL. */
  readonly dtype: string;
}

export interface WeightSet {
  /** Where in the file, such as `state_dict`; empty: the file holds nothing else. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** A tensor's values, row-major. @throws FormatError where they can't be read */
  read(name: string): Promise<Float32Array<ArrayBuffer>>;
}

export interface WeightFile {
  readonly kind: 'torch' | 'safetensors';
  /** The file's own, of safetensors. Shown and guessed from, never trusted. */
  readonly metadata: Readonly<Record<string, string>>;
  /** At least one, in the order of the file. */
  readonly sets: readonly WeightSet[];
}

/** Dictionaries within dictionaries that are looked into: {"ema": {"state_dict": …}}. */
const deepestSet = 3;
const mostSets = 64;

function collectSets(checkpoint: TorchCheckpoint): WeightSet[] {
  const sets: WeightSet[] = [];
  const seen = new Set<unknown>();
  const look = (value: unknown, path: readonly string[]): void => {
    // A dictionary may hold itself, or the same one many times.
    if (!(value instanceof Map) || seen.has(value) || sets.length >= mostSets) return;
    seen.add(value);
    const tensors = new Map<string, TorchTensor>();
    for (const [name, entry] of value) {
      if (typeof name === 'string' && entry instanceof TorchTensor) tensors.set(name, entry);
    }
    if (tensors.size > 0) sets.push(torchSet(checkpoint, path.join('.'), tensors));
    if (path.length >= deepestSet) return;
    for (const [name, entry] of value) if (typeof name === 'string') look(entry, [...path, name]);
  };
  look(checkpoint.root, []);
  return sets;
}

function torchSet(checkpoint: TorchCheckpoint, path: string, tensors: ReadonlyMap<string, TorchTensor>): WeightSet {
  return {
    path,
    tensors,
    async read(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new FormatError(`The checkpoint has no tensor ${quote(name)}.`);
      return checkpoint.read(tensor);
    },
  };
}

const startsWith = (bytes: Uint8Array, ...start: readonly number[]) => start.every((byte, i) => bytes[i] === byte);
const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** Begins a safetensors file's header, behind its length. */
const brace = 0x7b;

/** The kind of a file whose first bytes are neither an archive's nor a safetensors header's. */
function foreignKind(head: Uint8Array): string | null {
  if (startsWith(head, 0x80) || ascii(head, 257, 262) === 'ustar') {
    return 'This checkpoint has the format of PyTorch before 1.6. Save it again with a newer one: torch.save(torch.load("OLD.pth", map_location="cpu", weights_only=True), "NEW.pth").';
  }
  if (startsWith(head, 0x1f, 0x8b)) return 'This file is compressed by gzip: unpack it first.';
  if (/^\s*<(!doctype|html)/i.test(ascii(head, 0, 64)))
    return 'This is a web page, not a file of weights: the download went wrong, so load the file itself.';
  return null;
}

/** The format that a file's name promises; null: it promises none. */
function promisedFormat(name: string): 'PyTorch' | 'safetensors' | null {
  if (/\.(pth|pt|ckpt|bin)$/i.test(name)) return 'PyTorch';
  return /\.safetensors$/i.test(name) ? 'safetensors' : null;
}

/** Of a file that is none of the formats, by the one that its name promises. */
function unknownFormat(name: string): FormatError {
  const format = promisedFormat(name);
  const fault = format
    ? `${name} is no ${format} file`
    : 'The file is neither a checkpoint of PyTorch nor a safetensors file';
  return new FormatError(`${fault}: it is damaged or of another kind, so download it again.`);
}

/**
 * Opens a file of weights; of its tensors nothing is read yet. Its content says its kind.
 * @param name the file's, for the sentence about one of another kind
 * @throws FormatError, one sentence
 */
export async function openWeights(source: Blob, name = ''): Promise<WeightFile> {
  if (source.size === 0) throw new FormatError('The file is empty.');
  const head = new Uint8Array(await readBytes(source, 0, Math.min(512, source.size)));
  if (startsWith(head, 0x50, 0x4b, 0x03, 0x04)) {
    const sets = collectSets(await openTorchCheckpoint(source));
    if (sets.length === 0)
      throw new FormatError('The checkpoint holds no tensors under names: no state_dict is in it.');
    return { kind: 'torch', metadata: {}, sets };
  }
  // A safetensors file begins with the length of its header, then a brace; a length that begins like another kind is rare.
  const foreign = head[8] === brace ? null : foreignKind(head);
  if (foreign) throw new FormatError(foreign);
  if (head[8] !== brace) throw unknownFormat(name);
  const { entries, metadata, readFloat32 } = await openSafetensors(source).catch((error: unknown) => {
    // A brace at that place is chance in a file that never was to be one.
    throw promisedFormat(name) === 'PyTorch' ? unknownFormat(name) : error;
  });
  return { kind: 'safetensors', metadata, sets: [{ path: '', tensors: entries, read: readFloat32 }] };
}
