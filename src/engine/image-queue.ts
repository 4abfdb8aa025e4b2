/** The images that wait for the engine, one after the other, and what becomes of the one that runs. */

import { errorMessage } from '../formats/errors.ts';
import type { UpscaleOptions } from '../protocol/upscale.ts';
import { type Compute, TileMemoryError } from './compute.ts';
import { DeviceLostError } from './device-lost.ts';
import type { Emit, Gallery, Item } from './gallery.ts';
import { runImage } from './image-run.ts';

/** What an image's run may come to for the engine. */
export interface QueueEngine {
  /** Awaited between tiles. */
  readonly besides: () => Promise<unknown>;
  /** An LR pixel took so long. */
  readonly learn: (compute: Compute, msPerPixel: number) => void;
  /** Its device is lost. */
  readonly rebuild: (compute: Compute) => void;
  readonly notice: (message: string) => void;
}

export interface QueuedImage {
  readonly id: string;
  readonly item: Item;
}

export class ImageQueue {
  readonly #gallery: Gallery;
  readonly #emit: Emit;
  readonly #engine: QueueEngine;
  readonly #waiting: string[] = [];

  constructor(gallery: Gallery, emit: Emit, engine: QueueEngine) {
    this.#gallery = gallery;
    this.#emit = emit;
    this.#engine = engine;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @param running the image in work, which needs no place */
  add(ids: readonly string[], running: string | null): void {
    for (const id of ids) {
      if (!this.#gallery.get(id) || this.#waiting.includes(id) || running === id) continue;
      this.#waiting.push(id);
      this.#gallery.setState(id, 'waiting');
    }
  }

  /** The image in work stops, and goes first again. */
  putBack(id: string): void {
    this.#waiting.unshift(id);
  }

  /** An image that waits, waits no more. */
  cancel(id: string): void {
    const place = this.#waiting.indexOf(id);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    this.#gallery.setState(id, this.#gallery.get(id)?.run ? 'paused' : 'ready');
  }

  /** The one whose turn it is; null: none is left. */
  next(): QueuedImage | null {
    for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) {
      const item = this.#gallery.get(id);
      if (item) return { id, item };
    }
    return null;
  }

  /** Never throws: what goes wrong is told, and the image goes on where that can be. */
  async run(image: QueuedImage, compute: Compute, options: UpscaleOptions, signal: AbortSignal): Promise<void> {
    const { id, item } = image;
    const resolved = { ...options, method: compute.ready.method };
    try {
      const { result, msPerPixel } = await runImage(this.#gallery, id, item, compute, resolved, {
        signal,
        betweenTiles: this.#engine.besides,
        onProgress: (progress) =>
          this.#emit({ type: 'job', id, state: 'running', progress, result: null, message: null }),
      });
      this.#engine.learn(compute, msPerPixel);
      if (!result) return this.#gallery.setState(id, this.#waiting.includes(id) ? 'waiting' : 'paused');
      item.run = null;
      this.#gallery.setState(id, 'done', { result });
    } catch (error) {
      this.#recover(image, compute, options, error);
    }
  }

  /** A lost device is rebuilt and the run goes on; a tile that did not fit is halved; anything else fails this image alone. */
  #recover({ id, item }: QueuedImage, compute: Compute, options: UpscaleOptions, error: unknown): void {
    const again = (message: string) => {
      this.putBack(id);
      this.#gallery.setState(id, 'waiting');
      this.#engine.notice(message);
    };
    if (error instanceof DeviceLostError) {
      again(`The GPU device was lost (${error.reason}). It is being rebuilt, and the run goes on where it stopped.`);
      this.#engine.rebuild(compute);
      return;
    }
    try {
      if (!(error instanceof TileMemoryError)) throw error;
      compute.shrink(options.memoryBudget, error.message);
      again(`Memory ran out, so this image starts again with smaller tiles: ${compute.ready.tileReason}`);
      this.#emit({ type: 'engine-ready', ready: compute.ready });
    } catch (final) {
      item.run = null;
      this.#gallery.setState(id, 'failed', { message: errorMessage(final) });
    }
  }
}
