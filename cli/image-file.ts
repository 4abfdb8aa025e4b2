/** Image files in Node, through sharp (libvips): upright, first frame, 8-bit sRGB with alpha, as Chromium shows them. */
import { openAsBlob } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type OutputInfo } from 'sharp';
import { readBmp } from '../src/formats/bmp.ts';
import { damagedImage, FormatError } from '../src/formats/errors.ts';
import { webpOrientation } from '../src/formats/exif.ts';
import {
  checkImageLimits,
  type ImageInfo,
  type ImageLimits,
  type ImageType,
  inspectImage,
} from '../src/formats/image-header.ts';
import { hasDeepSamples, readPngChunks } from '../src/formats/png.ts';
import { readAvif } from '../src/imaging/avif.ts';
import { type Rgba8, withoutHiddenColours } from '../src/imaging/image.ts';
import { readDeepPng, taggedColours } from '../src/imaging/png-colours.ts';
import { type Colours, toSrgb8 } from '../src/imaging/to-srgb.ts';
import { keepOriginal, writeWhole } from './whole-file.ts';

const headerBytes = 1 << 20;
const sharpOptions = { failOn: 'truncated', autoOrient: true } as const;

const rgba8 = ({ data, info }: { data: Buffer; info: OutputInfo }): Rgba8 => ({
  width: info.width,
  height: info.height,
  data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length),
});

/** Samples of 8 bits with the colours that a PNG's tags give them. */
async function readWithTags(bytes: Buffer, colours: Colours): Promise<Rgba8> {
  const { width, height, data } = rgba8(
    await sharp(bytes, { ...sharpOptions, ignoreIcc: true })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  return {
    width,
    height,
    data: toSrgb8(
      Uint16Array.from(data, (value) => 257 * value),
      colours,
    ),
  };
}

/** Inks without a profile, as Chromium mixes them: what is not absorbed by an ink and by black. */
async function readInks(bytes: Buffer): Promise<Rgba8> {
  const { data: inks, info } = await sharp(bytes, sharpOptions)
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const data = new Uint8ClampedArray(inks.length);
  for (let at = 0; at < data.length; at += 4) {
    const light = 255 - (inks[at + 3] ?? 0);
    for (let c = 0; c < 3; c++) data[at + c] = ((255 - (inks[at + c] ?? 0)) * light) / 255;
    data[at + 3] = 255;
  }
  return { width: info.width, height: info.height, data };
}

let avifModule: Promise<WebAssembly.Module> | null = null;

function loadAvifDecoder(): Promise<WebAssembly.Module> {
  avifModule ??= readFile(fileURLToPath(import.meta.resolve('@jsquash/avif/codec/dec/avif_dec.wasm'))).then((bytes) =>
    WebAssembly.compile(bytes),
  );
  return avifModule;
}

async function decode(bytes: Buffer<ArrayBuffer>, type: ImageType, limits?: ImageLimits): Promise<Rgba8> {
  // libvips takes no BMP, and repeats AVIF's colour samples instead of interpolating them.
  if (type === 'bmp') return readBmp(bytes);
  if (type === 'avif') {
    const picture = await readAvif(bytes, await loadAvifDecoder());
    if (picture) return picture;
  }
  if (type === 'png') {
    const deep = hasDeepSamples(bytes) ? await readDeepPng(bytes) : null;
    if (deep) return deep;
    const colours = taggedColours(readPngChunks(bytes).colour);
    if (colours) return readWithTags(bytes, colours);
  }
  const { depth, icc, space, width, height } = await sharp(bytes).metadata();
  // The frame of a GIF may be larger than its header says.
  checkImageLimits({ width, height }, limits);
  if (space === 'cmyk' && icc === undefined) return readInks(bytes);
  const picture = sharp(bytes, sharpOptions);
  // libvips leaves 16-bit colours in their profile's space unless it is told another.
  const converted = depth === 'ushort' && icc !== undefined ? picture.withIccProfile('srgb') : picture;
  return rgba8(
    await converted.toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  );
}

/** Kind and stored size, from the file's head. @throws one sentence when it is no picture */
export async function inspectImageFile(path: string): Promise<ImageInfo> {
  await keepOriginal(path);
  const info = await stat(path).catch(() => null);
  if (!info) throw new FormatError(`There is no file ${basename(path)}.`);
  if (info.isDirectory()) throw new FormatError(`${basename(path)} is a folder, not a picture.`);
  const { size } = info;
  const file = await open(path).catch(() => {
    throw new FormatError(`There is no permission to read ${basename(path)}.`);
  });
  try {
    const head = new Uint8Array(Math.min(size, headerBytes));
    await file.read(head, 0, head.length, 0);
    return inspectImage(head, size);
  } finally {
    await file.close();
  }
}

/**
 * Upright, in pixels.
 * @param limits left out: those of what can be upscaled
 * @throws one sentence
 */
export async function readImageSize(
  path: string,
  limits?: ImageLimits,
): Promise<{ readonly width: number; readonly height: number }> {
  const info = await inspectImageFile(path);
  checkImageLimits(info, limits);
  const { type, width, height } = info;
  // EXIF may stand behind the pixels; the header reader has turned JPEG already.
  const orientation =
    type === 'webp'
      ? await webpOrientation(await openAsBlob(path))
      : type === 'png'
        ? readPngChunks(await readFile(path)).orientation
        : 1;
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/**
 * @param limits left out: those of what can be upscaled
 * @throws one sentence; the header is checked before the file is read and the decoder allocates anything.
 */
export async function readImage(path: string, limits?: ImageLimits): Promise<Rgba8> {
  const info = await inspectImageFile(path);
  checkImageLimits(info, limits);
  try {
    return withoutHiddenColours(await decode(await readFile(path), info.type, limits));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw damagedImage();
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
