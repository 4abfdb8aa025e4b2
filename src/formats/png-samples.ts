/** Samples of PNG files of 16 bits: browsers give 8 of them, too few for light that is stored linearly. */
import { damagedImage } from './errors.ts';
import type { PngChunks } from './png-chunks.ts';

/** @param parts a zlib stream. @throws FormatError where it is damaged or cut off */
export async function inflate(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const stream = new Blob([...parts]).stream().pipeThrough(new DecompressionStream('deflate'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw damagedImage();
  }
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
  const bytes = await inflate(png.pixels);
  const out = new Uint16Array(width * height * 4);
  const step = channels * 2;
  const isGrey = channels < 3;
  const hasAlpha = channels % 2 === 0;
  const key = transparency && transparency.length >= (isGrey ? 2 : 6) && !hasAlpha ? transparency : null;
  let at = 0;
  for (const [x0, y0, dx, dy] of isInterlaced ? adam7 : wholePicture) {
    const columns = Math.ceil((width - x0) / dx);
    if (columns <= 0) continue;
    let before = new Uint8Array(columns * step);
    for (let y = y0; y < height; y += dy) {
      const row = bytes.subarray(at + 1, at + 1 + columns * step);
      if (row.length < columns * step) throw damagedImage();
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
