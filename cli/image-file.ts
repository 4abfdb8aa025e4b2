/** Image files in Node, through sharp (libvips): upright, first frame, 8-bit sRGB with alpha, as Chromium shows them. */
import { open, readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { decode as decodeBmp } from 'bmp-ts';
import sharp, { type OutputInfo } from 'sharp';
import { errorMessage, FormatError } from '../src/formats/errors.ts';
import { greyCurve } from '../src/formats/icc-grey.ts';
import { checkImageLimits, type ImageInfo, inspectImage } from '../src/formats/image-header.ts';
import { type PngColour, readPngColour } from '../src/formats/png-chunks.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import {
  displayP3Primaries,
  type Primaries,
  rec2020Primaries,
  spansColours,
  srgbPrimaries,
  toSrgb8,
} from '../src/imaging/to-srgb.ts';
import { writeWhole } from './whole-file.ts';

const headerBytes = 1 << 20;
const sharpOptions = { failOn: 'truncated', autoOrient: true } as const;

const rgba8 = ({ data, info }: { data: Buffer; info: OutputInfo }): Rgba8 => ({
  width: info.width,
  height: info.height,
  data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length),
});

/** Offset of a BMP's header size, and of the alpha mask that headers from `alphaHeader` bytes on have. */
const [headerAt, alphaMaskAt, alphaHeader] = [14, 66, 56];

/** libvips takes no BMP. Without an alpha mask the fourth byte of a pixel is padding, as Chromium has it. */
function readBmp(bytes: Buffer): Rgba8 {
  const { width, height, bitPP, data: abgr } = decodeBmp(bytes);
  const hasAlpha = bitPP === 32 && bytes.readUInt32LE(headerAt) >= alphaHeader && bytes.readUInt32LE(alphaMaskAt) !== 0;
  const data = new Uint8ClampedArray(abgr.length);
  for (let at = 0; at < data.length; at += 4) {
    for (let c = 0; c < 3; c++) data[at + c] = abgr[at + 3 - c] ?? 0;
    data[at + 3] = hasAlpha ? (abgr[at] ?? 0) : 255;
  }
  return { width, height, data };
}

const codePointPrimaries: Readonly<Partial<Record<number, Primaries>>> = {
  1: srgbPrimaries,
  9: rec2020Primaries,
  12: displayP3Primaries,
};
const srgbLight = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const rec709Light = (v: number) => (v < 0.081 ? v / 4.5 : ((v + 0.099) / 1.099) ** (1 / 0.45));
const codePointLight: Readonly<Partial<Record<number, (v: number) => number>>> = {
  1: rec709Light,
  6: rec709Light,
  8: (v) => v,
  13: srgbLight,
  14: rec709Light,
  15: rec709Light,
};
/** A gamma this near to 1/2.2 means sRGB. */
const nearly22 = 0.01;

/** The colours of a PNG that libvips does not convert: cICP before iCCP before sRGB before gAMA and cHRM; null: it does, or they are sRGB. */
function taggedColours({ codePoints, hasProfile, isSrgb, gamma, chromaticities }: PngColour) {
  if (codePoints) {
    const [primaries, light] = [codePointPrimaries[codePoints.primaries], codePointLight[codePoints.transfer]];
    if (primaries && light) return { primaries, light };
    throw new FormatError('The image is an HDR picture or of unusual colours: convert it to sRGB first.');
  }
  if (hasProfile || isSrgb || gamma === null || gamma === 0) return null;
  if (Math.abs(gamma - 1 / 2.2) < nearly22 && chromaticities === null) return null;
  return {
    primaries: chromaticities && spansColours(chromaticities) ? chromaticities : srgbPrimaries,
    light: (v: number) => v ** (1 / gamma),
  };
}

async function readWithTags(bytes: Buffer, { primaries, light }: NonNullable<ReturnType<typeof taggedColours>>) {
  const raw = await sharp(bytes, { ...sharpOptions, ignoreIcc: true })
    .toColourspace('rgb16')
    .ensureAlpha()
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(raw.data.buffer as ArrayBuffer, raw.data.byteOffset, raw.data.length / 2);
  return { width: raw.info.width, height: raw.info.height, data: toSrgb8(samples, primaries, light) };
}

async function decode(bytes: Buffer, type: string): Promise<Rgba8> {
  if (type === 'bmp') return readBmp(bytes);
  const tags = type === 'png' ? taggedColours(readPngColour(bytes)) : null;
  if (tags) return readWithTags(bytes, tags);
  const { depth, icc, channels } = await sharp(bytes).metadata();
  const isDeep = depth === 'ushort' && icc !== undefined;
  // libvips does not convert profiles of 16-bit greys, and leaves 16-bit colours in P3 unless it is told a profile.
  if (isDeep && channels < 3) return readWithTags(bytes, { primaries: srgbPrimaries, light: greyCurve(icc) });
  const picture = sharp(bytes, sharpOptions);
  const converted = isDeep ? picture.withIccProfile('srgb') : picture;
  return rgba8(
    await converted.toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  );
}

async function inspect(path: string): Promise<ImageInfo> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    const head = new Uint8Array(Math.min(size, headerBytes));
    await file.read(head, 0, head.length, 0);
    return inspectImage(head, size);
  } finally {
    await file.close();
  }
}

/** @throws one sentence; the header is checked before the file is read and the decoder allocates anything. */
export async function readImage(path: string): Promise<Rgba8> {
  const info = await inspect(path);
  checkImageLimits(info);
  try {
    return await decode(await readFile(path), info.type);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const cause = errorMessage(error).split('\n')[0];
    throw new Error(`the image is damaged, cut off or of a kind that can't be read here (${cause}).`);
  }
}

/** Format by the name's ending. An opaque picture is written without an alpha channel; JPEG gets a white ground. */
export async function writeImage(path: string, image: Rgba8): Promise<void> {
  let picture = sharp(image.data, {
    raw: { width: image.width, height: image.height, channels: 4 },
    limitInputPixels: false,
  });
  let opaque = true;
  for (let i = 3; opaque && i < image.data.length; i += 4) opaque = image.data[i] === 255;
  if (opaque) picture = picture.removeAlpha();
  const ending = extname(path).toLowerCase();
  if (ending === '.png') picture = picture.png({ compressionLevel: 6 });
  else if (ending === '.webp') picture = picture.webp({ quality: 95 });
  else picture = picture.flatten({ background: '#fff' }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' });
  await picture.toFile(path);
}

export const writeImageWhole = (path: string, image: Rgba8) =>
  writeWhole(path, (temporary) => writeImage(temporary, image));
