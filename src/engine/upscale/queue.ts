/** The images that wait for the engine, one after the other, and what becomes of the one that runs. */

import { errorMessage } from '../../formats/errors.ts';
import type { Rect, Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { JobResult, UpscaleOptions } from '../../protocol/upscale.ts';
import { DeviceLostError, TileMemoryError } from '../runtime/errors.ts';
import type { Emit } from '../runtime/handlers.ts';
import { LossLimit } from '../runtime/retry.ts';
import type { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { asImageData, context } from './codec.ts';
import type { ImageSet, Item } from './images.ts';
import { type JobHooks, type JobOptions, TiledUpscale } from './tiled-upscale.ts';

/** Callbacks of an image's run into the engine. */
export interface QueueEngine {
  /** Awaited between tiles. */
  readonly besides: () => Promise<unknown>;
  /** An LR pixel took so long. */
  readonly recordTileTime: (compute: UpscaleEngine, msPerPixel: number) => void;
  /** Its device is lost. */
  readonly rebuild: (compute: UpscaleEngine) => void;
  readonly notice: (message: string) => void;
}

export interface QueuedImage {
  readonly id: string;
  readonly item: Item;
}

export class RunQueue {
  readonly #images: ImageSet;
  readonly #emit: Emit;
  readonly #engine: QueueEngine;
  readonly #waiting: string[] = [];
  readonly #losses = new LossLimit();

  constructor(images: ImageSet, emit: Emit, engine: QueueEngine) {
    this.#images = images;
    this.#emit = emit;
    this.#engine = engine;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @param running the image in work, which needs no place */
  add(ids: readonly string[], running: string | null): void {
    for (const id of ids) {
      if (!this.#images.get(id) || this.#waiting.includes(id) || running === id) continue;
      this.#waiting.push(id);
      this.#images.setState(id, 'waiting');
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
    this.#images.setState(id, this.#images.get(id)?.run ? 'paused' : 'ready');
  }

  /** The one whose turn it is; null: none is left. */
  next(): QueuedImage | null {
    for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) {
      const item = this.#images.get(id);
      if (item) return { id, item };
    }
    return null;
  }

  /** Never throws: what goes wrong is told, and the image goes on where that can be. */
  async run(image: QueuedImage, compute: UpscaleEngine, options: UpscaleOptions, signal: AbortSignal): Promise<void> {
    const { id, item } = image;
    const resolved = { ...options, method: compute.ready.method };
    try {
      const { result, msPerPixel } = await runImage(this.#images, id, item, compute, resolved, {
        signal,
        betweenTiles: this.#engine.besides,
        onProgress: (progress) =>
          this.#emit({ type: 'job', id, state: 'running', progress, result: null, message: null }),
      });
      this.#engine.recordTileTime(compute, msPerPixel);
      if (!result) return this.#images.setState(id, this.#waiting.includes(id) ? 'waiting' : 'paused');
      item.run = null;
      this.#images.setState(id, 'done', { result });
    } catch (error) {
      this.#recover(image, compute, options, error);
    }
  }

  /** A lost device is rebuilt and the run goes on (retry.ts); a tile that did not fit is halved; anything else fails this image alone. */
  #recover({ id, item }: QueuedImage, compute: UpscaleEngine, options: UpscaleOptions, error: unknown): void {
    const again = (message: string) => {
      this.putBack(id);
      this.#images.setState(id, 'waiting');
      this.#engine.notice(message);
    };
    if (error instanceof DeviceLostError) this.#engine.rebuild(compute);
    try {
      if (error instanceof DeviceLostError && this.#losses.allows(error, `${id} ${item.run?.job.progress().done}`)) {
        again(`The GPU device was lost (${error.reason}). It is being rebuilt, and the run goes on where it stopped.`);
        return;
      }
      if (!(error instanceof TileMemoryError)) throw error;
      compute.shrink(options.memoryBudget, error.message);
      again(`Memory ran out, so this image starts again with smaller tiles: ${compute.ready.tileReason}`);
      this.#emit({ type: 'engine-ready', ready: compute.ready });
    } catch (final) {
      item.run = null;
      this.#images.setState(id, 'failed', { message: errorMessage(final) });
    }
  }
}

// One image of the queue on the engine: its job is begun or gone on with, drawn as its tiles come, and kept.

/** The run to continue, if it was started with the same options and tile; else a fresh one. */
async function prepare(
  images: ImageSet,
  id: string,
  item: Item,
  compute: UpscaleEngine,
  options: JobOptions,
): Promise<NonNullable<Item['run']>> {
  if (item.run?.job.matches(compute.ready.tile, options)) return item.run;
  const job = new TiledUpscale(await images.pixels(id), options, compute.ready.tile, compute.tiling);
  item.run = { job, output: new OffscreenCanvas(item.width * upscaleFactor, item.height * upscaleFactor) };
  await images.clear(id);
  return item.run;
}

/**
 * @returns the result, null when the signal stopped it before its end; and what an LR pixel took, 0 when none ran
 * @throws what the engine throws: DeviceLostError, TileMemoryError, or one sentence about this image
 */
async function runImage(
  images: ImageSet,
  id: string,
  item: Item,
  compute: UpscaleEngine,
  options: JobResult['options'],
  hooks: Pick<JobHooks, 'signal' | 'betweenTiles' | 'onProgress'>,
): Promise<{ readonly result: JobResult | null; readonly msPerPixel: number }> {
  const { job, output } = await prepare(images, id, item, compute, options);
  const drawing = context(output);
  const show = (rect: Rect, pixels: Rgba8) => {
    drawing.putImageData(asImageData(pixels), rect.x, rect.y);
    void images.show(id, rect, pixels);
  };
  images.setState(id, 'running');
  const finished = await job.run(compute, {
    ...hooks,
    visible: () => images.visible(id),
    onTile: show,
    onBlock: show,
  });
  const { msPerPixel } = job;
  if (!finished) return { result: null, msPerPixel };
  await images.keepResult(id, output);
  const { backend, tile } = compute.ready;
  const megapixels = (output.width * output.height) / 1e6;
  return { result: { seconds: job.seconds, megapixels, options, backend, tile }, msPerPixel };
}
