/**
 * Zip archives as `torch.save` writes them: entries stored, not compressed, so that each is a plain range of the file. Only
 * the directory at the end is read; it is checked as a whole before anything else is: no name twice, no two entries over
 * each other, nothing outside the file. Zip64 is read; compression, encryption and several volumes are refused.
 */

import { readBytes } from './bytes.ts';
import { FormatError, quote } from './errors.ts';

export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** Bytes that it takes in the file. */
  readonly packed: number;
  /** 0: stored. */
  readonly method: number;
  /** Of the entry's bytes; 0 where the writer computed none. */
  readonly crc32: number;
  readonly headerOffset: number;
  /** Offset behind the entry, of the next one or the directory. */
  readonly limit: number;
}

export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /**
   * Where in the file an entry's bytes are: `size` bytes from here. Reads the entry's own header.
   * @throws FormatError for one that is compressed
   */
  locate(entry: ZipEntry): Promise<number>;
}

const endBytes = 22;
const longestComment = 0xffff;
const zip64EndBytes = 56;
const zip64LocatorBytes = 20;
const recordBytes = 46;
const localBytes = 30;
/** A checkpoint of a network with its optimizer has a few thousand entries and some hundred kilobytes of directory. */
const mostEntries = 100_000;
const mostDirectoryBytes = 32 * 2 ** 20;

const cutOff = () =>
  new FormatError('The archive has no directory at its end: the file is cut off or damaged, so download it again.');
const damaged = (what: string) => new FormatError(`The archive is damaged: ${what}; download it again.`);

interface Directory {
  readonly count: number;
  readonly offset: number;
  readonly size: number;
  /** First byte after what the directory may take. */
  readonly limit: number;
}

const view = (buffer: ArrayBuffer, at = 0) => new DataView(buffer, at);

function safe(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`${what} is impossibly large`);
  return Number(value);
}

async function zip64Directory(source: Blob, locatorAt: number): Promise<Directory | null> {
  if (locatorAt < 0) return null;
  const locator = view(await readBytes(source, locatorAt, locatorAt + zip64LocatorBytes));
  if (locator.getUint32(0, true) !== 0x07064b50) return null;
  const at = safe(locator.getBigUint64(8, true), 'the place of its directory');
  if (at + zip64EndBytes > locatorAt) throw damaged('its directory reaches beyond the file');
  const end = view(await readBytes(source, at, at + zip64EndBytes));
  if (end.getUint32(0, true) !== 0x06064b50) throw damaged('the record of its directory is missing');
  if (end.getUint32(16, true) !== 0 || end.getUint32(20, true) !== 0) throw damaged('it says it has several volumes');
  return {
    count: safe(end.getBigUint64(32, true), 'its number of entries'),
    size: safe(end.getBigUint64(40, true), 'its directory'),
    offset: safe(end.getBigUint64(48, true), 'the place of its directory'),
    limit: at,
  };
}

async function findDirectory(source: Blob): Promise<Directory> {
  const tailAt = Math.max(0, source.size - endBytes - longestComment);
  const tail = view(await readBytes(source, tailAt, source.size));
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    // The comment must end with the file: a signature inside a comment is none.
    if (at + endBytes + tail.getUint16(at + 20, true) !== tail.byteLength) continue;
    const long = await zip64Directory(source, tailAt + at - zip64LocatorBytes);
    if (long) return long;
    if (tail.getUint16(at + 4, true) !== 0 || tail.getUint16(at + 6, true) !== 0)
      throw damaged('it says it has several volumes');
    return {
      count: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
      limit: tailAt + at,
    };
  }
  throw cutOff();
}

/** Sizes and offset over 4 GB stand in an extra field, in this order, those that did not fit only. */
function zip64Fields(extra: DataView, needed: readonly boolean[], name: string): (number | null)[] {
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const [id, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    at += 4;
    if (at + length > extra.byteLength) break;
    if (id === 1) {
      let from = at;
      return needed.map((wanted) => {
        if (!wanted) return null;
        if (from + 8 > at + length) throw damaged(`entry ${quote(name)} lacks its size`);
        from += 8;
        return safe(extra.getBigUint64(from - 8, true), `entry ${quote(name)}`);
      });
    }
    at += length;
  }
  if (needed.includes(true)) throw damaged(`entry ${quote(name)} lacks its size`);
  return needed.map(() => null);
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw damaged('an entry has a name that is no text');
  }
}

