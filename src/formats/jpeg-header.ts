/**
 * A JPEG's frame size and EXIF orientation. Our own walk over the markers, because image-size gives up on files that
 * every decoder shows: a damaged EXIF block, one whose first directory isn't at offset 8, fill bytes between segments.
 */

export interface JpegHeader {
  /** As stored, before orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation 1 to 8; 1 (upright) where there is none. */
  readonly orientation: number;
}

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const app1 = 0xe1;
const orientationTag = 0x0112;
const shortType = 3;

const isStandalone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= startOfImage);

/** SOF0 to SOF15, without the tables (DHT, JPG, DAC) that share their range. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Orientation in an APP1 segment's content; null when it is no EXIF block or doesn't say. */
function exifOrientation(content: DataView): number | null {
  const tiff = 6;
  if (content.byteLength < tiff + 8) return null;
  // "Exif", then "II" or "MM" for the byte order.
  if (content.getUint32(0) !== 0x45786966) return null;
  const order = content.getUint16(tiff);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  const directory = tiff + content.getUint32(tiff + 4, little);
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

/** Null when the bytes end, or the pixels begin, before a frame header. Time is linear in the bytes. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let orientation: number | null = null;
  let position = 2;
  for (;;) {
    // Decoders skip junk before a marker and any number of fill bytes.
    while (position < bytes.length && bytes[position] !== 0xff) position++;
    while (position < bytes.length && bytes[position] === 0xff) position++;
    const marker = bytes[position++];
    if (marker === undefined || marker === startOfScan || marker === endOfImage) return null;
    if (marker === 0 || isStandalone(marker)) continue;
    if (position + 2 > bytes.length) return null;
    const length = view.getUint16(position);
    const end = position + length;
    if (length < 2) return null;
    if (isFrame(marker)) {
      if (length < 7 || position + 7 > bytes.length) return null;
      const height = view.getUint16(position + 3);
      return { width: view.getUint16(position + 5), height, orientation: orientation ?? 1 };
    }
    if (marker === app1 && orientation === null && end <= bytes.length) {
      orientation = exifOrientation(new DataView(bytes.buffer, bytes.byteOffset + position + 2, length - 2));
    }
    position = end;
  }
}
