import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32 } from '../src/formats/crc32.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import { readImage } from './image-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'cosr-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

const stored = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

/** Red, green, blue and grey in the quadrants. */
const colours = [
  [200, 60, 40],
  [40, 180, 80],
  [50, 70, 200],
  [128, 128, 128],
] as const;
const [width, height] = [8, 6];
const quadrant = (x: number, y: number) => (x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2);

function atQuadrants({ width: w, height: h, data }: Rgba8): number[][] {
  const at = (x: number, y: number) => [...data.subarray((y * w + x) * 4, (y * w + x) * 4 + 3)];
  const [left, right, top, bottom] = [w >> 2, (3 * w) >> 2, h >> 2, (3 * h) >> 2];
  return [at(left, top), at(right, top), at(left, bottom), at(right, bottom)];
}

function expectColours(image: Rgba8, wanted: readonly (readonly number[])[], most: number): void {
  atQuadrants(image).forEach((found, i) => {
    found.forEach((value, c) => {
      expect(Math.abs(value - (wanted[i]?.[c] ?? Number.NaN)), `quadrant ${i}, channel ${c}`).toBeLessThanOrEqual(most);
    });
  });
}

/** @param encode value of a channel 0 … 255 → stored sample 0 … 65535 */
function png16(encode: (value: number, channel: number) => number): Promise<Buffer> {
  const samples = Uint16Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.round(encode(colours[quadrant(x, y)]?.[i % 3] ?? 0, i % 3));
  });
  return sharp(samples, { raw: { width, height, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
}

/** The PNG with a chunk behind its header. */
function withChunk(png: Buffer, type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([png.subarray(0, 33), length, body, checksum, png.subarray(33)]);
}

const integers = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
};

const light = (value: number) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};
const linear16 = () => png16((value) => 65_535 * light(value));
const plain16 = () => png16((value) => 257 * value);
const p3Chromaticities = integers(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000);
/** Linear sRGB → linear Display P3. */
const intoP3 = [
  [0.8225, 0.1774, 0],
  [0.0332, 0.9669, 0],
  [0.0171, 0.0724, 0.9108],
] as const;

describe('readImage of a PNG with colour tags', () => {
  it('converts light that gAMA says is linear', async () => {
    const image = await readImage(stored('gama.png', withChunk(await linear16(), 'gAMA', integers(100_000))));
    expectColours(image, colours, 1);
  });

  it('converts the primaries of cHRM with the gamma of gAMA', async () => {
    const samples = Uint16Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      const rgb = colours[quadrant(x, y)] ?? [0, 0, 0];
      const row: readonly number[] = intoP3[i % 3] ?? [0, 0, 0];
      return Math.round(65_535 * row.reduce((sum, weight, c) => sum + weight * light(rgb[c] ?? 0), 0));
    });
    const png = await sharp(samples, { raw: { width, height, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const tagged = withChunk(withChunk(png, 'cHRM', p3Chromaticities), 'gAMA', integers(100_000));
    expectColours(await readImage(stored('chrm.png', tagged)), colours, 1);
    // The same by code points: Display P3, linear.
    const cicp = withChunk(png, 'cICP', Uint8Array.of(12, 8, 0, 1));
    expectColours(await readImage(stored('cicp.png', cicp)), colours, 1);
  });

  it('takes sRGB’s primaries where cHRM has none that span colours', async () => {
    const png = withChunk(await linear16(), 'cHRM', integers(0, 0, 0, 0, 0, 0, 0, 0));
    const image = await readImage(stored('nochrm.png', withChunk(png, 'gAMA', integers(100_000))));
    expectColours(image, colours, 1);
  });

  it('leaves sRGB alone: by its chunk, whatever gAMA says, and by a gamma of 1/2.2', async () => {
    const srgb = withChunk(withChunk(await plain16(), 'gAMA', integers(100_000)), 'sRGB', Uint8Array.of(0));
    expectColours(await readImage(stored('srgb.png', srgb)), colours, 0);
    const usual = withChunk(await plain16(), 'gAMA', integers(45_455));
    expectColours(await readImage(stored('usual.png', usual)), colours, 0);
  });

  it('converts profiles of 16 bits: colours and greys', async () => {
    const image = (name: string) => readImage(resolve(import.meta.dirname, '../tests/images/colour', name));
    expectColours(await image('linear-16.png'), colours, 2);
    expectColours(await image('adobe-16.png'), colours, 2);
    const greys = [20, 90, 160, 230].map((value) => [value, value, value]);
    expectColours(await image('grey-linear-16.png'), greys, 1);
  });

  it('refuses HDR and wrong checksums in a sentence', async () => {
    const hdr = withChunk(await plain16(), 'cICP', Uint8Array.of(9, 16, 0, 1));
    await expect(readImage(stored('hdr.png', hdr))).rejects.toThrow(/HDR/);
    const damaged = Buffer.from(await plain16());
    const at = damaged.indexOf('IDAT');
    damaged[at + 12] = (damaged[at + 12] ?? 0) ^ 1;
    await expect(readImage(stored('damaged.png', damaged))).rejects.toThrow(/checksum/);
  });
});

/** A BMP of one row of colours, stored bottom up. @param masks of red, green, blue, alpha; BI_BITFIELDS then */
function bmp(
  bits: 24 | 32,
  pixel: (rgb: readonly number[]) => number[],
  masks: readonly number[] | null = null,
): Buffer {
  const headerBytes = masks ? 108 : 40;
  const row = colours.flatMap((rgb) => pixel(rgb));
  const bytes = Buffer.alloc(14 + headerBytes + row.length);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(14 + headerBytes, 10);
  bytes.writeUInt32LE(headerBytes, 14);
  bytes.writeInt32LE(colours.length, 18);
  bytes.writeInt32LE(1, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(masks ? 3 : 0, 30);
  masks?.forEach((mask, i) => {
    bytes.writeUInt32LE(mask, 54 + 4 * i);
  });
  Buffer.from(row).copy(bytes, 14 + headerBytes);
  return bytes;
}

describe('readImage of a BMP', () => {
  const opaque = colours.flatMap((rgb) => [...rgb, 255]);

  it('reads 24 bits, and 32 bits whose fourth byte is padding', async () => {
    const plain = await readImage(
      stored(
        'plain.bmp',
        bmp(24, ([r = 0, g = 0, b = 0]) => [b, g, r]),
      ),
    );
    expect([plain.width, plain.height, [...plain.data]]).toEqual([4, 1, opaque]);
    const padded = await readImage(
      stored(
        'padded.bmp',
        bmp(32, ([r = 0, g = 0, b = 0]) => [b, g, r, 7]),
      ),
    );
    expect([...padded.data]).toEqual(opaque);
  });

  it('reads alpha where there is a mask for it', async () => {
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const file = bmp(32, ([r = 0, g = 0, b = 0]) => [b, g, r, 99], masks);
    const { data } = await readImage(stored('alpha.bmp', file));
    expect([...data]).toEqual(colours.flatMap((rgb) => [...rgb, 99]));
  });
});
