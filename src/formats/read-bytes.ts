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
