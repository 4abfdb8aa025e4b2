/**
 * The compute engine of a session: a backend, the networks of one preset and method, and one tile size. Opening it downloads
 * and checks the weights while the backend opens, picks the tile, and compiles every kernel. The first picture tells how long a
 * pixel takes here, or a probe does while there is none.
 */

import * as tf from '@tensorflow/tfjs-core';
import { errorMessage } from '../../formats/errors.ts';
import type { Backend } from '../../gpu/backend.ts';
import { type Repeated, runOnce } from '../../gpu/work.ts';
import { type FloatImage, floatImage, type Rect } from '../../imaging/image.ts';
import { computedPixels, computedSide, planTiles, type Tile, type Tiling } from '../../imaging/tiling.ts';
import { noiseDraws, upscaleTileLocked } from '../../paper/upscale.ts';
import type { Event } from '../../protocol/index.ts';
import { type ColourLock, defaultOptions, type EngineReady } from '../../protocol/upscale.ts';
import { DeviceLostError, looksLikeMemory, TileMemoryError, unlessLost } from './errors.ts';
import { KernelClock, Pace, reportByTime, type TileWatch } from './kernel-watch.ts';
import type { TileNetwork } from './network-tiling.ts';
import { type LoadedNetworks, MissingMethodError } from './networks.ts';
import {
  type EngineEnvironment,
  type EngineRequest,
  engineFacts,
  fetchOpening,
  type OpenNetworks,
  tileQuestion,
} from './open-networks.ts';
import { chooseTile, fewestRows } from './tile-choice.ts';

/**
 * LR pixels a side of the two pictures that the probe runs; kernels are compiled for the first. On WebAssembly a picture that
 * comes meanwhile waits for it.
 */
const probeSides = { webgpu: [64, 128], wasm: [16, 64], cpu: [16, 64] } as const;
/** Beyond this a probe's second tile is not worth what it takes. */
const probeMilliseconds = 1000;

/** Of `runTile`: pixels, noise, colour lock. */
type TileValues = [lr: FloatImage, noise: Float32Array, colourLock: ColourLock];

const unwatched: TileWatch = { progress() {}, isInterrupted: () => false };

export class UpscaleEngine implements TileNetwork {
  readonly backend: Backend;
  networks: OpenNetworks;
  ready: EngineReady;
  /** By the LR pixels of the tiles that the probe and the last images computed. */
  readonly #pace = new Pace();
  readonly #kernels = new KernelClock();
  readonly #memoryBudget: number;

  private constructor(backend: Backend, networks: OpenNetworks, ready: EngineReady, memoryBudget: number) {
    this.backend = backend;
    this.networks = networks;
    this.ready = ready;
    this.#memoryBudget = memoryBudget;
  }

