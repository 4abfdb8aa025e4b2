/**
 * A network's tensors from any file of weights into safetensors, one at a time: in memory are one tensor as it is in the
 * file, and as it will be. Only what the network needs is taken.
 */

import { Sha256 } from '../../formats/bytes.ts';
import { FormatError, quote } from '../../formats/errors.ts';
import { encodeTensor, layOutSafetensors } from '../../formats/safetensors.ts';
import type { WeightFile } from '../../formats/weight-file.ts';
import type { MappingReport, TensorList, WeightPrecision } from '../../protocol/models.ts';
import { isComplete, type Mapping } from './mapping.ts';

export interface Converted {
  readonly bytes: number;
  readonly sha256: string;
  /** Values in all tensors. */
  readonly parameters: number;
}

export interface ConvertOptions {
  readonly precision: WeightPrecision;
  readonly metadata: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Bytes written so far, and of the whole file. */
  readonly onProgress?: (done: number, total: number) => void;
}

const count = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

/** Bytes of the file that `convertWeights` will write. */
function convertedBytes({ network }: Mapping, precision: WeightPrecision): number {
  let values = 0;
  for (const shape of network.shapes.values()) values += count(shape);
  return values * (precision === 'f16' ? 2 : 4);
}

/** An infinity in 16 bits is a value beyond 65,504, unless the file has it too. */
function checkValues(name: string, values: Float32Array, precision: WeightPrecision): void {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    // Also when it is no number: every comparison with one is false.
    if (!(magnitude < Number.POSITIVE_INFINITY)) {
      throw new FormatError(
        `The tensor ${quote(name)} has values that are no numbers: the training went wrong, so choose another checkpoint.`,
      );
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

// The mapping of a file of weights as plain data for the page.

const shown = 5;
const list = (names: readonly string[]): TensorList => ({ count: names.length, first: names.slice(0, shown) });

export function mappingReport(file: WeightFile, mapping: Mapping): MappingReport {
  const { network, set, matched, differences, alternatives } = mapping;
  return {
    kind: file.kind,
    path: set.path,
    alternatives,
    preset: network.preset,
    part: network.part,
    dtypes: [...new Set([...set.tensors.values()].map(({ dtype }) => dtype))].sort(),
    needed: network.shapes.size,
    matched,
    missing: list(differences.missing),
    unexpected: list(differences.unexpected),
    wrongShape: list(differences.wrongShape),
    complete: isComplete(mapping),
    bytes: { f16: convertedBytes(mapping, 'f16'), f32: convertedBytes(mapping, 'f32') },
  };
}

const parts = { autoencoder: 'autoencoder', unet: 'diffusion network' } as const;

function lines(title: string, { count, first }: TensorList): string[] {
  if (count === 0) return [];
  const more = count > first.length ? `, and ${count - first.length} more` : '';
  return [`${count} ${title}: ${first.join(', ')}${more}`];
}

/** For a terminal. */
export function reportLines(report: MappingReport): string[] {
  const { preset, part, path, matched, needed, alternatives } = report;
  return [
    `${parts[part]} of the ${preset} preset${path === '' ? '' : `, from its "${path}"`}: ${matched} of ${needed} tensors match`,
    ...lines('missing', report.missing),
    ...lines('of another shape', report.wrongShape),
    ...lines('not needed and left out', report.unexpected),
    ...(alternatives.length > 0
      ? [`the file has this network also as ${alternatives.map((p) => `"${p}"`).join(', ')}`]
      : []),
  ];
}
