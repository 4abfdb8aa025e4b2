/** BMP files (Windows 2 to 5, OS/2 1) as Chromium reads them: indices, runs, bit fields, alpha where there is a mask for it. */
import { damagedImage, FormatError } from './errors.ts';

export interface BmpPicture {
  readonly width: number;
  readonly height: number;
  /** RGBA, straight alpha. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

const [dataOffsetAt, headerAt] = [10, 14];
const os2Header = 12;
/** Headers from this size on hold a mask of alpha. */
const alphaHeader = 56;
const masksAt = headerAt + 40;
const compressions = { none: 0, runs8: 1, runs4: 2, fields: 3 } as const;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  readonly size: number;
  readonly coloursUsed: number;
}

function readHeader(view: DataView): Header {
  const size = view.getUint32(headerAt, true);
  if (size === os2Header) {
    const [width, height] = [view.getUint16(18, true), view.getUint16(20, true)];
    return { width, height, topDown: false, bits: view.getUint16(24, true), compression: 0, size, coloursUsed: 0 };
  }
  const height = view.getInt32(22, true);
  return {
    width: view.getInt32(18, true),
    height: Math.abs(height),
    topDown: height < 0,
    bits: view.getUint16(28, true),
    compression: view.getUint32(30, true),
    size,
    coloursUsed: view.getUint32(46, true),
  };
}

/** Masks of red, green, blue and alpha. */
function readMasks(view: DataView, { bits, compression, size }: Header): readonly number[] {
  if (compression !== compressions.fields) return bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  const mask = (i: number) => view.getUint32(masksAt + 4 * i, true);
  return [mask(0), mask(1), mask(2), size >= alphaHeader ? mask(3) : 0];
}

/** Shift and largest value of each mask. */
const fieldsOf = (masks: readonly number[]) =>
  masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, most: mask >>> shift };
  });

/** RGBA of each index. */
function readPalette(view: DataView, { bits, size, coloursUsed }: Header): Uint8Array {
  const entry = size === os2Header ? 3 : 4;
  const most = 2 ** bits;
  const space = Math.floor((view.getUint32(dataOffsetAt, true) - headerAt - size) / entry);
  const count = Math.max(0, Math.min(coloursUsed === 0 ? most : coloursUsed, most, space));
  const palette = new Uint8Array(most * 4);
  for (let i = 0; i < most; i++) {
    palette[4 * i + 3] = 255;
    if (i >= count) continue;
    const at = headerAt + size + entry * i;
    for (let c = 0; c < 3; c++) palette[4 * i + c] = view.getUint8(at + 2 - c);
  }
  return palette;
}

/** Indices of runs (RLE8, RLE4); −1 where a file skips a pixel. */
function readRuns(bytes: Uint8Array, start: number, { width, height, bits }: Header): Int16Array {
  const indices = new Int16Array(width * height).fill(-1);
  let [x, y, at] = [0, 0, start];
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw damagedImage();
    return byte;
  };
  const put = (index: number) => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  while (y < height) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : i % 2 === 0 ? value >> 4 : value & 15);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const from = at;
      for (let i = 0; i < value; i++) {
        const byte = bits === 8 || i % 2 === 0 ? next() : (bytes[at - 1] ?? 0);
        put(bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
      }
      at += (at - from) % 2;
    }
  }
  return indices;
}

/**
 * @param bytes a whole BMP file
 * @throws FormatError, one sentence, where it is cut off, damaged, or of a kind that is not read
 */
export function readBmp(bytes: Uint8Array): BmpPicture {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw damagedImage();
    throw error;
  }
}

function decode(bytes: Uint8Array): BmpPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const { width, height, topDown, bits, compression } = header;
  if (width < 1 || height < 1) throw damagedImage();
  const start = view.getUint32(dataOffsetAt, true);
  const isIndexed = bits <= 8;
  const isRuns =
    (compression === compressions.runs8 && bits === 8) || (compression === compressions.runs4 && bits === 4);
  const isPlain =
    compression === compressions.none || (compression === compressions.fields && (bits === 16 || bits === 32));
  if (![1, 2, 4, 8, 16, 24, 32].includes(bits) || !(isRuns || isPlain))
    throw new FormatError('The BMP image is of a kind that can’t be read here: save it as PNG first.');
  const runs = isRuns ? readRuns(bytes, start, header) : null;
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  // Not every writer pads the last row.
  if (!runs && start + (height - 1) * rowBytes + Math.ceil((width * bits) / 8) > bytes.length) throw damagedImage();
  const data = new Uint8ClampedArray(width * height * 4);
  const palette = isIndexed ? readPalette(view, header) : new Uint8Array();
  const fields = fieldsOf(readMasks(view, header));
  const hasAlpha = (fields[3]?.mask ?? 0) !== 0;
  let anyAlpha = false;
  for (let row = 0; row < height; row++) {
    const line = start + row * rowBytes;
    let to = (topDown ? row : height - 1 - row) * width * 4;
    for (let x = 0; x < width; x++, to += 4) {
      if (isIndexed) {
        const bit = x * bits;
        const index = runs
          ? (runs[row * width + x] ?? -1)
          : ((bytes[line + (bit >> 3)] ?? 0) >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
        if (index >= 0) data.set(palette.subarray(4 * index, 4 * index + 4), to);
        continue;
      }
      if (bits === 24) {
        for (let c = 0; c < 3; c++) data[to + c] = bytes[line + 3 * x + 2 - c] ?? 0;
        data[to + 3] = 255;
        continue;
      }
      const value = bits === 16 ? view.getUint16(line + 2 * x, true) : view.getUint32(line + 4 * x, true);
      fields.forEach(({ mask, shift, most }, c) => {
        data[to + c] = most === 0 ? 0 : (255 * ((value & mask) >>> shift)) / most;
      });
      if (hasAlpha) anyAlpha ||= data[to + 3] !== 0;
      else data[to + 3] = 255;
    }
  }
  // Writers that know of no alpha leave it at 0.
  if (hasAlpha && !anyAlpha) for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return { width, height, data };
}
