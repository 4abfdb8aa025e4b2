/**
 * One image on its way to ×4: which tiles are done, the picture so far, and the loop that runs the rest. A job can
 * be stopped after any tile and run on later, also on another device, as long as options and tile size stay the same.
 */
import { BlockAccumulator } from '../imaging/accumulator.ts';
import { bleedColour, hasAlpha, upscaleAlpha4 } from '../imaging/alpha.ts';
import { type FloatImage, floatToRgba8, type Rect, type Rgba8 } from '../imaging/image.ts';
import { fillNoise } from '../imaging/noise-field.ts';
import { cropReflectRgb } from '../imaging/pad.ts';
import { computedPixels, orderTiles, planTiles, type Tile, type TilePlan, type Tiling } from '../imaging/tiling.ts';
import type { ColourLock, JobProgress } from '../protocol/upscale.ts';
import { WorkClock } from './progress.ts';

export const scale = 4;

/** Makes a tile four times as large: the engine's networks, or a model from elsewhere. */
export interface TileNetwork {
  /** The way in which its tiles join. */
  readonly tiling: Tiling;
  /** Values of noise it takes with each pixel; 0 for a network without noise. */
  readonly latentChannels: number;
  /**
   * @param lr RGB in [−1, 1]; its sides are what `tiling` lets them be
   * @param noise height·width·latentChannels standard normals, HWC
   * @param colourLock how its colours are tied to the tile's; models from elsewhere know none
   * @returns 4·height·4·width·3 values in [−1, 1], HWC
   */
  runTile(lr: FloatImage, noise: Float32Array, colourLock: ColourLock): Promise<Float32Array>;
}

export interface JobHooks {
  readonly signal: AbortSignal;
  /** The part of the image on screen, LR pixels; its tiles run first. */
  readonly visible?: () => Rect | null;
  readonly onProgress?: (progress: JobProgress) => void;
  /** A tile just ran: its pixels before they join others' (to be covered by blocks later). HR rectangle. */
  readonly onTile?: (rect: Rect, pixels: Rgba8) => void;
  /** Awaited after each tile: what else has to be done and should not wait for the whole run. */
  readonly betweenTiles?: () => Promise<unknown>;
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

export class Job {
  readonly plan: TilePlan;
  readonly #options: JobOptions;
  readonly #image: Rgba8;
  readonly #alpha: Rgba8 | null;
  readonly #accumulator: BlockAccumulator;
  readonly #finished = new Set<number>();
  readonly #clock = new WorkClock();
  #onBlock: JobHooks['onBlock'] = () => {};
  #milliseconds = 0;

  /** @param tile side of a tile, LR pixels (imaging/tiling.ts) */
  constructor(image: Rgba8, options: JobOptions, tile: number, tiling: Tiling) {
    this.#options = options;
    this.#alpha = hasAlpha(image) ? image : null;
    this.#image = this.#alpha ? bleedColour(image) : image;
    this.plan = planTiles(image, tile, tiling, options.origin);
    this.#accumulator = new BlockAccumulator(this.plan, scale, (rect, pixels) => {
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

  /** Mean milliseconds of each LR pixel computed so far; 0 before the first tile. */
  get msPerPixel(): number {
    return this.#clock.mean;
  }

  progress(): JobProgress {
    const { tiles } = this.plan;
    const left = tiles.filter(({ index }) => !this.#finished.has(index));
    return { done: this.#finished.size, total: tiles.length, ...this.#clock.estimate(computedPixels(left)) };
  }

  /** Runs the tiles left. True when all are done, false when the signal stopped it first. */
  async run(network: TileNetwork, hooks: JobHooks): Promise<boolean> {
    this.#onBlock = hooks.onBlock;
    hooks.onProgress?.(this.progress());
    let visible: Rect | null | undefined;
    let order: readonly Tile[] = [];
    for (;;) {
      const seen = hooks.visible?.() ?? null;
      if (seen !== visible) {
        visible = seen;
        order = orderTiles(this.plan, seen);
      }
      const tile = order.find(({ index }) => !this.#finished.has(index));
      if (!tile) return true;
      if (hooks.signal.aborted) return false;
      const started = performance.now();
      const sr = await this.#runTile(network, tile);
      this.#finished.add(tile.index);
      this.#showTile(tile, sr, hooks);
      this.#accumulator.add(tile, sr.data);
      const spent = performance.now() - started;
      this.#milliseconds += spent;
      this.#clock.add(spent, tile.width * tile.height);
      hooks.onProgress?.(this.progress());
      // Lets a waiting cancel or view command in, also where the backend never yields (WASM).
      await new Promise((resolve) => setTimeout(resolve));
      await hooks.betweenTiles?.();
    }
  }

  /** All HR pixels that are computed for the tile. */
  async #runTile(network: TileNetwork, { x, y, width, height }: Tile): Promise<FloatImage> {
    const { seed, colourLock, origin } = this.#options;
    const { latentChannels } = network;
    const lr = cropReflectRgb(this.#image, x, y, width, height);
    const noise = new Float32Array(width * height * latentChannels);
    fillNoise(noise, seed, y + (origin?.y ?? 0), x + (origin?.x ?? 0), height, width, latentChannels);
    const data = await network.runTile(lr, noise, colourLock);
    return { width: width * scale, height: height * scale, channels: 3, data };
  }

  #showTile({ x, y, used }: Tile, sr: FloatImage, hooks: JobHooks): void {
    if (!hooks.onTile) return;
    const rect = {
      x: used.x * scale,
      y: used.y * scale,
      width: used.width * scale,
      height: used.height * scale,
    };
    const pixels = floatToRgba8(sr, rect.x - x * scale, rect.y - y * scale, rect.width, rect.height);
    if (this.#alpha) upscaleAlpha4(this.#alpha, rect, pixels);
    hooks.onTile(rect, pixels);
  }
}
