/**
 * A JPEG's frame size and EXIF orientation. Our own walk over the markers, because image-size gives up on files that
 * every decoder shows: a damaged EXIF block, one whose first directory isn't at offset 8, fill bytes between segments.
 */
import { tiffOrientation } from './exif.ts';

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
const exifMark = 0x45786966;

const isStandalone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= startOfImage);

/** SOF0 to SOF15, without the tables (DHT, JPG, DAC) that share their range. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

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
    const content = position + 2;
    if (marker === app1 && orientation === null && end <= bytes.length && length >= 6) {
      if (view.getUint32(content) === exifMark) orientation = tiffOrientation(bytes.subarray(content, end));
    }
    position = end;
  }
}
