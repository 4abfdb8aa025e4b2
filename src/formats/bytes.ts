/** Bytes of files: reading a part, and the checksum of zip and PNG. */
import { FormatError } from './errors.ts';

/**
 * Part of a file, read now.
 * @throws FormatError when the file went away or changed since it was chosen
 */
export async function readBytes(source: Blob, begin: number, end: number): Promise<ArrayBuffer> {
  let buffer: ArrayBuffer;
  try {
    buffer = await source.slice(begin, end).arrayBuffer();
  } catch {
    throw new FormatError('The file can no longer be read: it was moved, changed or deleted.');
  }
  if (buffer.byteLength !== end - begin) throw new FormatError('The file is shorter than it was when it was opened.');
  return buffer;
}

let crcTable: Uint32Array | undefined;

function crcEntries(): Uint32Array {
  if (crcTable) return crcTable;
  crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  return crcTable;
}

/** CRC-32, reflected, polynomial 0xEDB88320. @param before of the bytes that come before these, for a file in parts */
export function crc32(bytes: Uint8Array, before = 0): number {
  const values = crcEntries();
  let crc = before ^ 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ values[(crc ^ bytes[i]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}
