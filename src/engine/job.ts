/**
 * One image on its way to ×4: which tiles are done, the blend so far, and the loop that runs the rest. A job can be
 * stopped after any tile and run on later, also on another device, as long as options and tile shape stay the same.
 */
import { BlockAccumulator } from '../imaging/accumulator.ts';
import { bleedColour, hasAlpha, upscaleAlpha4 } from '../imaging/alpha.ts';
import { type FloatImage, floatToRgba8, type Rgba8 } from '../imaging/image.ts';
import { fillNoise } from '../imaging/noise-field.ts';
import { cropReflectRgb } from '../imaging/pad.ts';
import { orderTiles, planTiles, type Tile, type TilePlan } from '../imaging/tiling.ts';
import { TileClock } from './progress.ts';
import type { ColourLock, JobProgress, Rect } from './protocol.ts';

export const scale = 4;

/** What makes a tile four times as large: the engine's networks, or a model from elsewhere. */
export interface TileNetwork {
  /** Values of noise it takes with each pixel; 0 for a network without noise. */
  readonly latentChannels: number;
  /**
   * @param lr tile·tile·3 RGB values in [−1, 1], HWC
   * @param noise tile·tile·latentChannels standard normals, HWC
   * @param colourLock how its colours are tied to the tile's; models from elsewhere know none
   * @returns (4·tile)²·3 values in [−1, 1], HWC
   */
  runTile(lr: Float32Array, noise: Float32Array, colourLock: ColourLock): Promise<Float32Array>;
}

export interface JobHooks {
  readonly signal: AbortSignal;
  /** The part of the image on screen, LR pixels; its tiles run first. */
  readonly visible?: () => Rect | null;
  readonly onProgress?: (progress: JobProgress) => void;
  /** A tile just ran: its pixels before blending (to be covered by blocks later). HR rectangle. */
  readonly onTile?: (rect: Rect, pixels: Rgba8) => void;
  /** Awaited after each tile: what else has to be done and should not wait for the whole run. */
  readonly betweenTiles?: () => Promise<unknown>;
  /** A block of the result is final. HR rectangle. */
  readonly onBlock: (rect: Rect, pixels: Rgba8) => void;
}

/** What the picture depends on besides the tiles; the names of preset and method only tell runs apart. */
export interface JobOptions {
  readonly preset: string;
  readonly method: string;
  readonly seed: number;
  readonly colourLock: ColourLock;
  /** Where the image's top left lies in a larger whole, LR pixels: a crop then gets the noise and grid of its place. */
  readonly origin?: { readonly x: number; readonly y: number };
}

export class Job {
  readonly plan: TilePlan;
  readonly #options: JobOptions;
  readonly #image: Rgba8;
  readonly #alpha: Rgba8 | null;
  readonly #accumulator: BlockAccumulator;
  readonly #finished = new Set<number>();
  readonly #clock = new TileClock();
  #onBlock: JobHooks['onBlock'] = () => {};
  #milliseconds = 0;

  constructor(image: Rgba8, options: JobOptions, tile: number, alignment: number) {
    this.#options = options;
    this.#alpha = hasAlpha(image) ? image : null;
    this.#image = this.#alpha ? bleedColour(image) : image;
    this.plan = planTiles(image, tile, { align: alignment, origin: options.origin ?? { x: 0, y: 0 } });
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

  /** Mean milliseconds of the tiles so far; 0 before the first. */
  get msPerTile(): number {
    return this.#clock.mean;
  }

  progress(): JobProgress {
    const total = this.plan.tiles.length;
    return { done: this.#finished.size, total, ...this.#clock.estimate(total - this.#finished.size) };
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
      this.#clock.add(spent);
      hooks.onProgress?.(this.progress());
      // Lets a waiting cancel or view command in, also where the backend never yields (WASM).
      await new Promise((resolve) => setTimeout(resolve));
      await hooks.betweenTiles?.();
    }
  }

  /** The tile's HR pixels, not yet blended. */
  async #runTile(network: TileNetwork, tile: Tile): Promise<FloatImage> {
    const side = this.plan.tile;
    const { seed, colourLock, origin } = this.#options;
    const lr = cropReflectRgb(this.#image, tile.x, tile.y, side, side);
    const noise = new Float32Array(side * side * network.latentChannels);
    fillNoise(noise, seed, tile.y + (origin?.y ?? 0), tile.x + (origin?.x ?? 0), side, side, network.latentChannels);
    const data = await network.runTile(lr.data, noise, colourLock);
    return { width: side * scale, height: side * scale, channels: 3, data };
  }

  #showTile(tile: Tile, sr: FloatImage, hooks: JobHooks): void {
    if (!hooks.onTile) return;
    const x = Math.max(0, tile.x);
    const y = Math.max(0, tile.y);
    const right = Math.min(this.#image.width, tile.x + this.plan.tile);
    const bottom = Math.min(this.#image.height, tile.y + this.plan.tile);
    const rect = { x: x * scale, y: y * scale, width: (right - x) * scale, height: (bottom - y) * scale };
    const pixels = floatToRgba8(sr, (x - tile.x) * scale, (y - tile.y) * scale, rect.width, rect.height);
    if (this.#alpha) upscaleAlpha4(this.#alpha, rect, pixels);
    hooks.onTile(rect, pixels);
  }
}
