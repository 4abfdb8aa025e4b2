/**
 * The way of a file from the user's hand to the engine. The page reads and shows it by itself meanwhile, since the engine may be
 * busy for seconds: with its start, or with a tile.
 */
import { errorMessage } from '../formats/errors.ts';
import type { Event } from '../protocol/index.ts';
import type { ImageSummary } from '../protocol/upscale.ts';
import type { EngineClient } from './client.ts';

export interface AddedFile {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
}

export interface PageReader {
  /** @param thumbnail at most 128 px a side */
  readonly read: (image: ImageSummary, thumbnail: ImageBitmap) => void;
  /** It can't be upscaled. @param size of one that is too large; null: it is no picture, or a damaged one */
  readonly refuse: (file: AddedFile, message: string, size: Size | null) => void;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Enough for the headers of every format we take. */
const headerBytes = 1 << 20;
const thumbnailSide = 128;

/** Upright, as the engine reads it. @throws when the browser can't decode it */
const decode = (file: Blob, resize: Partial<ImageBitmapOptions> = {}) =>
  createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none', ...resize });

/** The largest picture of these proportions that can be upscaled. */
async function fittingSize({ width, height }: Size): Promise<Size> {
  const { upscaleLimits } = await import('../formats/image-header.ts');
  const { maxSide, maxPixels } = upscaleLimits;
  const scale = Math.min(1, maxSide / width, maxSide / height, Math.sqrt(maxPixels / (width * height)));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** The limits together allow a square of the longest side. */
async function largestCrop({ width, height }: Size): Promise<Size> {
  const { upscaleLimits } = await import('../formats/image-header.ts');
  return { width: Math.min(width, upscaleLimits.maxSide), height: Math.min(height, upscaleLimits.maxSide) };
}

/**
 * The file's picture made small enough to be upscaled, as PNG.
 * @param way scale: all of it, reduced; crop: its middle as it is
 * @throws when the browser can't decode it
 */
export async function fitPicture({ name, file }: AddedFile, way: 'scale' | 'crop'): Promise<File> {
  const bitmap = await decode(file);
  const size = way === 'scale' ? await fittingSize(bitmap) : await largestCrop(bitmap);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser gives no canvas.');
  context.imageSmoothingQuality = 'high';
  if (way === 'scale') context.drawImage(bitmap, 0, 0, size.width, size.height);
  else
    context.drawImage(
      bitmap,
      -Math.floor((bitmap.width - size.width) / 2),
      -Math.floor((bitmap.height - size.height) / 2),
    );
  bitmap.close();
  const base = name.replace(/\.[^.]*$/, '');
  const ending = way === 'scale' ? `${size.width}x${size.height}` : 'middle';
  return new File([await canvas.convertToBlob({ type: 'image/png' })], `${base}-${ending}.png`, { type: 'image/png' });
}

/** Hands files to the engine one at a time, so that a folder of photographs isn't decoded all at once and keeps its order. */
export class AddedFiles {
  readonly #engine: EngineClient;
  readonly #reader: PageReader;
  #waiting: readonly AddedFile[] = [];
  #restores = 0;
  #reading: Promise<void> = Promise.resolve();
  /** Those that the page shows by itself, and those that can be made to fit. */
  readonly #kept = new Map<string, AddedFile>();

  constructor(engine: EngineClient, reader: PageReader) {
    this.#engine = engine;
    this.#reader = reader;
    engine.listen((event) => this.#answer(event));
  }

  add(files: readonly AddedFile[]): void {
    const idle = this.#waiting.length === 0;
    this.#waiting = [...this.#waiting, ...files];
    if (idle) this.#sendFirst();
    for (const file of files) {
      this.#kept.set(file.id, file);
      this.#reading = this.#reading.then(() => this.#read(file));
    }
  }

  /** A file that the engine has not read, or has refused. */
  get = (id: string): AddedFile | undefined => this.#kept.get(id);

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#kept.delete(id);
    this.#waiting = this.#waiting.filter(({ id }, place) => place === 0 || !ids.includes(id));
  }

  /** The picture of a file that the engine has not read yet; null where there is none. */
  async picture(id: string): Promise<ImageBitmap | null> {
    const kept = this.#kept.get(id);
    return kept ? decode(kept.file).catch(() => null) : null;
  }

  /** Never throws: the engine says of a file that can't be read why. */
  async #read(added: AddedFile): Promise<void> {
    const { id, name, file } = added;
    try {
      // The engine was sooner.
      if (!this.#kept.has(id)) return;
      const { checkImageLimits, inspectImage } = await import('../formats/image-header.ts');
      const head = new Uint8Array(await file.slice(0, headerBytes).arrayBuffer());
      let size: Size | null = null;
      try {
        size = inspectImage(head, file.size);
        checkImageLimits(size);
      } catch (error) {
        return this.#reader.refuse(added, errorMessage(error), size);
      }
      const { width, height } = size;
      const scale = Math.min(1, thumbnailSide / Math.max(width, height));
      const resizeWidth = Math.max(1, Math.round(width * scale));
      const resizeHeight = Math.max(1, Math.round(height * scale));
      const thumbnail = await decode(file, { resizeWidth, resizeHeight, resizeQuality: 'medium' });
      if (this.#kept.has(id))
        this.#reader.read({ id, name, width, height, hasAlpha: false, bytes: file.size }, thumbnail);
      else thumbnail.close();
    } catch {
      // The engine has the word.
    }
  }

  #sendFirst(): void {
    const first = this.#waiting[0];
    if (first) this.#engine.send({ type: 'add', id: first.id, name: first.name, file: first.file });
  }

  #answer(event: Event): void {
    if (event.type === 'restored') this.#restores++;
    if (event.type === 'image-added') this.#kept.delete(event.image.id);
    if (event.type === 'image-removed') this.forget([event.id]);
    const first = this.#waiting[0];
    if (!first) return;
    const id = event.type === 'image-added' ? event.image.id : event.type === 'image-rejected' ? event.id : null;
    if (id === first.id) {
      this.#waiting = this.#waiting.slice(1);
      this.#sendFirst();
    } else if (event.type === 'restored' && this.#restores > 1) {
      // The engine was started again, and the file handed to the one before never got its answer.
      this.#sendFirst();
    }
  }
}
