/**
 * A network's tensors from any file of weights into safetensors, one at a time: in memory are one tensor as it is in the
 * file, and as it will be. Only what the network needs is taken.
 */
import { FormatError } from '../../formats/errors.ts';
import { quote } from '../../formats/quote.ts';
import { encodeTensor, layOutSafetensors } from '../../formats/safetensors.ts';
import { Sha256 } from '../../formats/sha256.ts';
import type { Precision } from '../../protocol/models.ts';
import { isComplete, type Mapping } from './mapping.ts';

export interface Converted {
  readonly bytes: number;
  readonly sha256: string;
  /** Values in all tensors. */
  readonly parameters: number;
}

export interface ConvertOptions {
  readonly precision: Precision;
  readonly metadata: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Bytes written so far, and of the whole file. */
  readonly onProgress?: (done: number, total: number) => void;
}

const count = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Bytes of the file that `convertWeights` will write. */
export function convertedBytes({ network }: Mapping, precision: Precision): number {
  let values = 0;
  for (const shape of network.shapes.values()) values += count(shape);
  return values * (precision === 'f16' ? 2 : 4);
}

/** An infinity in 16 bits is a value beyond 65,504, unless the file has it too. */
function checkValues(name: string, values: Float32Array, precision: Precision): void {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i] as number);
    // Also when it is no number: every comparison with one is false.
    if (!(magnitude < Number.POSITIVE_INFINITY)) {
      throw new FormatError(`The tensor ${quote(name)} has values that are no numbers: the training went wrong.`);
    }
    if (magnitude > largest) largest = magnitude;
  }
  if (precision === 'f16' && largest >= 65_520) {
    throw new FormatError(
      `The tensor ${quote(name)} has values up to ${largest}, too large for 16 bits: keep 32 bits.`,
    );
  }
}

/**
 * @param write takes the file's bytes in order
 * @throws FormatError for a network that is not whole or a tensor that can't be read, and the signal's reason when it is
 *   aborted; what was written is then no file
 */
export async function convertWeights(
  mapping: Mapping,
  write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  { precision, metadata, signal, onProgress }: ConvertOptions,
): Promise<Converted> {
  if (!isComplete(mapping)) throw new FormatError('The file lacks tensors of its network, so it can’t run.');
  const { network, set, names } = mapping;
  const dtype = precision === 'f16' ? 'F16' : 'F32';
  const described = [...network.shapes].map(([name, shape]) => ({ name, shape, dtype }) as const);
  const { header, ordered, bytes } = layOutSafetensors(described, { format: 'pt', ...metadata });
  const hash = new Sha256();
  let done = 0;
  const put = async (part: Uint8Array<ArrayBuffer>) => {
    hash.update(part);
    await write(part);
    done += part.length;
    onProgress?.(done, bytes);
  };

  await put(header);
  let parameters = 0;
  for (const entry of ordered) {
    signal?.throwIfAborted();
    const data = await set.read(names.get(entry.name) ?? entry.name);
    checkValues(entry.name, data, precision);
    await put(encodeTensor({ ...entry, data }));
    parameters += data.length;
  }
  signal?.throwIfAborted();
  return { bytes, sha256: hash.hex(), parameters };
}
