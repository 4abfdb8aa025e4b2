// @vitest-environment node
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeAvif } from '../../tests/support/encode-avif.ts';
import { inspectImage } from '../formats/image-header.ts';
import { readAvif } from './avif.ts';
import { type Rgba8, turned } from './image.ts';
import { coloursOfCode } from './png-colours.ts';
import { toSrgb8 } from './to-srgb.ts';

const decoder = await WebAssembly.compile(
  await readFile(fileURLToPath(import.meta.resolve('@jsquash/avif/codec/dec/avif_dec.wasm'))),
);
const [width, height] = [20, 14];
const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : ((i >> 2) * 11 + (i % 4) * 60) % 256,
);
const picture: Rgba8 = { width, height, data };
const photograph = () => sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
const lossless = await photograph().avif({ lossless: true }).toBuffer();
const read = async (file: Buffer) => {
  const pixels = await readAvif(Uint8Array.from(file), decoder);
  if (!pixels) throw new Error('The platform is asked to read it.');
  return pixels;
};
const apart = (a: Rgba8, b: Rgba8) =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? Number.NaN))), 0);

describe('an AVIF file', () => {
  it.each([
    [undefined, undefined, 1],
    [1, undefined, 8],
    [2, undefined, 3],
    [3, undefined, 6],
    [0, 0, 4],
    [0, 1, 2],
    [1, 0, 5],
    [1, 1, 7],
    [2, 0, 2],
    [3, 0, 7],
    [3, 1, 5],
  ] as const)(
    'of %s quarter turns and mirror %s is read upright, and its size told so',
    async (turns, mirror, exif) => {
      const file = encodeAvif(lossless, { width, height, code: [1, 13, 0], ...{ turns, mirror } });
      const expected = turned(picture, exif);
      const pixels = await read(file);
      expect([pixels.width, pixels.height]).toEqual([expected.width, expected.height]);
      expect(apart(pixels, expected)).toBeLessThanOrEqual(1);
      expect(inspectImage(file, file.length)).toMatchObject({ width: expected.width, height: expected.height });
    },
  );

  it('of other primaries or another transfer function becomes sRGB; video’s means sRGB', async () => {
    const samples = Uint16Array.from(data, (value) => 257 * value);
    for (const [primaries, transfer, shown] of [
      [12, 13, 13],
      [1, 8, 8],
      [9, 1, 13],
      [6, 6, 13],
    ] as const) {
      const pixels = await read(encodeAvif(lossless, { width, height, code: [primaries, transfer, 0] }));
      const expected = { width, height, data: toSrgb8(samples, coloursOfCode({ primaries, transfer: shown })) };
      expect(apart(pixels, expected), `${primaries} ${transfer}`).toBeLessThanOrEqual(1);
    }
    for (const code of [
      [1, 1, 0],
      [2, 2, 0],
    ] as const)
      expect(apart(await read(encodeAvif(lossless, { width, height, code })), picture)).toBeLessThanOrEqual(1);
  });

  it('of an ICC profile becomes sRGB', async () => {
    const green = { width: 8, height: 8, channels: 3 as const, background: { r: 40, g: 180, b: 90 } };
    const file = await sharp({ create: green }).withIccProfile('p3').avif({ lossless: true }).toBuffer();
    const { data: pixels } = await read(file);
    for (const [c, value] of [40, 180, 90].entries()) expect(Math.abs((pixels[c] ?? 0) - value)).toBeLessThanOrEqual(1);
  });

  it('of a large profile, or of one with tables, has its size read; the platform reads its colours', async () => {
    const file = encodeAvif(lossless, { width, height, turns: 1, profile: new Uint8Array(300_000) });
    expect(inspectImage(file, file.length)).toMatchObject({ width: height, height: width });
    expect(await readAvif(Uint8Array.from(file), decoder)).toBeNull();
  });

  it('of half the colour samples has none of them repeated: a ramp of colour stays one', async () => {
    const ramp = Uint8Array.from(
      { length: 64 * 16 * 3 },
      (_, i) => [4 * (Math.floor(i / 3) % 64), 90, 160][i % 3] ?? 0,
    );
    const file = await sharp(ramp, { raw: { width: 64, height: 16, channels: 3 } })
      .avif({ quality: 100, chromaSubsampling: '4:2:0' })
      .toBuffer();
    const { data: pixels } = await read(file);
    const reds = Array.from({ length: 56 }, (_, i) => pixels[(8 * 64 + i + 4) * 4] ?? 0);
    const steps = reds.slice(1).map((value, i) => value - (reds[i] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...steps)).toBeLessThanOrEqual(6);
  });

  it.each([16, 18])('of HDR (transfer %i) is refused in a sentence', async (transfer) => {
    await expect(read(encodeAvif(lossless, { width, height, code: [9, transfer, 9] }))).rejects.toThrow(
      'The image is an HDR picture or of unusual colours: convert it to sRGB first.',
    );
  });

  it('that is cut off is refused, and the next is read', async () => {
    for (const share of [0.5, 0.9]) {
      await expect(read(lossless.subarray(0, Math.floor(lossless.length * share)))).rejects.toThrow();
      expect(apart(await read(lossless), picture)).toBeLessThanOrEqual(1);
    }
  });
});
