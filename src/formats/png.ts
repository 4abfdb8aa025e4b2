/**
 * The chunks of a PNG file: header, pixels, and colour tags, with the checksums of those that carry the picture (PNG specification,
 * third edition); and the samples of files of 16 bits, of which browsers give 8: too few for light that is stored linearly.
 */
import { crc32 } from './bytes.ts';
import { damagedImage, FormatError } from './errors.ts';
import { tiffOrientation } from './exif.ts';

/** Coding-independent code points of H.273: primaries and transfer function. */
export interface CodePoints {
  readonly primaries: number;
  readonly transfer: number;
}

/** CIE xy of white, red, green, blue. */
export type Chromaticities = readonly [number, number, number, number, number, number, number, number];

export interface PngColour {
  readonly codePoints: CodePoints | null;
  /** ICC profile, compressed (zlib). */
  readonly profile: Uint8Array | null;
  readonly isSrgb: boolean;
  /** Exponent that samples were encoded with, such as 1/2.2; null without a gAMA chunk. */
  readonly gamma: number | null;
  readonly chromaticities: Chromaticities | null;
}

export interface PngChunks {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  readonly colourType: number;
  readonly isInterlaced: boolean;
  readonly colour: PngColour;
  /** EXIF, 1 (upright) to 8. */
  readonly orientation: number;
  /** The tRNS chunk. */
  readonly transparency: Uint8Array | null;
  /** Compressed rows (zlib), in parts. */
  readonly pixels: readonly Uint8Array<ArrayBuffer>[];
}

const signatureBytes = 8;
/** Length, type and checksum. */
const chunkOverhead = 12;
const headerBytes = 13;
const depthAt = 24;

const isCritical = (type: string) => type[0] === type[0]?.toUpperCase();

/** Whether a PNG file of these first bytes has 16 bits a sample. */
export const hasDeepSamples = (head: Uint8Array): boolean =>
  String.fromCharCode(...head.subarray(12, 16)) === 'IHDR' && head[depthAt] === 16;

/** The cICP chunk, which stands before the pixels; null where there is none, or a damaged one. @param head a PNG's first bytes */
export function pngCodePoints(head: Uint8Array): CodePoints | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = signatureBytes; at + chunkOverhead <= head.length; at += chunkOverhead + view.getUint32(at)) {
    const type = String.fromCharCode(...head.subarray(at + 4, at + 8));
    if (type === 'IDAT') return null;
    if (type !== 'cICP' || view.getUint32(at) !== 4 || at + chunkOverhead + 4 > head.length) continue;
    if (crc32(head.subarray(at + 4, at + 12)) !== view.getUint32(at + 12)) continue;
    return { primaries: view.getUint8(at + 8), transfer: view.getUint8(at + 9) };
  }
  return null;
}

/**
 * @param file a whole PNG file
 * @throws FormatError, one sentence, where a chunk of the picture is missing, cut off or has a wrong checksum
 */
export function readPngChunks(file: Uint8Array<ArrayBuffer>): PngChunks {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const hundredThousandths = (at: number) => view.getUint32(at) / 1e5;
  const ancillary = new Map<string, number>();
  const pixels: Uint8Array<ArrayBuffer>[] = [];
  const lengthAt = (data: number) => view.getUint32(data - 8);
  const bytesOf = (data: number | undefined) =>
    data === undefined ? null : file.subarray(data, data + lengthAt(data));
  let header = 0;
  for (let at = signatureBytes; at + chunkOverhead <= file.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const data = at + 8;
    const end = data + length;
    if (end + 4 > file.length) throw damagedImage();
    const isWhole = crc32(file.subarray(at + 4, end)) === view.getUint32(end);
    if (!isWhole && isCritical(type))
      throw new FormatError('The image is damaged: a checksum in it is wrong, so save or download it again.');
    // The first one: its size is the one that was checked.
    if (type === 'IHDR' && length === headerBytes && header === 0) header = data;
    else if (type === 'IDAT') pixels.push(file.subarray(data, end));
    else if (type === 'IEND') break;
    else if (isWhole && !ancillary.has(type)) ancillary.set(type, data);
    at = end + 4;
  }
  if (header === 0) throw damagedImage();
  /** Content of a chunk that must have this many bytes. */
  const sized = (type: string, bytes: number): number | null => {
    const data = ancillary.get(type);
    return data !== undefined && lengthAt(data) === bytes ? data : null;
  };
  const [cicp, gama, chrm] = [sized('cICP', 4), sized('gAMA', 4), sized('cHRM', 32)];
  const profile = bytesOf(ancillary.get('iCCP'));
  // Behind the profile's name and the method of compression.
  const profileAt = profile === null ? 0 : profile.indexOf(0) + 2;
  const exif = bytesOf(ancillary.get('eXIf'));
  return {
    width: view.getUint32(header),
    height: view.getUint32(header + 4),
    depth: view.getUint8(header + 8),
    colourType: view.getUint8(header + 9),
    isInterlaced: view.getUint8(header + 12) !== 0,
    colour: {
      codePoints: cicp === null ? null : { primaries: view.getUint8(cicp), transfer: view.getUint8(cicp + 1) },
      profile: profile?.subarray(profileAt) ?? null,
      isSrgb: ancillary.has('sRGB'),
      gamma: gama === null ? null : hundredThousandths(gama),
      chromaticities:
        chrm === null
          ? null
          : (Array.from({ length: 8 }, (_, i) => hundredThousandths(chrm + 4 * i)) as unknown as Chromaticities),
    },
    orientation: (exif && tiffOrientation(exif)) ?? 1,
    transparency: bytesOf(ancillary.get('tRNS')),
    pixels,
  };
}

