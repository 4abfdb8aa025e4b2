/** All that stands beside a result: the faithful picture, the dial's place, what is protected, what was invented, the spread over seeds. */

import {
  blendDetail,
  fullDetail,
  type Invention,
  inventionOf,
  type ProtectMask,
  textLike,
} from '../../imaging/detail.ts';
import { heatMap } from '../../imaging/heat-map.ts';
import type { Rect, Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { InventionMeasure, OnDemandState } from '../../protocol/upscale.ts';
import type { Emit } from '../runtime/handlers.ts';
import type { ImageRecord, ImageStore } from '../storage/image-store.ts';
import { asImageData, bitmapPixels, context, encodeImage, pixelsBitmap } from './codec.ts';

/** An image, as far as the dial knows it. */
export interface DialItem {
  record: ImageRecord;
  readonly width: number;
  readonly height: number;
  faithful: OnDemandState;
  spread: OnDemandState;
}

/** Callbacks into the set of images. */
interface DialImages {
  readonly item: (id: string) => DialItem | undefined;
  /** The LR picture. @throws when it is gone */
  readonly pixels: (id: string) => Promise<Rgba8>;
  readonly keep: (record: ImageRecord) => Promise<unknown>;
  /** The faithful picture to the page, if it shows this image. */
  readonly show: (id: string, rect: Rect, pixels: Rgba8) => Promise<void>;
}

/** Of a file that the app has written. */
async function pixelsOf(file: Blob): Promise<Rgba8> {
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: 'none' });
  const pixels = bitmapPixels(bitmap);
  bitmap.close();
  return pixels;
}

function pngOf(pixels: Rgba8): Promise<Blob> {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  context(canvas).putImageData(asImageData(pixels), 0, 0);
  return encodeImage(canvas, 'png', 1);
}

export class Dial {
  readonly #store: ImageStore;
  readonly #emit: Emit;
  readonly #images: DialImages;
  /** Counts the maps that were asked for: an older one that comes late is not shown. */
  #maps = 0;
  /** Over seeds, of results of this visit. */
  readonly #spreads = new WeakMap<DialItem, Invention>();

  constructor(store: ImageStore, emit: Emit, images: DialImages) {
    this.#store = store;
    this.#emit = emit;
    this.#images = images;
  }

  /** The faithful picture of the result that there is. */
  async keepFaithful(id: string, pixels: Rgba8): Promise<void> {
    const item = this.#images.item(id);
    if (!item) return;
    await this.#store.keepFaithful(id, await pngOf(pixels));
    item.record = { ...item.record, hasFaithful: true };
    await this.#images.keep(item.record);
    await this.#images.show(id, { x: 0, y: 0, width: pixels.width, height: pixels.height }, pixels);
    this.setFaithful(id, { state: 'ready' });
  }

  /** It belonged to a result that another run replaces. */
  async forgetFaithful(id: string): Promise<void> {
    const item = this.#images.item(id);
    if (!item?.record.hasFaithful) return;
    item.record = { ...item.record, hasFaithful: false };
    await this.#store.forgetFaithful(id);
    this.setFaithful(id, { state: 'none' });
  }

  setFaithful(id: string, faithful: OnDemandState): void {
    const item = this.#images.item(id);
    if (!item) return;
    item.faithful = faithful;
    // Without it there is nothing to blend.
    if (faithful.state === 'none' && item.record.detail !== undefined) this.setDetail(id, fullDetail);
    this.#emit({ type: 'faithful', id, faithful });
  }

  setSpread(id: string, spread: OnDemandState): void {
    const item = this.#images.item(id);
    if (!item) return;
    if (spread.state !== 'ready') this.#spreads.delete(item);
    item.spread = spread;
    this.#emit({ type: 'spread', id, spread });
  }

  async keepSpread(id: string, spread: Invention): Promise<void> {
    const item = this.#images.item(id);
    if (item) this.#spreads.set(item, spread);
    this.setSpread(id, { state: 'ready' });
  }

  /** The result as it was made, whatever the dial says. @throws one sentence when it is gone */
  async resultPixels(id: string): Promise<Rgba8> {
    const png = await this.#store.result(id);
    if (!png) throw new Error('The result is gone from this device: redo the picture.');
    return pixelsOf(png);
  }

  setDetail(id: string, detail: number): void {
    const item = this.#images.item(id);
    if (!item) return;
    item.record = { ...item.record, detail };
    void this.#images.keep(item.record);
  }

  async setProtect(id: string, mask: ProtectMask | null): Promise<void> {
    const item = this.#images.item(id);
    if (!item || (mask && (mask.width !== item.width || mask.height !== item.height))) return;
    if (mask) await this.#store.keepProtect(id, new Blob([new Uint8Array(mask.data)]));
    else await this.#store.forgetProtect(id);
  }

  async suggestProtect(id: string): Promise<void> {
    const mask = textLike(await this.#images.pixels(id));
    if (this.#images.item(id)) this.#emit({ type: 'protect', id, mask, isSuggestion: true });
  }

  /** As it is kept; null: nothing is protected. */
  async protectOf(id: string, { width, height }: DialItem): Promise<ProtectMask | null> {
    const file = await this.#store.protect(id);
    if (file?.size !== width * height) return null;
    return { width, height, data: new Uint8Array(await file.arrayBuffer()) };
  }

  /** Nothing is sent where there is nothing to compare the result with. @param detail the dial's place, 0 … 100 */
  async mapInvention(id: string, of: InventionMeasure, full: number, detail: number): Promise<void> {
    const item = this.#images.item(id);
    if (!item) return;
    const turn = ++this.#maps;
    const invention = of === 'seeds' ? this.#spreads.get(item) : await this.#beyondFaithful(id, item, detail);
    if (!invention || turn !== this.#maps) return;
    const bitmap = await pixelsBitmap(heatMap(invention.map, item.width, item.height, full));
    this.#emit({ type: 'invention', id, of, bitmap, facts: invention.facts }, [bitmap]);
  }

  /** Of the picture as it is shown: with the dial at `detail`, and faithful where it is protected. */
  async #beyondFaithful(id: string, item: DialItem, detail: number): Promise<Invention | null> {
    const png = await this.#store.result(id);
    const ends = png && (await this.#ends(id, item, png));
    if (!ends) return null;
    const shown = blendDetail(ends.faithful, ends.detailed, detail, await this.protectOf(id, item));
    return inventionOf(shown, ends.faithful, await this.#images.pixels(id), upscaleFactor);
  }

  /** Both ends of the dial; null where the faithful one is not there. */
  async #ends(id: string, { faithful: { state } }: DialItem, png: Blob) {
    const file = state === 'ready' ? await this.#store.faithful(id) : null;
    if (!file) return null;
    const [faithful, detailed] = await Promise.all([pixelsOf(file), pixelsOf(png)]);
    return { faithful, detailed };
  }

  /** The result with the dial where it stands, and faithful where it is protected. */
  async dialled(id: string, item: DialItem, png: Blob): Promise<Blob> {
    const { detail = fullDetail } = item.record;
    const protect = await this.protectOf(id, item);
    const ends = detail < fullDetail || protect ? await this.#ends(id, item, png) : null;
    return ends ? pngOf(blendDetail(ends.faithful, ends.detailed, detail, protect)) : png;
  }
}