  /** @throws one sentence saying what is missing and what to do. */
  static async open(
    environment: EngineEnvironment,
    request: EngineRequest,
    report: (event: Event) => void,
  ): Promise<UpscaleEngine> {
    const fetching = fetchOpening(environment, request, (loaded, total, cached) =>
      report({ type: 'model-progress', loaded, total, cached }),
    );
    // A backend that does not open has the word; the weights that came for it are kept by their source.
    fetching.catch(() => {});
    const backend = await environment.openBackend(request.backend);
    let networks: OpenNetworks | undefined;
    try {
      report({ type: 'log', message: `Backend: ${backend.reason}` });
      report({ type: 'engine-opening', message: 'Loading the networks …' });
      networks = await (await fetching)(backend.kind);
      // Loading turned every weight: the originals' memory fits no tensor of a tile.
      backend.trim();
      const { ready, decodeRows } = engineFacts(backend, networks, request);
      const compute = new UpscaleEngine(backend, { ...networks, decodeRows }, ready, request.memoryBudget);
      report({ type: 'engine-opening', message: 'Compiling the networks …' });
      await compute.#fitting(probeSides[backend.kind][0], report, async (tile) => {
        const { inputs, run } = compute.#work(...tile);
        const record = () => void run(...inputs.map(({ data, shape }) => tf.tensor(data, shape)));
        await compute.#withMemory(() => backend.compile(record));
      });
      // Off the GPU a tile tells how far it is by the kernels of one before: the smallest is enough for that.
      if (backend.kind !== 'webgpu')
        await compute.#fitting(0, report, async (tile) => void (await compute.runTile(...tile)));
      report({ type: 'log', message: `Tile: ${compute.ready.tileReason}` });
      return compute;
    } catch (error) {
      networks?.dispose();
      backend.dispose();
      throw error;
    }
  }

  /** The networks of the weights. @throws one sentence where a model from elsewhere is open */
  get own(): LoadedNetworks {
    if ('enlarge' in this.networks)
      throw new Error('This takes a network of the weights: choose one of them as the method on Upscale.');
    return this.networks;
  }

  get latentChannels(): number {
    return 'enlarge' in this.networks ? 0 : this.networks.latentChannels;
  }

  get noiseDraws(): number {
    return 'enlarge' in this.networks ? 0 : noiseDraws(this.networks.sampling, this.networks.schedule);
  }

  get tiling(): Tiling {
    return this.networks.tiling;
  }

  /** Milliseconds that tiles take here, by those that were measured; null before the first. */
  msOf = (tiles: readonly Pick<Rect, 'width' | 'height'>[]) => this.#pace.of(tiles.length, computedPixels(tiles));

  #msOfTile(tile: number): number | null {
    const side = computedSide(this.tiling, tile);
    return this.msOf([{ width: side, height: side }]);
  }

  /** @throws TileMemoryError when memory ran out */
  async #withMemory<T>(run: () => Promise<T>): Promise<T> {
    const { backend } = this;
    backend.device?.pushErrorScope('out-of-memory');
    let output: T;
    try {
      output = await unlessLost(backend.lost, run());
    } catch (error) {
      if (error instanceof DeviceLostError) throw error;
      throw looksLikeMemory(error) ? this.#outOfMemory(errorMessage(error)) : error;
    }
    const failure = backend.device && (await unlessLost(backend.lost, backend.device.popErrorScope()));
    if (failure) throw this.#outOfMemory(failure.message);
    return output;
  }

  /** Memory that is kept for such tiles is useless, or not even there. */
  #outOfMemory(message: string): TileMemoryError {
    this.backend.trim();
    return new TileMemoryError(message);
  }

  /** One tile through the whole recipe (§1.9). */
  async runTile(
    lr: FloatImage,
    noise: Float32Array,
    colourLock: ColourLock,
    watch: TileWatch = unwatched,
  ): Promise<Float32Array> {
    const output = await this.#withMemory(() => this.#upscale(lr, noise, colourLock, watch));
    if (!Number.isFinite(output[0]) || !Number.isFinite(output[output.length >> 1])) {
      throw new Error(
        'The networks gave values that are no numbers on this adapter: switch the backend to WebAssembly in Settings.',
      );
    }
    return output;
  }

  /** A tile as work that is repeated: the way through the networks, and what differs from tile to tile. */
  #work({ data, height, width }: FloatImage, noise: Float32Array, colourLock: ColourLock): Repeated {
    const { networks } = this;
    const pixels = { data, shape: [1, height, width, 3] };
    const spare = this.#memoryBudget - networks.tileCost(height, width, networks.decodeRows).peak;
    const named = { owner: networks, name: colourLock, spare };
    if ('enlarge' in networks) {
      return { ...named, inputs: [pixels], run: (y) => networks.enlarge(y as tf.Tensor4D) };
    }
    const normals = { data: noise, shape: [this.noiseDraws, height, width, networks.latentChannels] };
    const run = (y: tf.Tensor, noise: tf.Tensor) =>
      upscaleTileLocked(networks, y as tf.Tensor4D, noise as tf.Tensor4D, networks.sampling, colourLock);
    return { ...named, inputs: [pixels, normals], run };
  }

  async #upscale(lr: FloatImage, noise: Float32Array, colourLock: ColourLock, watch: TileWatch): Promise<Float32Array> {
    const work = this.#work(lr, noise, colourLock);
    const { recordings } = this.backend;
    if (!recordings) {
      return runOnce({ ...work, run: (...inputs) => this.#kernels.run(() => work.run(...inputs), watch) });
    }
    // A GPU takes its kernels in at once and runs them by itself.
    const stop = reportByTime(this.msOf([lr]), watch);
    return recordings.run(work).finally(stop);
  }

  /** Takes what a tile of so many LR pixels has just taken. */
  recordTileTime(pixels: number, milliseconds: number): void {
    this.#pace.add(pixels, milliseconds);
    this.ready = { ...this.ready, msPerTile: this.#msOfTile(this.ready.tile) };
  }

  /** Ends the GPU device on purpose; what runs is told as after a driver reset. */
  loseDevice(): void {
    this.backend.device?.destroy();
  }

  dispose(): void {
    this.networks.dispose();
    this.backend.dispose();
  }

  /** Times the tiles of two small pictures, of one where the other would take long. @throws one sentence */
  async probe(report: (event: Event) => void): Promise<void> {
    const { kind, adapter } = this.backend;
    for (const side of new Set(probeSides[kind].map((side) => Math.min(side, this.ready.tile)))) {
      await this.#fitting(side, report, async (tile) => {
        const [{ width, height }] = tile;
        if ((this.msOf([{ width, height }]) ?? 0) > probeMilliseconds) return;
        // The first tile is recorded, and takes the memory that later ones find. Software is too slow to run two.
        if (kind === 'webgpu' && !adapter?.isSoftware) await this.runTile(...tile);
        const started = performance.now();
        await this.runTile(...tile);
        this.recordTileTime(width * height, performance.now() - started);
      });
    }
    report({ type: 'log', message: `Probe: ${Math.round(this.ready.msPerTile ?? 0)} ms a tile.` });
  }

  /**
   * Does something with the tile of a small picture; on failure to allocate, halves the session's tile and tries again.
   * @param side of the picture, LR pixels; 0: the smallest that the networks take, without context
   */
  async #fitting(
    side: number,
    report: (event: Event) => void,
    work: (tile: TileValues) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const { tile } = this.ready;
      const size = Math.min(tile, side);
      const { align } = this.tiling;
      const smallest = { width: align, height: align };
      const { width, height } =
        size === 0 ? smallest : (planTiles({ width: size, height: size }, tile, this.tiling).tiles[0] as Tile);
      const noise = new Float32Array(this.noiseDraws * width * height * this.latentChannels);
      try {
        return await work([floatImage(width, height, 3), noise, defaultOptions.colourLock]);
      } catch (error) {
        if (!(error instanceof TileMemoryError)) throw error;
        this.shrink(this.#memoryBudget, error.message);
        report({ type: 'notice', level: 'info', message: this.ready.tileReason });
      }
    }
  }

  /** Goes on with a smaller tile after an allocation failed. @throws when there is none. */
  shrink(memoryBudget: number, cause: string): void {
    const { align } = this.tiling;
    const half = Math.floor(this.ready.tile / 2 / align) * align;
    if (half < align) {
      if (this.#decodeInStrips()) return;
      throw new Error(
        `Not even a ${align} px tile fits the memory here (${cause}): close other tabs or use a smaller preset.`,
      );
    }
    const choice = chooseTile({ ...tileQuestion(this.backend, this.networks), requested: half, memoryBudget });
    this.ready = {
      ...this.ready,
      tile: choice.tile,
      msPerTile: this.#msOfTile(choice.tile),
      tileReason: `${choice.tile} px, because ${this.ready.tile} px did not fit the memory.`,
    };
  }

  /** The last resort when the smallest tile did not fit. False: it did so already. */
  #decodeInStrips(): boolean {
    if ('enlarge' in this.networks) return false;
    const { tile } = this.ready;
    const decodeRows = fewestRows(this.tiling);
    const rows = computedSide(this.tiling, tile);
    if ((this.networks.decodeRows ?? rows) <= decodeRows) return false;
    this.networks = { ...this.networks, decodeRows };
    const tileReason = `${tile} px, decoded in ${rows / decodeRows} strips, because it did not fit the memory whole.`;
    this.ready = { ...this.ready, tileReason };
    return true;
  }
}

/** As `UpscaleEngine.open`; a method that was chosen for other weights gives way to the best of these. */
export async function openOffered(
  environment: EngineEnvironment,
  request: EngineRequest,
  report: (event: Event) => void,
): Promise<UpscaleEngine> {
  try {
    return await UpscaleEngine.open(environment, request, report);
  } catch (error) {
    if (!(error instanceof MissingMethodError)) throw error;
    report({
      type: 'notice',
      level: 'warning',
      message: `${error.message} Until then the first of these is used.`,
    });
    return UpscaleEngine.open(environment, { ...request, method: 'auto' }, report);
  }
}
