import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { webpOrientation } from '../src/formats/exif.ts';
import { type Rgba8, turned } from '../src/imaging/image.ts';
import { encodeBmp } from '../tests/support/encode-bmp.ts';
import { encodePng, exifBlock, pngChunk, withChunk, words } from '../tests/support/encode-png.ts';
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

const png16of = (width: number, height: number) =>
  encodePng({ width, height, kind: 'grey', depth: 16, sample: () => 9 });

const light = (value: number) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};
const linear16 = () => png16((value) => 65_535 * light(value));
const plain16 = () => png16((value) => 257 * value);
const p3Chromaticities = words(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000);
/** Linear sRGB → linear Display P3. */
const intoP3 = [
  [0.8225, 0.1774, 0],
  [0.0332, 0.9669, 0],
  [0.0171, 0.0724, 0.9108],
] as const;

describe('readImage of a PNG with colour tags', () => {
  it('converts light that gAMA says is linear', async () => {
    const image = await readImage(stored('gama.png', withChunk(await linear16(), 'gAMA', words(100_000))));
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
    const tagged = withChunk(withChunk(png, 'cHRM', p3Chromaticities), 'gAMA', words(100_000));
    expectColours(await readImage(stored('chrm.png', tagged)), colours, 1);
    // The same by code points: Display P3, linear.
    const cicp = withChunk(png, 'cICP', Uint8Array.of(12, 8, 0, 1));
    expectColours(await readImage(stored('cicp.png', cicp)), colours, 1);
  });

  it('takes sRGB’s primaries where cHRM has none that span colours', async () => {
    const png = withChunk(await linear16(), 'cHRM', words(0, 0, 0, 0, 0, 0, 0, 0));
    const image = await readImage(stored('nochrm.png', withChunk(png, 'gAMA', words(100_000))));
    expectColours(image, colours, 1);
  });

  it('leaves sRGB alone: by its chunk, whatever gAMA says, and by a gamma of 1/2.2', async () => {
    const srgb = withChunk(withChunk(await plain16(), 'gAMA', words(100_000)), 'sRGB', Uint8Array.of(0));
    expectColours(await readImage(stored('srgb.png', srgb)), colours, 0);
    const usual = withChunk(await plain16(), 'gAMA', words(45_455));
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

const bits24 = (x: number) => (colours[x] ?? [0, 0, 0]).reduce((bits, value) => bits * 256 + value, 0);
const row = { width: 4, height: 1, pixel: bits24 };
const alphaMasks = [0xff0000, 0xff00, 0xff, 0xff000000];

describe('readImage of a PNG with a second header', () => {
  it('reads the picture whose size was checked', async () => {
    const [small, large] = [png16of(2, 2), png16of(4097, 1)];
    const two = Buffer.concat([small.subarray(0, 33), large.subarray(8)]);
    const { width, height } = await readImage(stored('two.png', two));
    expect([width, height]).toEqual([2, 2]);
  });
});

describe('readImage', () => {
  it('says what is no file at all', async () => {
    await expect(readImage(join(folder, 'missing.png'))).rejects.toThrow(/^There is no file missing\.png\.$/);
    await expect(readImage(folder)).rejects.toThrow(/^cosr-images-\w+ is a folder, not a picture\.$/);
  });
});

describe('readImage of a GIF', () => {
  it('refuses a frame that is larger than allowed, whatever the header says', async () => {
    const gif = await sharp({ create: { width: 4097, height: 1, channels: 3, background: '#123' } })
      .gif()
      .toBuffer();
    gif.writeUInt16LE(8, 6);
    await expect(readImage(stored('frame.gif', gif))).rejects.toThrow('4,097 × 1 px');
  });
});

describe('readImage of a BMP', () => {
  const opaque = colours.flatMap((rgb) => [...rgb, 255]);

  it('reads 24 bits, and 32 bits whose fourth byte is padding', async () => {
    const plain = await readImage(stored('plain.bmp', encodeBmp({ ...row, bits: 24 })));
    expect([plain.width, plain.height, [...plain.data]]).toEqual([4, 1, opaque]);
    const pixel = (x: number) => bits24(x) + 7 * 2 ** 24;
    const padded = await readImage(stored('padded.bmp', encodeBmp({ ...row, bits: 32, pixel })));
    expect([...padded.data]).toEqual(opaque);
  });

  it('reads alpha where there is a mask for it, and a picture without any as opaque', async () => {
    const pixel = (x: number) => bits24(x) + 99 * 2 ** 24;
    const file = encodeBmp({ ...row, bits: 32, masks: alphaMasks, pixel });
    const { data } = await readImage(stored('alpha.bmp', file));
    expect([...data]).toEqual(colours.flatMap((rgb) => [...rgb, 99]));
    const unused = await readImage(stored('no-alpha.bmp', encodeBmp({ ...row, bits: 32, masks: alphaMasks })));
    expect([...unused.data]).toEqual(opaque);
  });

  it('reads runs of indices, OS/2’s header, 5 bits a colour and rows from the top', async () => {
    const indexed = { ...row, height: 2, palette: [...colours].reverse(), pixel: (x: number) => 3 - x };
    for (const [name, picture] of Object.entries({
      runs8: { ...indexed, bits: 8, compressed: true },
      runs4: { ...indexed, bits: 4, compressed: true },
      os2: { ...indexed, bits: 4, header: 12 },
      down: { ...indexed, bits: 8, topDown: true },
    } as const)) {
      const { data } = await readImage(stored(`${name}.bmp`, encodeBmp(picture)));
      expect([...data], name).toEqual([...opaque, ...opaque]);
    }
    const { data } = await readImage(
      stored('555.bmp', encodeBmp({ width: 2, height: 1, bits: 16, pixel: (x) => (x === 0 ? 0x7fff : 0x4210) })),
    );
    expect([...data.subarray(0, 7)]).toEqual([255, 255, 255, 255, 132, 132, 132]);
  });

  it('refuses cut-off files and kinds that it does not read in a sentence', async () => {
    const whole = encodeBmp({ ...row, bits: 24 });
    await expect(readImage(stored('cut.bmp', whole.subarray(0, -3)))).rejects.toThrow('damaged or cut off');
    const odd = Buffer.from(whole);
    odd.writeUInt32LE(5, 30);
    await expect(readImage(stored('png.bmp', odd))).rejects.toThrow('save it as PNG first');
  });

  it('takes no header for OS/2’s whose size only begins like it: another size would be read than was checked', async () => {
    const wide = { ...row, width: 65_537, bits: 8, compressed: true, palette: [[1, 2, 3]], pixel: () => 0 } as const;
    const file = encodeBmp(wide);
    file.writeUInt32LE(0x1000c, 14);
    await expect(readImage(stored('wide.bmp', file))).rejects.toThrow('not a PNG');
  });
});

describe('readImage of a turned picture', () => {
  const samples = Uint8ClampedArray.from({ length: 24 }, (_, i) => (i % 4 === 3 ? 255 : i * 9));
  const picture = { width: 2, height: 3, data: samples };
  const encoder = () => sharp(samples, { raw: { width: 2, height: 3, channels: 4 } });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns WebP and PNG of EXIF orientation %i', async (orientation) => {
    const wanted = await encoder().withMetadata({ orientation }).png().toBuffer();
    const upright = await sharp(wanted).autoOrient().raw().toBuffer();
    const mine = turned(picture, orientation);
    expect([...mine.data]).toEqual([...upright]);
    expect([mine.width, mine.height]).toEqual(orientation < 5 ? [2, 3] : [3, 2]);
    const webp = await encoder().withMetadata({ orientation }).webp({ lossless: true }).toBuffer();
    expect(await readImage(stored('exif.webp', webp))).toEqual(mine);
    expect(await readImage(stored('exif.png', wanted))).toEqual(mine);
    expect(await webpOrientation(new Blob([Uint8Array.from(webp)]))).toBe(orientation);
    const deep = encodePng({
      ...picture,
      kind: 'rgba',
      depth: 16,
      sample: (x, y, c) => 257 * (samples[(y * 2 + x) * 4 + c] ?? 0),
      chunks: [pngChunk('eXIf', exifBlock(orientation))],
    });
    expect(await readImage(stored('deep.png', deep))).toEqual(mine);
  });

  it('takes a WebP without EXIF, or with half a block, for upright', async () => {
    const plain = Uint8Array.from(await encoder().webp({ lossless: true }).toBuffer());
    expect(await webpOrientation(new Blob([plain]))).toBe(1);
    const webp = Uint8Array.from(await encoder().withMetadata({ orientation: 6 }).webp().toBuffer());
    expect(await webpOrientation(new Blob([webp.subarray(0, -40)]))).toBe(1);
  });
});