/**
 * @param parts a zlib stream: a small one may unpack to any amount of memory
 * @param most bytes that are unpacked; those after them are left out
 * @throws FormatError where it is damaged or cut off
 */
export async function inflate(
  parts: readonly Uint8Array<ArrayBuffer>[],
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const unpacked: Uint8Array<ArrayBuffer>[] = [];
  const reader = new Blob([...parts]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    // To its end where there is no more, since that is where its checksum stands.
    for (let left = most; left >= 0; ) {
      const { done, value } = await reader.read();
      if (done) break;
      unpacked.push(value.subarray(0, left));
      left -= value.length;
    }
    await reader.cancel();
  } catch {
    throw damagedImage();
  }
  const bytes = new Uint8Array(unpacked.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of unpacked) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const wholePicture = [[0, 0, 1, 1]] as const;
/** First column, first row, and the steps between them, of each pass. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

/** Undoes a row's filter in place. @param before the row above, undone already; zeros for the first */
function unfilter(kind: number, row: Uint8Array, before: Uint8Array, step: number): void {
  if (kind === 0) return;
  if (kind > 4) throw damagedImage();
  for (let i = 0; i < row.length; i++) {
    const left = i < step ? 0 : row[i - step];
    const up = before[i];
    const corner = i < step ? 0 : before[i - step];
    const guess = kind === 1 ? left : kind === 2 ? up : kind === 3 ? (left + up) >> 1 : paeth(left, up, corner);
    row[i] = (row[i] + guess) & 255;
  }
}

const channelsOf: Readonly<Partial<Record<number, number>>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/**
 * @param png of 16 bits a sample
 * @returns RGBA of 16 bits, straight alpha, rows from the top
 * @throws FormatError, one sentence, where the pixels are damaged or cut off
 */
export async function readDeepSamples(png: PngChunks): Promise<Uint16Array<ArrayBuffer>> {
  const { width, height, colourType, isInterlaced, transparency } = png;
  const channels = channelsOf[colourType];
  if (channels === undefined) throw damagedImage();
  const step = channels * 2;
  const passes = isInterlaced ? adam7 : wholePicture;
  const rowBytes = (x0: number, dx: number) => (x0 < width ? 1 + Math.ceil((width - x0) / dx) * step : 0);
  const need = passes.reduce((sum, [x0, y0, dx, dy]) => sum + rowBytes(x0, dx) * Math.ceil((height - y0) / dy), 0);
  const bytes = await inflate(png.pixels, need);
  if (bytes.length < need) throw damagedImage();
  const out = new Uint16Array(width * height * 4);
  const isGrey = channels < 3;
  const hasAlpha = channels % 2 === 0;
  const key = transparency && transparency.length >= (isGrey ? 2 : 6) && !hasAlpha ? transparency : null;
  let at = 0;
  for (const [x0, y0, dx, dy] of passes) {
    const columns = Math.ceil((width - x0) / dx);
    if (columns <= 0) continue;
    let before = new Uint8Array(columns * step);
    for (let y = y0; y < height; y += dy) {
      const row = bytes.subarray(at + 1, at + 1 + columns * step);
      unfilter(bytes[at], row, before, step);
      for (let i = 0; i < columns; i++) {
        const from = i * step;
        const to = (y * width + x0 + i * dx) * 4;
        let isKey = key !== null;
        for (let c = 0; c < 3; c++) {
          const [high, low] = [row[from + (isGrey ? 0 : 2 * c)], row[from + (isGrey ? 1 : 2 * c + 1)]];
          out[to + c] = high * 256 + low;
          if (key) isKey &&= key[isGrey ? 0 : 2 * c] === high && key[isGrey ? 1 : 2 * c + 1] === low;
        }
        const alphaAt = from + step - 2;
        out[to + 3] = hasAlpha ? row[alphaAt] * 256 + row[alphaAt + 1] : isKey ? 0 : 65_535;
      }
      before = row;
      at += 1 + columns * step;
    }
  }
  return out;
}
