/** Orientation in EXIF blocks, and where WebP files keep theirs. */
import { readBytes } from './bytes.ts';

const orientationTag = 0x0112;
const shortType = 3;
const mark = 'Exif\0\0';

/**
 * @param block a TIFF structure ("II" or "MM" first), as EXIF is; "Exif" and two zeros may stand before it
 * @returns 1 (upright) to 8; null where it is damaged or doesn't say
 */
export function tiffOrientation(block: Uint8Array): number | null {
  const start = String.fromCharCode(...block.subarray(0, mark.length)) === mark ? mark.length : 0;
  const content = new DataView(block.buffer, block.byteOffset + start, block.byteLength - start);
  if (content.byteLength < 8) return null;
  const order = content.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  const directory = content.getUint32(4, little);
  if (directory + 2 > content.byteLength) return null;
  const count = content.getUint16(directory, little);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > content.byteLength) return null;
    if (content.getUint16(entry, little) !== orientationTag) continue;
    const value = content.getUint16(entry + 8, little);
    return content.getUint16(entry + 2, little) === shortType && value >= 1 && value <= 8 ? value : null;
  }
  return null;
}

const [riffHeader, chunkHeader] = [12, 8];
/** More chunks than any still picture has, and a larger block than any camera writes. */
const limits = { chunks: 10_000, bytes: 1 << 20 };

/**
 * Orientation of a WebP file: its EXIF chunk stands behind the picture, so that the file's head does not tell.
 * @returns 1 (upright) to 8
 */
export async function webpOrientation(file: Blob): Promise<number> {
  let at = riffHeader;
  for (let n = 0; n < limits.chunks && at + chunkHeader <= file.size; n++) {
    const header = new DataView(await readBytes(file, at, at + chunkHeader));
    const type = header.getUint32(0);
    const size = header.getUint32(4, true);
    const data = at + chunkHeader;
    if (type === 0x45584946 && size <= limits.bytes && data + size <= file.size)
      return tiffOrientation(new Uint8Array(await readBytes(file, data, data + size))) ?? 1;
    // Files without the extended header have one chunk alone.
    if (at === riffHeader && type !== 0x56503858) return 1;
    at = data + size + (size % 2);
  }
  return 1;
}
