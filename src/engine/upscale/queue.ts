/** The images that wait for the engine, one after the other, and what becomes of the one that runs. */

import { errorMessage } from '../../formats/errors.ts';
import { watchPeakBytes } from '../../gpu/counters.ts';
import { type Agreement, agreeWithInput } from '../../imaging/agree.ts';
import type { Rect, Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { JobResult, JobState, UpscaleOptions } from '../../protocol/upscale.ts';
import { DeviceLostError, LossLimit, TileMemoryError } from '../runtime/errors.ts';
import type { Emit } from '../runtime/handlers.ts';
import { type Interrupt, letIn } from '../runtime/kernel-watch.ts';
import type { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { asImageData, context } from './codec.ts';
import type { ImageSet, Item } from './images.ts';
import { type JobHooks, type JobOptions, TiledUpscale } from './tiled-upscale.ts';

/** Callbacks of an image's run into the engine. */
export interface QueueEngine {
  /** Awaited between tiles. */
  readonly besides: () => Promise<unknown>;
  readonly interrupt: Interrupt;
  /** Its tiles took so long (TiledUpscale). */
  readonly recordTileTimes: (compute: UpscaleEngine, times: TiledUpscale['tileTimes']) => void;
  /** Its device is lost. */
  readonly rebuild: (compute: UpscaleEngine) => void;
  readonly notice: (message: string) => void;
}

export interface QueuedImage {
  readonly id: string;
  readonly item: Item;
  /** To stop after a few seconds. */
  readonly preview: boolean;
}

/** Milliseconds after which a preview starts no other tile. */
const previewMilliseconds = 4000;

export class RunQueue {
  readonly #images: ImageSet;
  readonly #emit: Emit;
  readonly #engine: QueueEngine;
  readonly #waiting: string[] = [];
  readonly #previews = new Set<string>();
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
  add(ids: readonly string[], running: string | null, preview: boolean): void {
    for (const id of ids) {
      // A run to the end that is asked for during a preview goes on with it.
      if (preview) this.#previews.add(id);
      else this.#previews.delete(id);
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
      if (item) return { id, item, preview: this.#previews.has(id) };
    }
    return null;
  }

  /** Never throws: what goes wrong is told, and the image goes on where that can be. */
  async run(image: QueuedImage, compute: UpscaleEngine, options: UpscaleOptions, signal: AbortSignal): Promise<void> {
    const { id, item } = image;
    const resolved = { ...options, method: compute.ready.method };
    const started = performance.now();
    const isTimed = compute.ready.msPerTile !== null;
    try {
      const { result, tileTimes } = await runImage(this.#images, id, item, compute, resolved, {
        signal,
        betweenTiles: this.#engine.besides,
        interrupt: this.#engine.interrupt,
        // Where nothing was timed yet, the first tile tells whether the rest should follow.
        isEnough: () => this.#previews.has(id) && (!isTimed || performance.now() - started > previewMilliseconds),
        onProgress: (progress) =>
          this.#emit({ type: 'job', id, state: 'running', progress, result: null, message: null }),
      });
      this.#losses.forget();
      if (result) item.run = null;
      if (result) this.#images.setState(id, 'done', { result });
      else this.#rest(id);
      this.#engine.recordTileTimes(compute, tileTimes);
    } catch (error) {
      this.#recover(image, compute, options, error, signal);
    }
  }

  /** The image in work has stopped. */
  #rest(id: string): JobState {
    const state = this.#waiting.includes(id) ? 'waiting' : 'paused';
    this.#images.setState(id, state);
    return state;
  }

  /** A lost device is rebuilt and the run goes on (runtime/errors.ts); a tile that did not fit is halved; anything else fails this image alone. */
  #recover(
    { id, item }: QueuedImage,
    compute: UpscaleEngine,
    options: UpscaleOptions,
    error: unknown,
    { aborted }: AbortSignal,
  ): void {
    const again = (message: string) => {
      // One that was stopped waits to be asked for, or waits already: for an engine that is opened anew.
      if (!aborted) this.putBack(id);
      if (this.#rest(id) === 'waiting') this.#engine.notice(message);
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
      this.#losses.forget();
      item.run = null;
      this.#images.setState(id, 'failed', { message: errorMessage(final) });
    }
  }
}

// One image of the queue on the engine: its job is begun or gone on with, drawn as its tiles come, and kept.

/** Whether tiles of an earlier visit are those of a run with these options. */
const isSameRun = (kept: Item['record']['kept'], tile: number, options: JobOptions): boolean =>
  kept?.tile === tile &&
  (['preset', 'method', 'seed', 'colourLock'] as const).every((key) => kept.options[key] === options[key]);

/** The run to continue, if it was started with the same options and tile; else a fresh one. */
async function prepare(
  images: ImageSet,
  id: string,
  item: Item,
  compute: UpscaleEngine,
  options: JobOptions,
): Promise<NonNullable<Item['run']>> {
  const { tile } = compute.ready;
  if (item.run?.job.matches(tile, options)) return item.run;
  const output = new OffscreenCanvas(item.width * upscaleFactor, item.height * upscaleFactor);
  // The page may look at the picture before its first tile: of a canvas without a context there is no bitmap.
  const drawing = context(output);
  const isKept = compute.tiling.join === 'context' && isSameRun(item.record.kept, tile, options);
  const kept = isKept ? await images.keptTiles(id) : [];
  const job = new TiledUpscale(
    await images.pixels(id),
    options,
    tile,
    compute.tiling,
    kept.map(({ index }) => index),
  );
  for (const { rect, pixels } of kept) drawing.putImageData(asImageData(pixels), rect.x, rect.y);
  item.run = { job, output };
  if (kept.length === 0) {
    await images.tellOfRoom(id);
    const begun = { tile, options, total: job.plan.tiles.length };
    await images.beginRun(id, compute.tiling.join === 'context' ? begun : null);
    await images.clear(id);
    await images.dial.forgetFaithful(id);
    if (item.spread.state !== 'none') images.dial.setSpread(id, { state: 'none' });
  }
  return item.run;
}

/** Null: the signal stopped it. */
const agreement = (output: Rgba8, lr: Rgba8, signal: AbortSignal): Promise<Agreement | null> =>
  agreeWithInput(output, lr, { pause: letIn(signal) }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });

