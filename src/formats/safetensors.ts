/**
 * Safetensors files, the only weight format this project writes: 8 bytes of header length (little-endian), a JSON header,
 * the tensors' bytes. Opening reads the header alone; each tensor is sliced from the Blob when somebody asks for it.
 * Typed arrays are read and written as they lie in memory, so a little-endian machine is assumed (every one with WebGPU).
 */

import { readBytes } from './bytes.ts';
import { FormatError, quote } from './errors.ts';
import { bfloatToFloat, floatToBfloat, floatToHalf, halfToFloat } from './half.ts';
import {
  countElements,
  elementBytes,
  isReadable,
  parseHeader,
  type ReadableDtype,
  type SafetensorsEntry,
} from './safetensors-header.ts';

export type { SafetensorsEntry } from './safetensors-header.ts';

/** The reference reader's limit; the header of a 1,000-tensor network has about 100 kB. */
const maxHeaderBytes = 100_000_000;

export type RawTensor =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** The tensor's values, row-major, as 32-bit floats. F64 is rounded; integers are exact up to 2²⁴. */
  readFloat32(name: string): Promise<Float32Array<ArrayBuffer>>;
  /** The tensor as stored; F16 and BF16 come as bit patterns in a Uint16Array. */
  readRaw(name: string): Promise<RawTensor>;
}

/** One tensor to write; `data` is row-major and must be a BigInt64Array for I64, a Float32Array for everything else. */
export interface WritableTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'F16' | 'BF16' | 'I64';
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

function viewAs(dtype: ReadableDtype, buffer: ArrayBuffer): RawTensor {
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
    case 'BF16':
    case 'U16':
      return new Uint16Array(buffer);
    case 'I64':
      return new BigInt64Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'U64':
      return new BigUint64Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer);
  }
}

function toFloat32(dtype: ReadableDtype, buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F16') return halfToFloat(new Uint16Array(buffer));
  if (dtype === 'BF16') return bfloatToFloat(new Uint16Array(buffer));
  const raw = viewAs(dtype, buffer);
  return raw instanceof BigInt64Array || raw instanceof BigUint64Array
    ? Float32Array.from(raw, Number)
    : new Float32Array(raw);
}

/**
 * Opens a safetensors file; only its header is read.
 * @throws FormatError when the file is not a valid safetensors file, also from the two read functions when there is no
 *   tensor of that name or the file has changed since
 */
export async function openSafetensors(source: Blob): Promise<SafetensorsFile> {
  if (source.size < 8) throw new FormatError(`A file of ${source.size} bytes is too short to be a safetensors file.`);
  const length = new DataView(await readBytes(source, 0, 8)).getBigUint64(0, true);
  if (length > BigInt(source.size - 8)) {
    throw new FormatError('The safetensors header reaches beyond the file: it is cut off or of another kind.');
  }
  if (length > BigInt(maxHeaderBytes)) throw new FormatError('The safetensors header is over the limit of 100 MB.');
  const header = parseHeader(new Uint8Array(await readBytes(source, 8, 8 + Number(length))), source.size);

  const find = (name: string): SafetensorsEntry => {
    const entry = header.entries.get(name);
    if (!entry) throw new FormatError(`The safetensors file has no tensor ${quote(name)}.`);
    return entry;
  };
  const findReadable = (name: string) => {
    const entry = find(name);
    const { dtype } = entry;
    if (!isReadable(dtype))
      throw new FormatError(
        `Tensor ${quote(name)} is of type ${dtype}, which is not read here: save it as F16 or F32.`,
      );
    return { ...entry, dtype };
  };
  return {
    ...header,
    async readFloat32(name) {
      const { dtype, begin, end } = findReadable(name);
      return toFloat32(dtype, await readBytes(source, begin, end));
    },
    async readRaw(name) {
      const { dtype, begin, end } = findReadable(name);
      return viewAs(dtype, await readBytes(source, begin, end));
    },
  };
}

/** A tensor's bytes as they stand in the file. @throws FormatError for data that doesn't fit its shape or type */
export function encodeTensor({ name, dtype, shape, data }: WritableTensor): Uint8Array<ArrayBuffer> {
  if (countElements(shape) !== data.length) {
    throw new FormatError(
      `Tensor ${quote(name)} has ${data.length} values, which is not its shape [${shape.join(', ')}].`,
    );
  }
  if ((dtype === 'I64') !== data instanceof BigInt64Array) {
    throw new FormatError(`Tensor ${quote(name)} can't be written as ${dtype} from a ${data.constructor.name}.`);
  }
  let stored: Float32Array | BigInt64Array | Uint16Array = data;
  if (data instanceof Float32Array && dtype === 'F16') stored = floatToHalf(data);
  if (data instanceof Float32Array && dtype === 'BF16') stored = floatToBfloat(data);
  return new Uint8Array(stored.buffer as ArrayBuffer, stored.byteOffset, stored.byteLength);
}

type Described = Pick<WritableTensor, 'name' | 'dtype' | 'shape'>;

/**
 * The header of a file with these tensors, and the order in which their bytes follow it. Wider types come first and the
 * header is padded to 8 bytes, so every tensor is aligned to its element; within a type the given order is kept.
 * @throws FormatError for a name given twice, a reserved name, or a shape that is none
 */
export function layOutSafetensors<T extends Described>(
  tensors: Iterable<T>,
  metadata: Readonly<Record<string, string>> = {},
): { readonly header: Uint8Array<ArrayBuffer>; readonly ordered: readonly T[]; readonly bytes: number } {
  const ordered = [...tensors].sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype]);
  const names = new Set(['__metadata__']);
  const fields = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  let offset = 0;
  for (const { name, dtype, shape } of ordered) {
    if (names.has(name)) throw new FormatError(`A safetensors file can't have two entries called ${quote(name)}.`);
    names.add(name);
    const count = countElements(shape);
    if (count === null) throw new FormatError(`Tensor ${quote(name)} has an impossible shape.`);
    const end = offset + count * elementBytes[dtype];
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [offset, end] })}`);
    offset = end;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  return { header, ordered, bytes: header.length + offset };
}

/**
 * A safetensors file with these tensors. F16 and BF16 are rounded to nearest even.
 * @throws FormatError for a name given twice, a reserved name, or data that doesn't fit its shape or type
 */
export function writeSafetensors(
  tensors: Iterable<WritableTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Blob {
  const { header, ordered } = layOutSafetensors(tensors, metadata);
  return new Blob([header, ...ordered.map(encodeTensor)], { type: 'application/octet-stream' });
}
