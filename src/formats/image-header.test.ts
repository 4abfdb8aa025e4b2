import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../imaging/random.ts';
import { FormatError } from './errors.ts';
import { checkImageLimits, inspectImage, upscaleLimits } from './image-header.ts';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: { r: 200, g: 90, b: 10, alpha: 0.5 } } });

/** A BMP header of today's kind (negative height: rows from the top) or OS/2's. */
function bitmap(width: number, height: number, headerSize: 12 | 40): Uint8Array {
  const bytes = new Uint8Array(54);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(14, headerSize, true);
  if (headerSize === 12) {
    view.setUint16(18, width, true);
    view.setUint16(20, height, true);
  } else {
    view.setInt32(18, width, true);
    view.setInt32(22, -height, true);
  }
  return bytes;
}

const jpeg = await picture(40, 30).flatten().jpeg().toBuffer();
const files = {
  png: await picture(31, 17).png().toBuffer(),
  jpeg,
  gif: await picture(12, 34).gif().toBuffer(),
  webp: await picture(33, 22).webp({ quality: 50 }).toBuffer(),
  avif: await picture(48, 36).avif({ effort: 0 }).toBuffer(),
  bmp: bitmap(21, 43, 40),
};
const sizes = { png: [31, 17], jpeg: [40, 30], gif: [12, 34], webp: [33, 22], avif: [48, 36], bmp: [21, 43] };
const types = ['png', 'jpeg', 'gif', 'webp', 'avif', 'bmp'] as const;

const inspect = (bytes: Uint8Array) => inspectImage(bytes, bytes.length);

/** Puts segments right behind a JPEG's start marker. */
function withSegments(...segments: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]));
}

/** An APP1 EXIF segment: one directory at `offset` with `count` said and one given entry. */
function exif(orientation: number, { big = false, offset = 8, count = 1, type = 3 } = {}): Uint8Array {
  const bytes = new Uint8Array(2 + 2 + 6 + offset + 2 + 12 + 4);
  const view = new DataView(bytes.buffer);
  const little = !big;
  view.setUint16(0, 0xffe1);
  view.setUint16(2, bytes.length - 2);
  bytes.set([0x45, 0x78, 0x69, 0x66, 0, 0], 4);
  view.setUint16(10, big ? 0x4d4d : 0x4949);
  view.setUint16(12, 42, little);
  view.setUint32(14, offset, little);
  const directory = 10 + offset;
  view.setUint16(directory, count, little);
  view.setUint16(directory + 2, 0x0112, little);
  view.setUint16(directory + 4, type, little);
  view.setUint32(directory + 6, 1, little);
  view.setUint16(directory + 10, orientation, little);
  return bytes;
}

