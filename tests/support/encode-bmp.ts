/** BMP files of every kind, for tests. */

interface BmpPicture {
  readonly width: number;
  readonly height: number;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  /** Stored value of a pixel: an index, or its bits, low byte first. */
  readonly pixel: (x: number, y: number) => number;
  /** Red, green, blue of each index. */
  readonly palette?: readonly (readonly number[])[];
  /** Masks of red, green, blue and alpha: BI_BITFIELDS, with the header that holds them. */
  readonly masks?: readonly number[];
  /** Rows run from the top (a negative height). */
  readonly topDown?: boolean;
  /** 12: OS/2's; 40 or 108: Windows'. */
  readonly header?: 12 | 40 | 108;
  /** Runs of equal indices (RLE8, RLE4). */
  readonly compressed?: boolean;
}

const indices = (length: number) => Array.from({ length }, (_, i) => i);

function plainRow({ width, bits, pixel }: BmpPicture, y: number): Buffer {
  const row = Buffer.alloc(Math.ceil((width * bits) / 32) * 4);
  for (const x of indices(width)) {
    const value = pixel(x, y);
    if (bits >= 8) row.writeUIntLE(value, (x * bits) / 8, bits / 8);
    else {
      const bit = x * bits;
      row[bit >> 3] = (row[bit >> 3] ?? 0) | (value << (8 - bits - (bit & 7)));
    }
  }
  return row;
}

/** Encoded runs, each ended by its row; every second row is stored in absolute mode. */
function runRow({ width, bits, pixel }: BmpPicture, y: number): Buffer {
  const values = indices(width).map((x) => pixel(x, y));
  if (y % 2 === 1 && width >= 3) {
    const stored =
      bits === 8
        ? values
        : indices(Math.ceil(width / 2)).map((i) => ((values[2 * i] ?? 0) << 4) | (values[2 * i + 1] ?? 0));
    return Buffer.from([0, width, ...stored, ...(stored.length % 2 === 1 ? [0] : []), 0, 0]);
  }
  const runs: number[] = [];
  for (let x = 0; x < width; ) {
    let length = 1;
    while (x + length < width && values[x + length] === values[x]) length++;
    const value = values[x] ?? 0;
    runs.push(length, bits === 8 ? value : (value << 4) | value);
    x += length;
  }
  return Buffer.from([...runs, 0, 0]);
}

export function encodeBmp(picture: BmpPicture): Buffer {
  const { width, height, bits, palette = [], masks, topDown = false, compressed = false } = picture;
  const headerBytes = picture.header ?? (masks ? 108 : 40);
  const entry = headerBytes === 12 ? 3 : 4;
  // In the later headers the masks are fields; behind the first they stand alone.
  const maskBytes = masks && headerBytes === 40 ? 12 : 0;
  const start = 14 + headerBytes + maskBytes + palette.length * entry;
  const lines = indices(height).map((i) => (topDown ? i : height - 1 - i));
  const rows = lines.map((y) => (compressed ? runRow(picture, y) : plainRow(picture, y)));
  if (compressed) rows.push(Buffer.of(0, 1));
  const pixels = Buffer.concat(rows);
  const head = Buffer.alloc(start);
  head.write('BM');
  head.writeUInt32LE(start + pixels.length, 2);
  head.writeUInt32LE(start, 10);
  head.writeUInt32LE(headerBytes, 14);
  if (headerBytes === 12) {
    head.writeUInt16LE(width, 18);
    head.writeUInt16LE(height, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt16LE(bits, 24);
  } else {
    head.writeInt32LE(width, 18);
    head.writeInt32LE(topDown ? -height : height, 22);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(bits, 28);
    const [runs8, runs4, fields] = [1, 2, 3];
    head.writeUInt32LE(masks ? fields : compressed ? (bits === 8 ? runs8 : runs4) : 0, 30);
    head.writeUInt32LE(pixels.length, 34);
    head.writeUInt32LE(palette.length, 46);
    masks?.slice(0, maskBytes > 0 ? 3 : 4).forEach((mask, i) => {
      head.writeUInt32LE(mask, 54 + 4 * i);
    });
  }
  palette.forEach(([r = 0, g = 0, b = 0], i) => {
    head.set([b, g, r], 14 + headerBytes + entry * i);
  });
  return Buffer.concat([head, pixels]);
}
