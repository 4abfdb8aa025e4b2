/**
 * The safetensors header: JSON that says where each tensor's bytes lie. Checked completely before anything else is read,
 * by the rules of the reference reader: no unknown types, no overlaps, no holes, nothing outside the file.
 */
import { FormatError, quote } from './errors.ts';

/** Of the types whose values can be read. */
export const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type ReadableDtype = keyof typeof elementBytes;

/** Of the format's other types: a file may have them beside the tensors that are needed. */
const otherBits = {
  C64: 64,
  F8_E4M3: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

export type SafetensorsDtype = ReadableDtype | keyof typeof otherBits;

export const isReadable = (dtype: SafetensorsDtype): dtype is ReadableDtype => Object.hasOwn(elementBytes, dtype);

const bitsOf = (dtype: SafetensorsDtype): number => (isReadable(dtype) ? 8 * elementBytes[dtype] : otherBits[dtype]);

/** A violation of the format: no writer makes those. */
const flaw = (what: string) => new FormatError(`${what}: the file is damaged, so download it again.`);

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte in the file. */
  readonly begin: number;
  /** One past the last byte in the file. */
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** Root → tensor → shape: nothing in a header nests deeper. */
const deepest = 3;

const [quoteMark, backslash, colon] = [0x22, 0x5c, 0x3a];
const [openBrace, openBracket, closeBrace, closeBracket] = [0x7b, 0x5b, 0x7d, 0x5d];
const isSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Index of the quote that ends the string opened at `start`, or the text's length where none does. */
function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== quoteMark) i += text.charCodeAt(i) === backslash ? 2 : 1;
  return i;
}

/**
 * Refuses what `JSON.parse` would hide (a name given twice) or spend memory on (deep nesting). One pass over the tokens;
 * whether the text is JSON at all is left to `JSON.parse`.
 */
function checkTokens(text: string): void {
  const scopes: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === openBrace || code === openBracket) {
      scopes.push(code === openBrace ? new Set() : null);
      if (scopes.length > deepest)
        throw new FormatError('The safetensors header is nested deeper than the format allows.');
    } else if (code === closeBrace || code === closeBracket) {
      scopes.pop();
    } else if (code === quoteMark) {
      const start = i;
      i = stringEnd(text, start);
      let next = i + 1;
      while (isSpace(text.charCodeAt(next))) next++;
      const seen = scopes[scopes.length - 1];
      if (text.charCodeAt(next) !== colon || !seen) continue;
      // Unescaped first: "a" and "\u0061" are the same name.
      const key = String(parseJson(text.slice(start, i + 1)));
      if (seen.has(key)) throw new FormatError(`The safetensors header names ${quote(key)} twice.`);
      seen.add(key);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormatError(
      'The safetensors header is not valid JSON: the file is damaged or of another kind, so download it again.',
    );
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw new FormatError('The safetensors __metadata__ is not an object.');
  const pairs = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw new FormatError(`The safetensors metadata ${quote(key)} is not a string.`);
    return [key, text];
  });
  // fromEntries defines own properties, so a key such as "__proto__" stays a plain key.
  return Object.freeze(Object.fromEntries(pairs));
}

/** Number of elements, or null where it can't be counted exactly. */
export function countElements(shape: readonly number[]): number | null {
  let count = 1;
  for (const length of shape) {
    if (!isCount(length)) return null;
    count *= length;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

function readEntry(name: string, value: unknown, dataBegin: number, dataBytes: number): SafetensorsEntry {
  const label = `Tensor ${quote(name)}`;
  if (!isRecord(value)) throw flaw(`${label} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw flaw(`${label} has no dtype`);
  if (!Object.hasOwn(elementBytes, dtype) && !Object.hasOwn(otherBits, dtype))
    throw flaw(`${label} has the unsupported dtype ${quote(dtype)}`);
  const known = dtype as SafetensorsDtype;
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw flaw(`${label} has a shape that is not a list of whole numbers`);
  }
  const count = countElements(shape);
  const bytes = count === null ? null : (count * bitsOf(known)) / 8;
  if (bytes === null || !Number.isSafeInteger(bytes)) throw flaw(`${label} has an impossibly large shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !isCount(offsets[0]) || !isCount(offsets[1])) {
    throw flaw(`${label} has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (end > dataBytes)
    throw new FormatError(`${label} ends beyond the file, which is cut off or damaged: download it again.`);
  if (end - begin !== bytes) throw flaw(`${label} has ${end - begin} bytes of data where its shape needs ${bytes}`);
  return { name, dtype: known, shape, begin: dataBegin + begin, end: dataBegin + end };
}

function checkCoverage(entries: Iterable<SafetensorsEntry>, dataBegin: number, dataEnd: number): void {
  let covered = dataBegin;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) throw flaw(`Tensor ${quote(name)} overlaps another tensor's data`);
    if (begin > covered) throw flaw(`The ${begin - covered} bytes before tensor ${quote(name)} belong to no tensor`);
    covered = end;
  }
  if (covered < dataEnd) throw flaw(`The last ${dataEnd - covered} bytes of the file belong to no tensor`);
}

/**
 * Parses and checks a header.
 * @param bytes the header's JSON, UTF-8, without the 8-byte length before it
 * @param fileSize bytes of the whole file; the data buffer is what follows the header
 * @throws FormatError for every violation
 */
export function parseHeader(bytes: Uint8Array, fileSize: number): SafetensorsHeader {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(
      'The safetensors header is not valid UTF-8: the file is damaged or of another kind, so download it again.',
    );
  }
  if (!text.startsWith('{')) throw new FormatError('The safetensors header is not a JSON object.');
  checkTokens(text);
  const root = parseJson(text);
  if (!isRecord(root)) throw new FormatError('The safetensors header is not a JSON object.');
  const dataBegin = 8 + bytes.length;
  const entries = new Map<string, SafetensorsEntry>();
  let metadata: Readonly<Record<string, string>> = Object.freeze({});
  for (const [name, value] of Object.entries(root)) {
    if (name === '__metadata__') metadata = readMetadata(value);
    else entries.set(name, readEntry(name, value, dataBegin, fileSize - dataBegin));
  }
  checkCoverage(entries.values(), dataBegin, fileSize);
  return { metadata, entries };
}
