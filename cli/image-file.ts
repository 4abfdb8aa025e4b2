/** Image files in Node, through sharp (libvips): upright, first frame, 8-bit sRGB with alpha. */
import { open, readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import sharp from 'sharp';
import { checkImageLimits, inspectImage } from '../src/formats/image-header.ts';
import type { Rgba8 } from '../src/imaging/image.ts';
import { writeWhole } from './whole-file.ts';

const headerBytes = 1 << 20;

/** @throws one sentence; the header is checked before the decoder allocates anything. */
export async function readImage(path: string): Promise<Rgba8> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    const head = new Uint8Array(Math.min(size, headerBytes));
    await file.read(head, 0, head.length, 0);
    checkImageLimits(inspectImage(head, size));
  } finally {
    await file.close();
  }
  try {
    const { data, info } = await sharp(await readFile(path), { failOn: 'truncated', autoOrient: true })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length),
    };
  } catch (error) {
    const cause = (error instanceof Error ? error.message : String(error)).split('\n')[0];
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
