/** Inspects a file before a runtime gets it: whether it is an ONNX model, and its own metadata. */
import { FormatError } from '../errors.ts';
import { lengthType, varintType } from './model.ts';

interface Field {
  readonly number: number;
  /** Of a varint. */
  readonly value: bigint | null;
  /** Of a length-delimited field, from the message's first byte. */
  readonly begin: number;
  readonly end: number;
}

const largestFile = 2 ** 31 - 1;
/** The message around a graph has a handful of fields and a line of metadata each; such a line has a key and a value. */
const mostFields = { model: 1000, metadata: 8 };
const mostMetadataBytes = 1 << 20;

/** Reads the field that starts the bytes; null where none does. `base`: where they lie in the message. */
function readField(head: Uint8Array, base: number): Field | null {
  let at = 0;
  const varint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = head[at++];
      if (byte === undefined) return null;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return null;
  };
  const key = varint();
  const number = Number((key ?? 0n) >> 3n);
  const type = Number((key ?? 0n) & 7n);
  if (number < 1 || number > 1000 || (type !== varintType && type !== lengthType)) return null;
  const value = varint();
  if (value === null || value > 2n ** 63n) return null;
  const begin = base + at;
  if (type === varintType) return { number, value, begin, end: begin };
  return { number, value: null, begin, end: begin + Number(value) };
}

/** The fields of the outermost message; null where it is none, or has more. Of long fields only the heads are read. */
async function outerFields(file: Blob, most: number): Promise<Field[] | null> {
  const fields: Field[] = [];
  for (let at = 0; at < file.size; ) {
    const field = readField(new Uint8Array(await file.slice(at, at + 20).arrayBuffer()), at);
    if (!field || field.end > file.size || fields.length === most) return null;
    fields.push(field);
    at = field.end;
  }
  return fields;
}

/** Files that people take for ONNX models, by the bytes at a place. */
const otherKinds: readonly (readonly [at: number, bytes: string, kind: string])[] = [
  [0, 'PK\x03\x04', 'a zip archive, as PyTorch checkpoints (.pth) are'],
  [0, '\x80', 'a pickle, as old PyTorch checkpoints (.pth) are'],
  [8, '{"', 'a safetensors file: weights without their graph'],
  [4, 'ORTM', 'a model in onnxruntime’s own format (.ort)'],
  [4, 'TFL3', 'a TensorFlow Lite model'],
  [0, '7767517', 'the description of an ncnn model'],
  [0, '<', 'a web page'],
  [0, '{', 'JSON'],
];

export interface OnnxFacts {
  /** The file's own `metadata_props`. Shown, never trusted. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws FormatError saying what the file is instead; nothing but a few bytes is read before */
export async function inspectOnnx(file: Blob): Promise<OnnxFacts> {
  if (file.size === 0) throw new FormatError('The file is empty.');
  if (file.size > largestFile) throw new FormatError('An ONNX model can’t be larger than 2 GB; this file is.');
  const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  const other = otherKinds.find(([at, bytes]) => start.startsWith(bytes, at));
  if (other) throw new FormatError(`The file is no ONNX model but ${other[2]}.`);
  const fields = await outerFields(file, mostFields.model);
  const version = fields?.find(({ number }) => number === 1)?.value ?? 0n;
  const graph = fields?.find(({ number, begin, end }) => number === 7 && end > begin);
  if (!fields || version < 1n || version > 100n || !graph)
    throw new FormatError('The file is no ONNX model, or it is cut off or damaged: download or export it again.');

  const metadata = new Map<string, string>();
  let bytes = 0;
  for (const { number, begin, end } of fields) {
    bytes += number === 14 ? end - begin : 0;
    if (number !== 14 || bytes > mostMetadataBytes) continue;
    const entry = file.slice(begin, end);
    const parts = (await outerFields(entry, mostFields.metadata)) ?? [];
    const text = async (wanted: number) => {
      const part = parts.find(({ number, value }) => number === wanted && value === null);
      return part ? await entry.slice(part.begin, part.end).text() : '';
    };
    metadata.set(await text(1), await text(2));
  }
  return { metadata: Object.fromEntries(metadata) };
}
