/** An engine for those who run one picture after another: it is opened again when its device is lost, and work goes on. */
import { pasteRgba8, type Rgba8 } from '../../imaging/image.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import { DeviceLostError, LossLimit, TileMemoryError } from '../runtime/errors.ts';
import type { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { type JobOptions, TiledUpscale, type UpscaleImageHooks } from './tiled-upscale.ts';

/** @param tile as of an engine's request; that of the engine before, so that its finished tiles stay good */
export type OpenEngine = (tile: number | 'auto') => Promise<UpscaleEngine>;

export interface SteadyHooks extends Omit<UpscaleImageHooks, 'onSmaller'> {
  /** Smaller tiles, or a new device: one sentence. */
  readonly onChange?: (reason: string) => void;
}

export class SteadyEngine {
  readonly #open: OpenEngine;
  #compute: UpscaleEngine;
  /** The device of the engine is known to be gone. */
  #isLost = false;

  private constructor(open: OpenEngine, compute: UpscaleEngine) {
    this.#open = open;
    this.#compute = compute;
  }

  static async open(open: OpenEngine, tile: number | 'auto'): Promise<SteadyEngine> {
    return new SteadyEngine(open, await open(tile));
  }

  /** The one in use; another after a device was lost. */
  get compute(): UpscaleEngine {
    return this.#compute;
  }

  dispose(): void {
    if (!this.#isLost) this.#compute.dispose();
  }

  async #ready(): Promise<UpscaleEngine> {
    if (this.#isLost) {
      this.#compute = await this.#open(this.#compute.ready.tile);
      this.#isLost = false;
    }
    return this.#compute;
  }

  #lose(): void {
    if (!this.#isLost) this.#compute.dispose();
    this.#isLost = true;
  }

  /**
   * The picture four times as wide and high, to the bit as on a device that is never lost.
   * @throws one sentence; the signal's reason; DeviceLostError where devices are lost in a row and nothing is done between
   */
  async upscale(image: Rgba8, options: JobOptions, hooks: SteadyHooks): Promise<Rgba8> {
    const { signal = new AbortController().signal, onProgress, onChange, memoryBudget } = hooks;
    const limit = new LossLimit();
    const [width, height] = [image.width * upscaleFactor, image.height * upscaleFactor];
    const out: Rgba8 = { width, height, data: new Uint8ClampedArray(width * height * 4) };
    const onBlock = (rect: { x: number; y: number }, pixels: Rgba8) => pasteRgba8(out, pixels, rect.x, rect.y);
    let job: TiledUpscale | null = null;
    for (;;) {
      try {
        const compute = await this.#ready();
        if (!job?.matches(compute.ready.tile, options))
          job = new TiledUpscale(image, options, compute.ready.tile, compute.tiling);
        if (await job.run(compute, { signal, onProgress, onBlock })) return out;
        throw signal.reason;
      } catch (error) {
        if (error instanceof TileMemoryError) {
          this.#compute.shrink(memoryBudget, error.message);
          onChange?.(this.#compute.ready.tileReason);
          continue;
        }
        if (error instanceof DeviceLostError) this.#lose();
        if (!limit.allows(error, job?.progress().done)) throw error;
        onChange?.(`${(error as Error).message} It is opened again, and the picture goes on where it stopped.`);
      }
    }
  }
}
