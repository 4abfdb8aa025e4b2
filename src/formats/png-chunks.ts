/** The chunks of a PNG file: checksums of those that carry the picture, and its colour tags (PNG specification, third edition). */
import { crc32 } from './crc32.ts';
import { FormatError } from './errors.ts';

/** Coding-independent code points of H.273: primaries and transfer function. */
export interface CodePoints {
  readonly primaries: number;
  readonly transfer: number;
}

/** CIE xy of white, red, green, blue. */
export type Chromaticities = readonly [number, number, number, number, number, number, number, number];

export interface PngColour {
  readonly codePoints: CodePoints | null;
  readonly hasProfile: boolean;
  readonly isSrgb: boolean;
  /** Exponent that samples were encoded with, such as 1/2.2; null without a gAMA chunk. */
  readonly gamma: number | null;
  readonly chromaticities: Chromaticities | null;
}

const signatureBytes = 8;
/** Length, type and checksum. */
const chunkOverhead = 12;

const isCritical = (type: string) => type[0] === type[0]?.toUpperCase();

/**
 * @param file a whole PNG file
 * @throws FormatError, one sentence, where a chunk of the picture is cut off or has a wrong checksum
 */
export function readPngColour(file: Uint8Array): PngColour {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const hundredThousandths = (at: number) => view.getUint32(at) / 1e5;
  let [codePoints, hasProfile, isSrgb]: [CodePoints | null, boolean, boolean] = [null, false, false];
  let [gamma, chromaticities]: [number | null, Chromaticities | null] = [null, null];
  for (let at = signatureBytes; at + chunkOverhead <= file.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const data = at + 8;
    const end = data + length;
    if (end + 4 > file.length) throw new FormatError('The image is damaged or cut off.');
    const isWhole = crc32(file.subarray(at + 4, end)) === view.getUint32(end);
    if (!isWhole && isCritical(type)) throw new FormatError('The image is damaged: a checksum in it is wrong.');
    if (isWhole && type === 'cICP' && length === 4)
      codePoints = { primaries: view.getUint8(data), transfer: view.getUint8(data + 1) };
    if (isWhole && type === 'iCCP') hasProfile = true;
    if (isWhole && type === 'sRGB') isSrgb = true;
    if (isWhole && type === 'gAMA' && length === 4) gamma = hundredThousandths(data);
    if (isWhole && type === 'cHRM' && length === 32)
      chromaticities = Array.from({ length: 8 }, (_, i) =>
        hundredThousandths(data + 4 * i),
      ) as unknown as Chromaticities;
    if (type === 'IEND') break;
    at = end + 4;
  }
  return { codePoints, hasProfile, isSrgb, gamma, chromaticities };
}
