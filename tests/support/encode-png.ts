/** PNG files of every kind of sample, for tests: what sharp does not write. */
import { deflateSync } from 'node:zlib';
import { crc32 } from '../../src/formats/bytes.ts';

export const pngTypes = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;
const channelsOf = { grey: 1, rgb: 3, palette: 1, greyAlpha: 2, rgba: 4 } as const;

export type PngKind = keyof typeof pngTypes;

interface PngPicture {
  readonly width: number;
  readonly height: number;
  readonly kind: PngKind;
  /** Bits a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** Sample of a channel, 0 … 2^depth − 1. */
  readonly sample: (x: number, y: number, channel: number) => number;
  readonly interlaced?: boolean;
  /** Chunks between header and pixels, in order. */
  readonly chunks?: readonly Uint8Array[];
}

/** Big-endian 32-bit words. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}

export function pngChunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([words(data.length), body, words(crc32(body))]);
}

const headerEnd = 33;

/** The PNG with a chunk behind its header. */
export const withChunk = (png: Buffer, type: string, data: Uint8Array): Buffer =>
  Buffer.concat([png.subarray(0, headerEnd), pngChunk(type, data), png.subarray(headerEnd)]);

/** Adam7: first column and row, steps. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function rowBits(samples: readonly number[], depth: number): Buffer {
  const row = Buffer.alloc(Math.ceil((samples.length * depth) / 8));
  samples.forEach((sample, i) => {
    if (depth === 16) row.writeUInt16BE(sample, 2 * i);
    else {
      const bit = i * depth;
      const at = bit >> 3;
      row[at] = (row[at] ?? 0) | (sample << (8 - depth - (bit & 7)));
    }
  });
  return row;
}

const steps = (first: number, step: number, end: number) =>
  Array.from({ length: Math.max(0, Math.ceil((end - first) / step)) }, (_, i) => first + i * step);

/** The compressed rows. */
export function pngPixels({ width, height, kind, depth, sample, interlaced = false }: PngPicture): Buffer {
  const rows: Buffer[] = [];
  for (const [x0, y0, dx, dy] of interlaced ? passes : ([[0, 0, 1, 1]] as const)) {
    const columns = steps(x0, dx, width);
    if (columns.length === 0) continue;
    for (const y of steps(y0, dy, height)) {
      const samples = columns.flatMap((x) => Array.from({ length: channelsOf[kind] }, (_, c) => sample(x, y, c)));
      rows.push(Buffer.of(0), rowBits(samples, depth));
    }
  }
  return deflateSync(Buffer.concat(rows));
}

export function encodePng(picture: PngPicture): Buffer {
  const { width, height, kind, depth, interlaced = false, chunks = [] } = picture;
  const header = Buffer.concat([words(width, height), Buffer.of(depth, pngTypes[kind], 0, 0, interlaced ? 1 : 0)]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...chunks,
    pngChunk('IDAT', pngPixels(picture)),
    pngChunk('IEND'),
  ]);
}

/** An EXIF block (TIFF, big-endian) that says the orientation alone. */
export function exifBlock(orientation: number): Buffer {
  const entry = Buffer.alloc(12);
  entry.writeUInt16BE(0x0112, 0);
  entry.writeUInt16BE(3, 2);
  entry.writeUInt32BE(1, 4);
  entry.writeUInt16BE(orientation, 8);
  return Buffer.concat([Buffer.from('MM\0*', 'latin1'), words(8), Buffer.of(0, 1), entry, words(0)]);
}
