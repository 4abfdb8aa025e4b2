/** A whole picture through the networks at once, for those who need nothing but the result: the command line and evaluations. */
import { pasteRgba8, type Rgba8 } from '../imaging/image.ts';
import type { JobProgress } from '../protocol/upscale.ts';
import { type Compute, TileMemoryError } from './compute.ts';
import { Job, type JobOptions, scale, type TileNetwork } from './job.ts';

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
  const data = new Uint8ClampedArray(image.width * image.height * scale * scale * 4);
  const out: Rgba8 = { width: image.width * scale, height: image.height * scale, data };
  const job = new Job(image, options, tile, network.tiling);
  const onBlock = (rect: { x: number; y: number }, pixels: Rgba8) => pasteRgba8(out, pixels, rect.x, rect.y);
  if (await job.run(network, { signal, onProgress, onBlock })) return out;
  throw signal.reason;
}

/** As `upscaleTiled`, in the tiles of the engine: smaller ones once memory runs out. */
export async function upscaleImage(
  compute: Compute,
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