describe('inspectImage', () => {
  it.each(types)('reads %s', (type) => {
    const [width, height] = sizes[type];
    expect(inspect(files[type])).toEqual({ type, mime: `image/${type}`, width, height, orientation: 1 });
  });

  it('reads the other kinds of WebP, BMP and JPEG', async () => {
    expect(inspect(await picture(300, 200).webp({ lossless: true }).toBuffer())).toMatchObject({
      width: 300,
      height: 200,
    });
    expect(inspect(await picture(30, 20).flatten().webp().toBuffer())).toMatchObject({ width: 30, height: 20 });
    expect(inspect(bitmap(5, 6, 12))).toMatchObject({ width: 5, height: 6 });
    expect(inspect(await picture(9, 7).flatten().jpeg({ progressive: true }).toBuffer())).toMatchObject({
      width: 9,
      height: 7,
    });
  });

  it('reads a head that is a view into a larger buffer', () => {
    const larger = new Uint8Array(files.png.length + 200).fill(7);
    larger.set(files.png, 100);
    expect(inspect(larger.subarray(100, 100 + files.png.length))).toMatchObject({ width: 31, height: 17 });
    expect(() => inspect(larger.subarray(100, 120))).toThrow('The PNG image is damaged or cut off');
  });

  it('turns the size by the EXIF orientation', async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = await picture(40, 30).flatten().withMetadata({ orientation }).jpeg().toBuffer();
      const [width, height] = orientation >= 5 ? [30, 40] : [40, 30];
      expect(inspect(file)).toMatchObject({ orientation, width, height });
      expect(inspect(withSegments(exif(orientation, { big: true, offset: 20 })))).toMatchObject({
        orientation,
        width,
        height,
      });
    }
  });

  it('takes a damaged EXIF block for none', () => {
    for (const segment of [exif(9), exif(0), exif(6, { type: 4 }), exif(6, { offset: 8 }).fill(0xff, 14, 18)]) {
      expect(inspect(withSegments(segment))).toMatchObject({ orientation: 1, width: 40, height: 30 });
    }
    expect(inspect(withSegments(exif(6, { count: 65535 })))).toMatchObject({ orientation: 6, width: 30, height: 40 });
  });

  it('looks behind large segments and fill bytes, up to 1 MB', () => {
    const profile = new Uint8Array(65535 + 2).fill(0x11);
    profile.set([0xff, 0xe2, 0xff, 0xff]);
    const fill = new Uint8Array(9).fill(0xff);
    const file = withSegments(...Array.from({ length: 12 }, () => profile), fill, exif(8));
    expect(inspectImage(file.subarray(0, 1 << 20), file.length)).toMatchObject({ orientation: 8, width: 30 });
    expect(() => inspectImage(file.subarray(0, 1 << 18), file.length)).toThrow('its first 262,144 bytes give no size');
    const huge = withSegments(...Array.from({ length: 20 }, () => profile));
    expect(() => inspect(huge)).toThrow('its first 1,048,576 bytes give no size');
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'The file is empty.'],
    ['one byte', Uint8Array.of(0x89), 'The file is not a PNG, JPEG, WebP, GIF, AVIF or BMP image: convert it first.'],
    ['a text', new TextEncoder().encode('BM: bitmap or (as here) just two letters?'), 'not a PNG, JPEG'],
    ['an SVG', new TextEncoder().encode('<svg width="9" height="9"/>'), 'not a PNG, JPEG'],
    ['zeros', new Uint8Array(100), 'not a PNG, JPEG'],
    ['a TIFF', new TextEncoder().encode('II*\0rest'), 'a TIFF or camera raw image, not a PNG'],
    ['a HEIC', new TextEncoder().encode('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), 'a HEIC image, not a PNG'],
    ['a video', new TextEncoder().encode('\0\0\0\x18ftypisom\0\0\0\0isomavc1'), 'not a PNG, JPEG'],
    ['a PDF', new TextEncoder().encode('%PDF-1.7'), 'a PDF document, not a PNG'],
    ['a PNG of signature alone', files.png.subarray(0, 8), 'The PNG image is damaged or cut off'],
    ['half a WebP header', files.webp.subarray(0, 22), 'The WebP image is damaged or cut off'],
    ['half a GIF header', files.gif.subarray(0, 8), 'The GIF image is damaged or cut off'],
    ['a cut-off AVIF', files.avif.subarray(0, 60), 'The AVIF image is damaged or cut off'],
    ['a cut-off JPEG', jpeg.subarray(0, 100), 'The JPEG image is damaged or cut off'],
    ['a BMP without width', bitmap(0, 5, 40), 'it says that it is 0 × 5 px'],
    ['a BMP without height', bitmap(-4, 5, 12).fill(0, 20, 22), '× 0 px'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => inspect(bytes)).toThrow(FormatError);
    expect(() => inspect(bytes)).toThrow(message);
  });

  it('never fails but with a FormatError, and gives whole positive sizes', () => {
    const random = new RandomStream(77);
    for (const type of types) {
      for (let i = 0; i < 1500; i++) {
        const bytes = Uint8Array.from(files[type]).slice(0, random.integer(4) ? undefined : random.integer(200));
        // Most changes go to the header, where they matter.
        for (let n = random.integer(12); n > 0; n--)
          bytes[random.integer(Math.min(bytes.length, 400))] = random.integer(256);
        try {
          const { width, height, orientation } = inspect(bytes);
          if (!(Number.isSafeInteger(width) && width > 0 && Number.isSafeInteger(height) && height > 0)) {
            throw new Error(`${type} of ${width} × ${height}`);
          }
          if (!(orientation >= 1 && orientation <= 8)) throw new Error(`orientation ${orientation}`);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }
    }
  });

  it('gets through a hostile megabyte before the test’s time is up', () => {
    const head = (start: string, fill: number | Uint8Array) => {
      const bytes = new Uint8Array(1 << 20);
      const pattern = typeof fill === 'number' ? Uint8Array.of(fill) : fill;
      for (let i = 0; i < bytes.length; i++) bytes[i] = pattern[i % pattern.length];
      bytes.set(Uint8Array.from(start, (letter) => letter.charCodeAt(0)));
      return bytes;
    };
    const ispe = Uint8Array.from('\0\0\0\x14ispe\0\0\0\0\0\0\0\x01\0\0\0\x01', (letter) => letter.charCodeAt(0));
    const box = (size: number, name: string) =>
      String.fromCharCode(size >> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255) + name;
    const meta = `${box(16, 'ftyp')}avif\0\0\0\0${box(1_048_000, 'meta')}\0\0\0\0${box(1_047_900, 'iprp')}${box(1_047_800, 'ipco')}`;
    const hostile = [
      head('\xff\xd8\xff\xe1', 0),
      head('\xff\xd8\xff\xe1', 0xff),
      head('\xff\xd8\xff', Uint8Array.of(0xff, 0xe1, 0, 2)),
      head(
        '\xff\xd8\xff',
        Uint8Array.of(0xff, 0xe1, 0, 16, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8),
      ),
      head(meta, ispe),
      head(meta, 0),
      head(`${box(16, 'ftyp')}avif`, 0),
      head('RIFF\0\0\0\0WEBPVP8X', 0xff),
    ];
    for (const bytes of hostile) {
      try {
        inspect(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});

describe('checkImageLimits', () => {
  it('takes what fits a canvas after ×4', () => {
    expect(() => checkImageLimits({ width: 4096, height: 4096 })).not.toThrow();
    expect(() => checkImageLimits({ width: 1, height: 4096 })).not.toThrow();
    expect(upscaleLimits.maxPixels * 16).toBe(16_384 ** 2);
  });

  it('refuses larger ones, saying the size, the limit and what to do', () => {
    expect(() => checkImageLimits({ width: 12_000, height: 8_400 })).toThrow(
      'The image is 12,000 × 8,400 px (100.8 MP), over the limit of 4,096 px a side and 16.8 MP for ×4: crop it or scale it down first.',
    );
    expect(() => checkImageLimits({ width: 4097, height: 1 })).toThrow(FormatError);
    expect(() => checkImageLimits({ width: 100, height: 100 }, { maxSide: 200, maxPixels: 9999 })).toThrow('MP');
  });

  it('refuses a 100-megapixel PNG by its header', () => {
    const bytes = Uint8Array.from(files.png);
    new DataView(bytes.buffer).setUint32(16, 10_000);
    new DataView(bytes.buffer).setUint32(20, 10_000);
    expect(() => checkImageLimits(inspect(bytes))).toThrow('10,000 × 10,000 px (100 MP)');
  });
});
