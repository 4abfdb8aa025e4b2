/**
 * The images of a session: what is known of each, what is stored of it, and which one the page looks at. Pixels are held
 * only while a run or a view needs them; everything else comes back from the library.
 */

import { errorMessage, FormatError, quote, UnavailableError } from '../../formats/errors.ts';
import { stem } from '../../formats/names.ts';
import { hasAlpha } from '../../imaging/alpha.ts';
import { fullDetail } from '../../imaging/detail.ts';
import type { Rect, Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { ExportFormat, JobProgress, JobState, OnDemandState, Prediction } from '../../protocol/upscale.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { ImageRecord, ImageStore, KeptTile } from '../storage/image-store.ts';
import { bitmapPixels, decodeBitmap, encodeImage, extension, pixelsBitmap, thumbnail } from './codec.ts';
import { Dial, type DialItem } from './dial.ts';
import type { TiledUpscale } from './tiled-upscale.ts';

/** Bytes on the disk for a pixel of the result: finished tiles as they are, and the file that they become. */
const bytesKept = 4 + 3;

export interface Item extends DialItem {
  /** Present from the first run until the result is stored. */
  run: { readonly job: TiledUpscale; readonly output: OffscreenCanvas } | null;
  /** Tiles that the last visit left. */
  tiles: number;
}

/** A run that a reload cut off has the tiles that are stored. */
function restoredState(state: JobState, finished: boolean, tiles: number): JobState {
  if (finished) return 'done';
  if (tiles > 0) return 'paused';
  return state === 'failed' ? 'failed' : 'ready';
}

/** Of a run that waits since the last visit. */
function keptProgress({ tiles, record: { kept } }: Item): JobProgress | null {
  if (!kept || tiles === 0) return null;
  return { done: tiles, total: kept.total, share: tiles / kept.total, etaSeconds: null, etaBand: null };
}

export class ImageSet {
  readonly #store: ImageStore;
  readonly #emit: Emit;
  readonly #predict: (width: number, height: number) => Prediction;
  readonly #items = new Map<string, Item>();
  #writing: Promise<void> = Promise.resolve();
  #isToldOfStorage = false;
  /** The pictures and places of the detail dial beside a result. */
  readonly dial: Dial;
  #view: { readonly id: string | null; readonly visible: Rect | null } = { id: null, visible: null };

  constructor(store: ImageStore, emit: Emit, predict: (width: number, height: number) => Prediction) {
    this.#store = store;
    this.#emit = emit;
    this.#predict = predict;
    this.dial = new Dial(store, emit, {
      item: this.get,
      pixels: (id) => this.pixels(id),
      keep: (record) => this.#keep(record),
      show: (id, rect, pixels) => this.#show(id, 'faithful', rect, pixels),
    });
  }

  get = (id: string) => this.#items.get(id);

  /** False in a browser without room, or that took its storage away, which is told of once. */
  async #keep(record: ImageRecord): Promise<boolean> {
    if (await this.#store.save(record)) return true;
    const message = 'The browser has no room for the queue, or cleared it: download results before closing the page.';
    if (!this.#isToldOfStorage) this.#emit({ type: 'notice', level: 'warning', message });
    this.#isToldOfStorage = true;
    return false;
  }

  /** Tells the page anew what every image will take. */
  predictAll(): void {
    for (const [id, { width, height }] of this.#items) {
      this.#emit({ type: 'prediction', id, prediction: this.#predict(width, height) });
    }
  }

  async add(id: string, name: string, file: Blob): Promise<void> {
    try {
      const record: ImageRecord = { id, name, added: Date.now(), state: 'ready', result: null, message: null };
      const bitmap = await decodeBitmap(file);
      // Stored before it is told: the page asks for the stored picture as soon as it hears of the image.
      const isWritten = await this.#store.keepInput(id, file);
      const isKept = (await this.#keep(record)) && isWritten;
      await this.#register(bitmap, file.size, record, isKept);
    } catch (error) {
      await this.#store.remove(id);
      this.#emit({ type: 'image-rejected', id, name, message: errorMessage(error) });
    }
  }

  /** The queue of the last visit. An image whose file or index is damaged is forgotten; one that can't be read now waits for the next visit. */
  async restore(): Promise<void> {
    let restored = 0;
    let cutOff: string | null = null;
    for (const stored of await this.#store.records()) {
      if (this.#items.has(stored.id)) continue;
      const file = await this.#store.input(stored.id);
      const finished = stored.state === 'done' && (await this.#store.result(stored.id)) !== null;
      const count = finished || !stored.kept ? 0 : await this.#store.tileCount(stored.id);
      const state = restoredState(stored.state, finished, count);
      try {
        if (!file) throw new FormatError('The stored image is gone.');
        await this.#register(await decodeBitmap(file), file.size, { ...stored, state }, true);
        if (state === 'paused') this.setState(stored.id, state);
        if (stored.state === 'running' && !finished) cutOff = stored.name;
        restored++;
      } catch (error) {
        if (error instanceof UnavailableError)
          this.#emit({ type: 'notice', level: 'warning', message: `${stored.name}: ${error.message}` });
        else await this.#store.remove(stored.id);
      }
    }
    this.#emit({ type: 'restored', count: restored });
    if (cutOff !== null) {
      this.#emit({
        type: 'notice',
        level: 'info',
        message: `The last visit ended while ${quote(cutOff)} ran; its finished tiles are kept. If the tab ran out of memory, take a part or half the size.`,
      });
    }
  }

  /** Takes the bitmap over. */
  async #register(bitmap: ImageBitmap, bytes: number, record: ImageRecord, isKept: boolean): Promise<void> {
    const { width, height } = bitmap;
    const alpha = hasAlpha(bitmapPixels(bitmap));
    const small = await thumbnail(bitmap);
    bitmap.close();
    const tiles = record.state === 'paused' ? await this.#store.tileCount(record.id) : 0;
    const faithful: OnDemandState = { state: record.hasFaithful ? 'ready' : 'none' };
    this.#items.set(record.id, { record, width, height, run: null, tiles, faithful, spread: { state: 'none' } });
    this.#emit(
      {
        type: 'image-added',
        image: { id: record.id, name: record.name, width, height, hasAlpha: alpha, bytes },
        state: record.state,
        prediction: this.#predict(width, height),
        result: record.result,
        detail: record.detail ?? fullDetail,
        faithful,
        isKept,
        thumbnail: small,
      },
      [small],
    );
  }

  async remove(id: string): Promise<void> {
    this.#items.delete(id);
    await this.written();
    await this.#store.remove(id);
    this.#emit({ type: 'image-removed', id });
  }

  /** @throws when the stored file is gone or no longer an image */
  async pixels(id: string): Promise<Rgba8> {
    const file = await this.#store.input(id);
    if (!file) throw new FormatError('The stored image is gone: add it again.');
    const bitmap = await decodeBitmap(file);
    const pixels = bitmapPixels(bitmap);
    bitmap.close();
    return pixels;
  }

  async keepResult(id: string, output: OffscreenCanvas): Promise<void> {
    await this.#store.keepResult(id, await encodeImage(output, 'png', 1));
    await this.beginRun(id, null);
  }

  /** Says before a run that the browser's storage can't hold its tiles and its result, where it can't. */
  async tellOfRoom(id: string): Promise<void> {
    const item = this.#items.get(id);
    if (!item) return;
    const need = item.width * item.height * upscaleFactor ** 2 * bytesKept;
    if (await this.#store.hasRoom(need)) return;
    const takes = `${(need / 2 ** 20).toFixed(1)} MB`;
    this.#emit({
      type: 'notice',
      level: 'warning',
      message: `The browser has no room for ${quote(item.record.name)}, which takes up to ${takes}: download its result before closing the page, or remove others.`,
    });
  }

  /** Forgets the tiles of the run before. @param kept the run whose tiles are to be kept; null: none */
  async beginRun(id: string, kept: ImageRecord['kept']): Promise<void> {
    const item = this.#items.get(id);
    if (!item) return;
    item.record = { ...item.record, kept };
    item.tiles = 0;
    await this.written();
    await this.#store.forgetTiles(id);
  }

  /** Tiles are on the disk: one that is still being written would be left behind by what removes them. */
  written = () => this.#writing;

  keepTile(id: string, tile: KeptTile): void {
    this.#writing = this.#writing.then(() => this.#store.keepTile(id, tile));
  }

  keptTiles = (id: string): Promise<KeptTile[]> => this.#store.tiles(id);

  setState(id: string, state: JobState, more: Partial<Pick<ImageRecord, 'result' | 'message'>> = {}): void {
    const item = this.#items.get(id);
    if (!item) return;
    const result = more.result ?? (state === 'done' ? item.record.result : null);
    item.record = { ...item.record, state, result, message: more.message ?? null };
    void this.#keep(item.record);
    const progress = item.run?.job.progress() ?? keptProgress(item);
    this.#emit({ type: 'job', id, state, progress, result, message: item.record.message });
  }

  /** The part on screen, LR pixels, if this is the image that the page shows. */
  visible = (id: string) => (this.#view.id === id ? this.#view.visible : null);

  /** Sends the pictures of a newly viewed image; a change of the visible part alone only steers the tile order. */
  async look(id: string | null, visible: Rect | null): Promise<void> {
    const changed = id !== this.#view.id;
    this.#view = { id, visible };
    const item = id === null ? undefined : this.#items.get(id);
    if (!changed || !item || id === null) return;
    const still = () => this.#view.id === id && this.#items.has(id);
    const input = await this.#store.input(id);
    if (!input || !still()) return;
    this.#paint(id, 'input', { x: 0, y: 0, width: item.width, height: item.height }, await decodeBitmap(input), true);
    if (!item.run && item.tiles > 0) {
      for (const { rect, pixels } of await this.#store.tiles(id)) await this.show(id, rect, pixels);
      return;
    }
    const rect = { x: 0, y: 0, width: item.width * upscaleFactor, height: item.height * upscaleFactor };
    const output = item.run ? await createImageBitmap(item.run.output) : await this.#storedResult(id, item);
    if (output && still()) this.#paint(id, 'output', rect, output, true);
    const mask = await this.dial.protectOf(id, item);
    if (mask && still()) this.#emit({ type: 'protect', id, mask, isSuggestion: false });
    const faithful = item.faithful.state === 'ready' ? await this.#store.faithful(id) : null;
    if (faithful && still()) this.#paint(id, 'faithful', rect, await createImageBitmap(faithful), true);
  }

  /** A part of the output, HR pixels, to the page if it shows this image. */
  show = (id: string, rect: Rect, pixels: Rgba8): Promise<void> => this.#show(id, 'output', rect, pixels);

  async #show(id: string, layer: 'output' | 'faithful', rect: Rect, pixels: Rgba8): Promise<void> {
    if (this.#view.id !== id) return;
    const bitmap = await pixelsBitmap(pixels);
    this.#paint(id, layer, rect, bitmap, false);
  }

  /** Voids the output that the page shows of this image. */
  async clear(id: string): Promise<void> {
    if (this.#view.id !== id) return;
    const nothing = await createImageBitmap(new ImageData(1, 1));
    this.#paint(id, 'output', { x: 0, y: 0, width: 1, height: 1 }, nothing, true);
  }

  async #storedResult(id: string, item: Item): Promise<ImageBitmap | null> {
    const file = item.record.state === 'done' ? await this.#store.result(id) : null;
    return file ? createImageBitmap(file) : null;
  }

  #paint(id: string, layer: 'input' | 'output' | 'faithful', rect: Rect, bitmap: ImageBitmap, reset: boolean): void {
    this.#emit({ type: 'picture', id, layer, rect, bitmap, reset }, [bitmap]);
  }

  async export(request: string, ids: readonly string[], format: ExportFormat, quality: number): Promise<void> {
    try {
      const files: { name: string; blob: Blob }[] = [];
      for (const id of ids) {
        const item = this.#items.get(id);
        const png = item?.record.state === 'done' ? await this.#store.result(id) : null;
        if (!item || !png) continue;
        const base = stem(item.record.name) || 'image';
        files.push({
          name: `${base}_x${upscaleFactor}${extension[format]}`,
          blob: await convert(await this.dial.dialled(id, item, png), format, quality),
        });
      }
      if (files.length === 0) throw new Error('Nothing is finished yet: upscale an image first.');
      this.#emit({ type: 'exported', request, files });
    } catch (error) {
      this.#emit({ type: 'export-failed', request, message: errorMessage(error) });
    }
  }
}

async function convert(png: Blob, format: ExportFormat, quality: number): Promise<Blob> {
  if (format === 'png') return png;
  const bitmap = await createImageBitmap(png);
  const blob = await encodeImage(bitmap, format, quality);
  bitmap.close();
  return blob;
}