interface Records {
  readonly entries: readonly Omit<ZipEntry, 'limit'>[];
  readonly nameBytes: ReadonlyMap<string, number>;
}

function parseRecords(buffer: ArrayBuffer, count: number): Records {
  const records = view(buffer);
  const entries: Omit<ZipEntry, 'limit'>[] = [];
  const nameBytes = new Map<string, number>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + recordBytes > buffer.byteLength || records.getUint32(at, true) !== 0x02014b50) {
      throw damaged(`its directory ends after ${i} of ${count} entries`);
    }
    const [flags, method] = [records.getUint16(at + 8, true), records.getUint16(at + 10, true)];
    const lengths = [28, 30, 32].map((field) => records.getUint16(at + field, true)) as [number, number, number];
    const next = at + recordBytes + lengths[0] + lengths[1] + lengths[2];
    if (next > buffer.byteLength) throw damaged(`its directory ends within entry ${i + 1} of ${count}`);
    const name = decodeName(new Uint8Array(buffer, at + recordBytes, lengths[0]));
    if (nameBytes.has(name)) throw damaged(`it has two entries called ${quote(name)}`);
    if (flags & 1) throw new FormatError(`Entry ${quote(name)} of the archive is encrypted, which no checkpoint is.`);
    const stated = [24, 20, 42].map((field) => records.getUint32(at + field, true));
    const extra = view(buffer.slice(at + recordBytes + lengths[0], at + recordBytes + lengths[0] + lengths[1]));
    const long = zip64Fields(
      extra,
      stated.map((value) => value === 0xffffffff),
      name,
    );
    const [size, packed, headerOffset] = stated.map((value, field) => long[field] ?? value) as [number, number, number];
    if (method === 0 && size !== packed)
      throw damaged(`entry ${quote(name)} is stored in ${packed} bytes, but has ${size}`);
    nameBytes.set(name, lengths[0]);
    entries.push({ name, size, packed, method, crc32: records.getUint32(at + 16, true), headerOffset });
    at = next;
  }
  if (at !== buffer.byteLength) throw damaged('its directory is longer than its entries');
  return { entries, nameBytes };
}

/** Every entry with the place where the next begins. @throws FormatError for entries over each other or the directory */
function layOut({ entries, nameBytes }: Records, directoryAt: number): Map<string, ZipEntry> {
  const ordered = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  return new Map(
    ordered.map((entry, i) => {
      const limit = ordered[i + 1]?.headerOffset ?? directoryAt;
      if (entry.headerOffset + localBytes + (nameBytes.get(entry.name) ?? 0) + entry.packed > limit) {
        throw damaged(`entry ${quote(entry.name)} reaches over what follows it`);
      }
      return [entry.name, { ...entry, limit }];
    }),
  );
}

/**
 * Reads and checks an archive's directory.
 * @throws FormatError, one sentence
 */
export async function openZip(source: Blob): Promise<ZipArchive> {
  if (source.size < endBytes) throw cutOff();
  const { count, offset, size, limit } = await findDirectory(source);
  if (offset + size > limit) throw damaged('its directory reaches beyond the file');
  if (count > mostEntries || size > mostDirectoryBytes) {
    throw new FormatError(`The archive says it has ${count} entries, more than any checkpoint.`);
  }
  const entries = layOut(parseRecords(await readBytes(source, offset, offset + size), count), offset);

  return {
    entries,
    async locate({ name, headerOffset, size, method, limit }) {
      if (method !== 0) {
        throw new FormatError(
          `Entry ${quote(name)} of the archive is compressed; torch.save never does that. Save the checkpoint again with torch.save.`,
        );
      }
      const fixed = view(await readBytes(source, headerOffset, headerOffset + localBytes));
      const nameLength = fixed.getUint16(26, true);
      const dataAt = headerOffset + localBytes + nameLength + fixed.getUint16(28, true);
      if (fixed.getUint32(0, true) !== 0x04034b50 || fixed.getUint16(8, true) !== 0 || dataAt + size > limit) {
        throw damaged(`entry ${quote(name)} is not where the directory says`);
      }
      const nameAt = headerOffset + localBytes;
      const own = decodeName(new Uint8Array(await readBytes(source, nameAt, nameAt + nameLength)));
      if (own !== name) throw damaged(`entry ${quote(name)} has another name at its place`);
      return dataAt;
    },
  };
}
