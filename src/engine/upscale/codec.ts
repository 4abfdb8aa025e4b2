/** Image files to pixels and back, by the browser's own decoders and encoders (worker realm). */
import { FormatError } from '../../formats/errors.ts';
import { checkImageLimits, type ImageLimits, inspectImage } from '../../formats/image-header.ts';
import type { Rgba8 } from '../../imaging/image.ts';
import type { ExportFormat } from '../../protocol/upscale.ts';

/** Enough for the headers of every format we take, EXIF thumbnails included. */
const headerBytes = 1 << 20;
const thumbnailSide = 128;

const mime: Record<ExportFormat, string> = { png: 'image/png', jpeg: 'image/jpeg', webp: 'image/webp' };
export const extension: Record<ExportFormat, string> = { png: '.png', jpeg: '.jpg', webp: '.webp' };

/** Refuses what is no image, or larger than allowed, before a single pixel is allocated. */
async function checkImageFile(file: Blob, limits?: ImageLimits): Promise<void> {
  const head = new Uint8Array(await file.slice(0, headerBytes).arrayBuffer());
  checkImageLimits(inspectImage(head, file.size), limits);
}

/**
 * Upright (EXIF), first frame, 8-bit sRGB. Throws one sentence when the browser can't decode it.
 * @param limits left out: what a canvas can hold after ×4
 */
export async function decodeBitmap(file: Blob, limits?: ImageLimits): Promise<ImageBitmap> {
  await checkImageFile(file, limits);
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch {
    throw new FormatError('The image is damaged or cut off: open it in another program and save it again.');
  }
}

export function context(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new Error(
      'The browser has no memory left for a picture of this size: close other tabs or use a smaller image.',
    );
  return context;
}

export function bitmapPixels(bitmap: ImageBitmap): Rgba8 {
  const drawing = context(new OffscreenCanvas(bitmap.width, bitmap.height));
  drawing.drawImage(bitmap, 0, 0);
  return drawing.getImageData(0, 0, bitmap.width, bitmap.height);
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
