/**
 * Kind and size of an image file from its first bytes: so that a 100-megapixel picture, a text file or an empty one
 * is refused in a sentence before a decoder allocates anything.
 */
import { BMP } from 'image-size/types/bmp';
import { GIF } from 'image-size/types/gif';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';
import { readAvifProperties } from './avif-boxes.ts';
import { FormatError } from './errors.ts';
import { tiffOrientation } from './exif.ts';
import { type ImageType, sniffImage } from './image-sniff.ts';

export type { ImageType } from './image-sniff.ts';

export interface ImageInfo {
  readonly type: ImageType;
  readonly mime: string;
  /** Pixels; of JPEG and AVIF as shown, with the orientation applied. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 (upright) to 8, of JPEG and AVIF; those of PNG and WebP may stand behind the head (formats/exif.ts). */
  readonly orientation: number;
}

export interface ImageLimits {
  /** Largest width times height. */
  readonly maxPixels: number;
  /** Largest width or height. */
  readonly maxSide: number;
}

/** Chrome's canvases end at 16,384 px a side and 268 MP; the result has 4 times the sides and 16 times the pixels. */
export const upscaleLimits: ImageLimits = { maxSide: 16_384 / 4, maxPixels: 16_384 ** 2 / 16 };
/** Of results, and of what they are compared with. */
export const resultLimits: ImageLimits = { maxSide: 16_384, maxPixels: 16_384 ** 2 };

/** Longest part of a head that is looked at: frame headers come before this even behind large EXIF, ICC and XMP blocks. */
const maxHeadBytes = 1 << 20;

const labels: Record<ImageType, string> = {
  png: 'PNG',
  jpeg: 'JPEG',
  gif: 'GIF',
  webp: 'WebP',
  avif: 'AVIF',
  bmp: 'BMP',
};
const supported = 'PNG, JPEG, WebP, GIF, AVIF or BMP image';

/** BMP has two headers: today's with 32-bit sizes, and the 12-byte one of OS/2 with 16-bit sizes. */
function bmpSize(head: Uint8Array): { width: number; height: number } {
  if (head[14] !== 12) return BMP.calculate(head);
  const view = new DataView(head.buffer, head.byteOffset);
  return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
}

function readSize(type: ImageType, head: Uint8Array): { width: number; height: number; orientation?: number } | null {
  switch (type) {
    case 'png':
      return PNG.validate(head) ? PNG.calculate(head) : null;
    case 'jpeg':
      return readJpegHeader(head);
    case 'gif':
      return GIF.calculate(head);
    case 'webp':
      return WEBP.calculate(head);
    case 'bmp':
      return bmpSize(head);
    case 'avif': {
      const { size, orientation } = readAvifProperties(head);
      return size && { ...size, orientation };
    }
  }
}

const isLength = (value: number) => Number.isSafeInteger(value) && value >= 0;

/**
 * Reads an image's type and size.
 * @param head the file's first bytes, the whole file where it is shorter than 1 MB; more than 1 MB is not looked at
 * @param fileSize bytes of the whole file
 * @throws FormatError, one sentence, for an empty file, one that is no image of these types, or a damaged header
 */
export function inspectImage(head: Uint8Array, fileSize: number): ImageInfo {
  if (fileSize === 0 || head.length === 0) throw new FormatError('The file is empty.');
  // A copy of its own: image-size reads through the buffer behind the view, past the view's end.
  const bytes = new Uint8Array(head.subarray(0, maxHeadBytes));
  const type = sniffImage(bytes);
  if (type === null) throw new FormatError(`The file is not a ${supported}: convert it first.`);
  if (typeof type === 'object')
    throw new FormatError(`The file is ${type.foreign}, not a ${supported}: convert it first.`);
  let size: ReturnType<typeof readSize> = null;
  try {
    size = readSize(type, bytes);
  } catch {
    // Any failure of a reader means that the header gives no size.
  }
  if (!size || !isLength(size.width) || !isLength(size.height)) {
    const where = fileSize > bytes.length ? `first ${bytes.length.toLocaleString('en-US')} bytes` : 'header';
    throw new FormatError(
      `The ${labels[type]} image is damaged or cut off: its ${where} give${where === 'header' ? 's' : ''} no size, so save or download it again.`,
    );
  }
  const { orientation = 1 } = size;
  const turned = orientation >= 5;
  const [width, height] = turned ? [size.height, size.width] : [size.width, size.height];
  if (width === 0 || height === 0) {
    throw new FormatError(
      `The ${labels[type]} image is damaged: it says that it is ${width} × ${height} px, so save or download it again.`,
    );
  }
  return { type, mime: `image/${type}`, width, height, orientation };
}

const megapixels = (pixels: number) => (pixels / 1e6).toLocaleString('en-US', { maximumFractionDigits: 1 });

/**
 * Refuses an image that is larger than allowed; without limits, one whose ×4 result would not fit a canvas.
 * @throws FormatError that says the size, the limit and what to do
 */
export function checkImageLimits(info: Pick<ImageInfo, 'width' | 'height'>, limits: ImageLimits = upscaleLimits): void {
  const { width, height } = info;
  const { maxSide, maxPixels } = limits;
  if (width <= maxSide && height <= maxSide && width * height <= maxPixels) return;
  const [w, h, side] = [width, height, maxSide].map((length) => length.toLocaleString('en-US'));
  throw new FormatError(
    `The image is ${w} × ${h} px (${megapixels(width * height)} MP), over the limit of ${side} px a side and ` +
      `${megapixels(maxPixels)} MP${limits === upscaleLimits ? ' for ×4' : ''}: crop it or scale it down first.`,
  );
}

// A JPEG's frame size and EXIF orientation. Our own walk over the markers, because image-size gives up on files that every decoder
// shows: a damaged EXIF block, one whose first directory isn't at offset 8, fill bytes between segments.

interface JpegHeader {
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
function readJpegHeader(bytes: Uint8Array): JpegHeader | null {
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
