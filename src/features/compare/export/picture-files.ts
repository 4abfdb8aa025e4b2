/** Pictures on screen as files. */
import type { outputScale } from '../../viewer/transform.ts';

const blobOf = (canvas: HTMLCanvasElement) =>
  new Promise<Blob>((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The browser has no memory left for the file.')))),
  );

const dataUrl = (blob: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/** @param times LR pictures become squares of so many pixels */
export async function bitmapUrl(bitmap: ImageBitmap, times: 1 | typeof outputScale): Promise<string> {
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width * times;
  canvas.height = bitmap.height * times;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser has no memory left for a picture of this size.');
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return dataUrl(await blobOf(canvas));
}

export interface Caption {
  /** The pane's corner, device pixels of the canvas. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly align: 'left' | 'right';
}

/** The canvas as it is, with the captions that lie over it on the page. @param ratio device pixels a CSS pixel */
export function viewPng(source: HTMLCanvasElement, captions: readonly Caption[], ratio: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = source.width;
  canvas.height = source.height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser has no memory left for a picture of this size.');
  context.fillStyle = getComputedStyle(source.parentElement ?? source).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0);
  context.font = `${Math.round(12 * ratio)}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  const [margin, pad] = [6 * ratio, 4 * ratio];
  for (const { x, y, text, align } of captions) {
    const width = context.measureText(text).width + 2 * pad;
    const left = align === 'left' ? x + margin : x - margin - width;
    context.fillStyle = 'rgb(0 0 0 / 70%)';
    context.fillRect(left, y + margin, width, 12 * ratio + 2 * pad);
    context.fillStyle = '#fff';
    context.fillText(text, left + pad, y + margin + pad);
  }
  return blobOf(canvas);
}
