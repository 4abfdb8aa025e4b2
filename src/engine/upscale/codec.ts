/** Image files to pixels and back, by the browser's own decoders, but for AVIF's, and encoders (worker realm). */
import { damagedImage, FormatError, UnavailableError } from '../../formats/errors.ts';
import { webpOrientation } from '../../formats/exif.ts';
import { checkImageLimits, type ImageLimits, type ImageType, inspectImage } from '../../formats/image-header.ts';
import { hasDeepSamples, pngCodePoints } from '../../formats/png.ts';
import { isTranslucent } from '../../imaging/alpha.ts';
import { type Rgba8, turned } from '../../imaging/image.ts';
import { coloursOfCode, readDeepPng } from '../../imaging/png-colours.ts';
import type { ExportFormat } from '../../protocol/upscale.ts';

/** Enough for the headers of every format we take, EXIF thumbnails included. */
const headerBytes = 1 << 20;
const thumbnailSide = 128;

const mime: Record<ExportFormat, string> = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' };
export const extension: Record<ExportFormat, string> = { png: '.png', jpeg: '.jpg', webp: '.webp' };

const noDecoder = () => {
  throw new UnavailableError('The decoder of AVIF pictures could not be loaded: check the connection, and try again.');
};

/** @throws UnavailableError, one sentence, when it can't be had */
const avif = () => import('../../imaging/avif.ts').catch(noDecoder);

let avifModule: Promise<WebAssembly.Module> | null = null;

/** Compiled once; asked for again after a failure. @throws UnavailableError, one sentence, when it can't be had */
async function loadAvifDecoder(): Promise<WebAssembly.Module> {
  // Its address is asked for here, as Node, which shares parts of this file, knows no such import. The file is not compiled while it
  // streams: hosts may not know the type of such files.
  avifModule ??= import('@jsquash/avif/codec/dec/avif_dec.wasm?url')
    .then(({ default: address }) => fetch(address))
    .then((response) => (response.ok ? response.arrayBuffer() : Promise.reject(new Error(response.statusText))))
    .then((bytes) => WebAssembly.compile(bytes));
  try {
    return await avifModule;
  } catch {
    avifModule = null;
    return noDecoder();
  }
}

/** Refuses what is no image, or larger than allowed, before a single pixel is allocated. */
async function checkImageFile(file: Blob, limits?: ImageLimits): Promise<{ type: ImageType; isDeep: boolean }> {
  const head = new Uint8Array(await file.slice(0, headerBytes).arrayBuffer());
  const info = inspectImage(head, file.size);
  checkImageLimits(info, limits);
  const code = info.type === 'png' ? pngCodePoints(head) : null;
  // Browsers would map the light of HDR in ways of their own.
  if (code) coloursOfCode(code);
  if (info.type === 'avif') (await avif()).checkAvifColours(head);
  return { type: info.type, isDeep: info.type === 'png' && hasDeepSamples(head) };
}

/** Two pixels, one above the other, that EXIF lays side by side: a WebP file. */
const turnedWebp =
  'UklGRlYAAABXRUJQVlA4WAoAAAAIAAAAAAAAAQAAVlA4TBYAAAAvAEAAAA/wBK0naD1Ba/4DDxMQ0f8QRVhJRhoAAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA==';

const decodeUpright = (file: Blob) =>
  createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });

let webpIsTurned: Promise<boolean> | null = null;

/** Whether the browser turns WebP by EXIF; Chromium does not. */
function turnsWebp(): Promise<boolean> {
  webpIsTurned ??= (async () => {
    const bytes = Uint8Array.from(atob(turnedWebp), (letter) => letter.charCodeAt(0));
    return (await decodeUpright(new Blob([bytes]))).width === 2;
  })();
  return webpIsTurned;
}

