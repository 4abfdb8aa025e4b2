/**
 * One image on its way to ×4: which tiles are done, the picture so far, and the loop that runs the rest. A job can
 * be stopped after any tile and run on later, also on another device, as long as options and tile size stay the same.
 */
import { BlockAccumulator } from '../../imaging/accumulator.ts';
import { bleedColour, hasAlpha, upscaleAlpha4 } from '../../imaging/alpha.ts';
import {
  cropReflectRgb,
  type FloatImage,
  floatToRgba8,
  pasteRgba8,
  type Rect,
  type Rgba8,
} from '../../imaging/image.ts';
import { computedPixels, orderTiles, planTiles, type Tile, type TilePlan, type Tiling } from '../../imaging/tiling.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { ColourLock, JobProgress, Prediction } from '../../protocol/upscale.ts';
import { TileMemoryError } from '../runtime/errors.ts';
import { type Interrupt, TileInterruptedError, type TileWatch, turn, WorkClock } from '../runtime/kernel-watch.ts';
import { type TileNetwork, tileNoise } from '../runtime/network-tiling.ts';
import type { UpscaleEngine } from '../runtime/upscale-engine.ts';

export interface JobHooks {
  readonly signal: AbortSignal;
  /** The part of the image on screen, LR pixels; its tiles run first. */
  readonly visible?: () => Rect | null;
  readonly onProgress?: (progress: JobProgress) => void;
  /** A tile just ran: its pixels before they join others' (to be covered by blocks later). HR rectangle. */
  readonly onTile?: (rect: Rect, pixels: Rgba8, index: number) => void;
  /** Awaited after each tile: what else has to be done and should not wait for the whole run. */
  readonly betweenTiles?: () => Promise<unknown>;
  /** Stops a tile in its midst to let the page's messages in; the tile runs anew unless they stop the job. */
  readonly interrupt?: Interrupt;
  /** Asked after each tile: true ends the run as the signal does. */
  readonly isEnough?: () => boolean;
  /** Milliseconds that all tiles are expected to take, if that is known; the time left goes by it before the first one. */
  readonly expectedMs?: number | null;
  /** A block of the result is final. HR rectangle. */
  readonly onBlock: (rect: Rect, pixels: Rgba8) => void;
}

/** All that the picture depends on besides the tiles; the names of preset and method only tell runs apart. */
export interface JobOptions {
  readonly preset: string;
  readonly method: string;
  readonly seed: number;
  readonly colourLock: ColourLock;
  /** Position of the image's top left in a larger whole, LR pixels: a crop then gets the noise and grid of its place. */
  readonly origin?: { readonly x: number; readonly y: number };
}

/** A tile as its network takes it. */
interface TileInput {
  readonly network: TileNetwork;
  readonly tile: Tile;
  readonly lr: FloatImage;
  readonly noise: Float32Array;
}

export class TiledUpscale {
  readonly plan: TilePlan;
  readonly #options: JobOptions;
  readonly #image: Rgba8;
  readonly #alpha: Rgba8 | null;
  readonly #accumulator: BlockAccumulator;
  readonly #finished = new Set<number>();
  readonly #clock = new WorkClock();
  /** By the LR pixels that a tile computes. */
  readonly #times = new Map<number, WorkClock>();
  #onBlock: JobHooks['onBlock'] = () => {};
  #prepared: TileInput | null = null;
  #milliseconds = 0;
  #expected = 0;