/**
 * @returns the result, null when the signal stopped it before its end; and what its tiles took
 * @throws what the engine throws: DeviceLostError, TileMemoryError, or one sentence about this image
 */
async function runImage(
  images: ImageSet,
  id: string,
  item: Item,
  compute: UpscaleEngine,
  options: JobResult['options'],
  hooks: Omit<JobHooks, 'visible' | 'onTile' | 'onBlock' | 'expectedMs'>,
): Promise<{ readonly result: JobResult | null; readonly tileTimes: TiledUpscale['tileTimes'] }> {
  const { job, output } = await prepare(images, id, item, compute, options);
  const drawing = context(output);
  const show = (rect: Rect, pixels: Rgba8) => {
    drawing.putImageData(asImageData(pixels), rect.x, rect.y);
    void images.show(id, rect, pixels);
  };
  const keep = (rect: Rect, pixels: Rgba8, index: number) => {
    show(rect, pixels);
    if (item.record.kept) images.keepTile(id, { index, rect, pixels });
  };
  images.setState(id, 'running');
  const watched = watchPeakBytes();
  const running = job.run(compute, {
    ...hooks,
    expectedMs: compute.msOf(job.plan.tiles),
    async betweenTiles() {
      await hooks.betweenTiles?.();
      // Tiles that block the worker leave a write no time but here.
      if (compute.backend.kind !== 'webgpu') await images.written();
    },
    visible: () => images.visible(id),
    onTile: keep,
    onBlock: show,
  });
  const finished = await running.finally(watched.stop);
  const { tileTimes } = job;
  if (!finished) return { result: null, tileTimes };
  const agreed = options.agree
    ? await agreement(drawing.getImageData(0, 0, output.width, output.height), await images.pixels(id), hooks.signal)
    : undefined;
  // Its tiles stay: a run that goes on has nothing left but to agree.
  if (agreed === null) return { result: null, tileTimes };
  if (agreed && agreed.rounds > 0) show({ x: 0, y: 0, width: output.width, height: output.height }, agreed.picture);
  await images.keepResult(id, output);
  const { backend, tile } = compute.ready;
  const megapixels = (output.width * output.height) / 1e6;
  const peakBytes = 4 * compute.ready.parameters + watched.read();
  return {
    result: {
      seconds: job.seconds,
      megapixels,
      options,
      backend,
      tile,
      peakBytes,
      ...(agreed && { agreement: agreed.after }),
    },
    tileTimes,
  };
}