async function decode(file: Blob, { type, isDeep }: { type: ImageType; isDeep: boolean }): Promise<ImageBitmap> {
  // Browsers keep 8 bits of 16, and convert colours afterwards.
  const deep = isDeep ? await readDeepPng(new Uint8Array(await file.arrayBuffer())) : null;
  if (deep) return pixelsBitmap(deep);
  if (type === 'avif') {
    const [{ readAvif }, decoder] = [await avif(), await loadAvifDecoder()];
    const picture = await readAvif(new Uint8Array(await file.arrayBuffer()), decoder);
    if (picture) return pixelsBitmap(picture);
  }
  const orientation = type === 'webp' ? await webpOrientation(file) : 1;
  const bitmap = await decodeUpright(file);
  if (orientation === 1 || (await turnsWebp())) return bitmap;
  const upright = turned(bitmapPixels(bitmap), orientation);
  bitmap.close();
  return pixelsBitmap(upright);
}

/**
 * Upright (EXIF), first frame, 8-bit sRGB. Throws one sentence when the browser can't decode it.
 * @param limits left out: what a canvas can hold after ×4
 */
export async function decodeBitmap(file: Blob, limits?: ImageLimits): Promise<ImageBitmap> {
  const found = await checkImageFile(file, limits);
  try {
    const bitmap = await decode(file, found);
    // The frame of a GIF may be larger than its header says.
    checkImageLimits(bitmap, limits);
    return bitmap;
  } catch (error) {
    if (error instanceof FormatError || error instanceof UnavailableError) throw error;
    throw damagedImage();
  }
}

export function context(
  canvas: OffscreenCanvas,
  colorType: 'unorm8' | 'float16' = 'unorm8',
): OffscreenCanvasRenderingContext2D {
  const settings = { willReadFrequently: true, colorType };
  const context = canvas.getContext('2d', settings) as OffscreenCanvasRenderingContext2D | null;
  if (!context)
    throw new UnavailableError(
      'The browser has no memory left for a picture of this size: close other tabs or use a smaller image.',
    );
  return context;
}

/** Pixels of a bitmap with straight alpha. */
export function bitmapPixels(bitmap: ImageBitmap): Rgba8 {
  const { width, height } = bitmap;
  const read = (colorType: 'unorm8' | 'float16') => {
    const drawing = context(new OffscreenCanvas(width, height), colorType);
    drawing.drawImage(bitmap, 0, 0);
    return drawing.getImageData(0, 0, width, height);
  };
  const pixels = read('unorm8');
  // A canvas keeps colours multiplied by alpha: of 8 bits, little is left of those that are nearly transparent.
  return isTranslucent(pixels) ? read('float16') : pixels;
}

/** At most 128 px a side, proportions kept. */
export function thumbnail(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const scale = Math.min(1, thumbnailSide / Math.max(bitmap.width, bitmap.height));
  return createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
    resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
    resizeQuality: 'medium',
  });
}

/** Pixels as a drawable, without copying them. */
export const asImageData = (pixels: Rgba8) =>
  new ImageData(pixels.data as Uint8ClampedArray<ArrayBuffer>, pixels.width, pixels.height);

export const pixelsBitmap = (pixels: Rgba8): Promise<ImageBitmap> =>
  createImageBitmap(asImageData(pixels), { premultiplyAlpha: 'none' });

/** JPEG has no alpha: transparent parts get a white ground, as in image viewers. */
export async function encodeImage(
  source: OffscreenCanvas | ImageBitmap,
  format: ExportFormat,
  quality: number,
): Promise<Blob> {
  let canvas = source instanceof OffscreenCanvas ? source : null;
  if (!canvas || format === 'jpeg') {
    canvas = new OffscreenCanvas(source.width, source.height);
    const drawing = context(canvas);
    if (format === 'jpeg') {
      drawing.fillStyle = '#fff';
      drawing.fillRect(0, 0, canvas.width, canvas.height);
    }
    drawing.drawImage(source, 0, 0);
  }
  return canvas.convertToBlob({ type: mime[format], quality });
}