  /**
   * @param tile side of a tile, LR pixels (imaging/tiling.ts)
   * @param finished indexes of tiles that are there already; only tiles that don't overlap can be
   */
  constructor(image: Rgba8, options: JobOptions, tile: number, tiling: Tiling, finished: Iterable<number> = []) {
    this.#options = options;
    this.#alpha = hasAlpha(image) ? image : null;
    this.#image = this.#alpha ? bleedColour(image) : image;
    this.plan = planTiles(image, tile, tiling, options.origin);
    for (const index of finished) this.#finished.add(index);
    this.#accumulator = new BlockAccumulator(this.plan, upscaleFactor, (rect, pixels) => {
      if (this.#alpha) upscaleAlpha4(this.#alpha, rect, pixels);
      this.#onBlock(rect, pixels);
    });
  }

  /** True when running this job on gives the picture that a fresh one would. */
  matches(tile: number, options: JobOptions): boolean {
    const mine = this.#options;
    return (
      tile === this.plan.tile &&
      (['preset', 'method', 'seed', 'colourLock'] as const).every((key) => mine[key] === options[key])
    );
  }

  /** Seconds spent in tiles, all runs together. */
  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  /** Mean milliseconds of the tiles so far, by the LR pixels that each computes. */
  get tileTimes(): ReadonlyMap<number, number> {
    return new Map([...this.#times].map(([pixels, clock]) => [pixels, clock.mean]));
  }

  /** @param started LR pixels of the tile in work that are as good as computed */
  progress(started = 0): JobProgress {
    const { tiles } = this.plan;
    const left = computedPixels(tiles.filter(({ index }) => !this.#finished.has(index))) - started;
    const measured = this.#clock.estimate(left);
    const rest = left / computedPixels(tiles);
    const etaSeconds = measured.etaSeconds ?? (this.#expected > 0 ? (rest * this.#expected) / 1000 : null);
    const share = 1 - rest;
    return { done: this.#finished.size, total: tiles.length, share, ...measured, etaSeconds };
  }

  /** Runs the tiles left. True when all are done, false when the signal stopped it first. */
  async run(network: TileNetwork, hooks: JobHooks): Promise<boolean> {
    this.#onBlock = hooks.onBlock;
    this.#expected = hooks.expectedMs ?? 0;
    hooks.onProgress?.(this.progress());
    let visible: Rect | null | undefined;
    let order: readonly Tile[] = [];
    for (;;) {
      const seen = hooks.visible?.() ?? null;
      if (seen !== visible) {
        visible = seen;
        order = orderTiles(this.plan, seen);
      }
      const [tile, next] = order.filter(({ index }) => !this.#finished.has(index));
      if (!tile) return true;
      if (hooks.signal.aborted) return false;
      const started = performance.now();
      const sr = await this.#runTile(this.#input(network, tile), this.#watch(tile, hooks), next);
      if (!sr) {
        await hooks.interrupt?.serve();
        await hooks.betweenTiles?.();
        continue;
      }
      this.#finished.add(tile.index);
      this.#showTile(tile, sr, hooks);
      this.#accumulator.add(tile, sr.data);
      const spent = performance.now() - started;
      this.#milliseconds += spent;
      this.#clock.add(spent, tile.width * tile.height);
      const alike = this.#times.get(tile.width * tile.height) ?? new WorkClock();
      this.#times.set(tile.width * tile.height, alike);
      alike.add(spent);
      hooks.onProgress?.(this.progress());
      // A view command may be waiting too, also where the backend never yields (WASM).
      await turn();
      await hooks.betweenTiles?.();
      if (hooks.isEnough?.()) return this.#finished.size === this.plan.tiles.length;
    }
  }

  #watch({ width, height }: Tile, { onProgress, interrupt }: JobHooks): TileWatch {
    return {
      progress: (share) => onProgress?.(this.progress(share * width * height)),
      isInterrupted: () => interrupt?.isSet ?? false,
    };
  }

  #input(network: TileNetwork, tile: Tile): TileInput {
    const ready = this.#prepared;
    this.#prepared = null;
    if (ready?.network === network && ready.tile === tile) return ready;
    const { seed, origin } = this.#options;
    const { x, y, width, height } = tile;
    const lr = cropReflectRgb(this.#image, x, y, width, height);
    const place = { x: x + (origin?.x ?? 0), y: y + (origin?.y ?? 0), width, height };
    return { network, tile, lr, noise: tileNoise(network, seed, place) };
  }

  /** All HR pixels that are computed for the tile; null when it was interrupted. @param next prepared meanwhile */
  async #runTile({ network, tile, lr, noise }: TileInput, watch: TileWatch, next?: Tile): Promise<FloatImage | null> {
    const running = network.runTile(lr, noise, this.#options.colourLock, watch).catch((error: unknown) => {
      if (error instanceof TileInterruptedError) return null;
      throw error;
    });
    // A GPU has all that it needs by now, and would wait for this otherwise.
    if (next) this.#prepared = this.#input(network, next);
    const data = await running;
    return data && { width: tile.width * upscaleFactor, height: tile.height * upscaleFactor, channels: 3, data };
  }

  #showTile({ x, y, used, index }: Tile, sr: FloatImage, hooks: JobHooks): void {
    if (!hooks.onTile) return;
    const rect = {
      x: used.x * upscaleFactor,
      y: used.y * upscaleFactor,
      width: used.width * upscaleFactor,
      height: used.height * upscaleFactor,
    };
    const pixels = floatToRgba8(sr, rect.x - x * upscaleFactor, rect.y - y * upscaleFactor, rect.width, rect.height);
    if (this.#alpha) upscaleAlpha4(this.#alpha, rect, pixels);
    hooks.onTile(rect, pixels, index);
  }
}

// Time and memory that an image will take, before it runs.

/** @param compute null: its part is not known yet */
export function predict(compute: UpscaleEngine | null, width: number, height: number): Prediction {
  const size = { outWidth: width * upscaleFactor, outHeight: height * upscaleFactor };
  if (!compute) return { ...size, run: null };
  const { networks, ready, tiling } = compute;
  const { tiles } = planTiles({ width, height }, ready.tile, tiling);
  // None is larger.
  const [first] = tiles as [Tile];
  const { tensors } = networks.tileCost(first.height, first.width, networks.decodeRows);
  const ms = compute.msOf(tiles);
  return { ...size, run: { tiles: tiles.length, peakBytes: tensors, seconds: ms === null ? null : ms / 1000 } };
}

// A whole picture through the networks at once, for those who need nothing but the result: the command line and evaluations.

export interface UpscaleImageHooks {
  readonly signal?: AbortSignal;
  /** Bytes a tile may plan; halving the tile after memory ran out keeps to it. */
  readonly memoryBudget: number;
  readonly onProgress?: (progress: JobProgress) => void;
  /** Memory ran out and the picture starts again with smaller tiles: one sentence. */
  readonly onSmaller?: (reason: string) => void;
}

/**
 * The picture four times as wide and high.
 * @param tile side of a tile, LR pixels
 * @throws one sentence; the signal's reason when that stopped it
 */
export async function upscaleTiled(
  network: TileNetwork,
  tile: number,
  image: Rgba8,
  options: JobOptions,
  hooks: Pick<UpscaleImageHooks, 'signal' | 'onProgress'>,
): Promise<Rgba8> {
  const { signal = new AbortController().signal, onProgress } = hooks;
  const data = new Uint8ClampedArray(image.width * image.height * upscaleFactor * upscaleFactor * 4);
  const out: Rgba8 = { width: image.width * upscaleFactor, height: image.height * upscaleFactor, data };
  const job = new TiledUpscale(image, options, tile, network.tiling);
  const onBlock = (rect: { x: number; y: number }, pixels: Rgba8) => pasteRgba8(out, pixels, rect.x, rect.y);
  if (await job.run(network, { signal, onProgress, onBlock })) return out;
  throw signal.reason;
}

/** As `upscaleTiled`, in the tiles of the engine: smaller ones once memory runs out. */
export async function upscaleImage(
  compute: UpscaleEngine,
  image: Rgba8,
  options: JobOptions,
  hooks: UpscaleImageHooks,
): Promise<Rgba8> {
  for (;;) {
    try {
      return await upscaleTiled(compute, compute.ready.tile, image, options, hooks);
    } catch (error) {
      if (!(error instanceof TileMemoryError)) throw error;
      compute.shrink(hooks.memoryBudget, error.message);
      hooks.onSmaller?.(compute.ready.tileReason);
    }
  }
}
