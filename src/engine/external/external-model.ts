/**
 * The contract of models from elsewhere: any ONNX file that enlarges four times, and UpscalerJS's ESRGANs. Each is opened
 * once, checked and tried on one tile, and then upscales whole pictures by tiles, as the engine's own networks do.
 */
import type { Rgba8 } from '../../imaging/image.ts';
import { blended } from '../../imaging/tiling.ts';
import type { JobProgress } from '../../protocol/upscale.ts';
import type { TileNetwork } from '../runtime/network-tiling.ts';
import { upscaleTiled } from '../upscale/tiled-upscale.ts';

export interface ExternalModel extends TileNetwork {
  /** LR pixels a side of every tile. */
  readonly tile: number;
  readonly parameters: number | null;
  /** Its licence and origin, to be shown beside its pictures; null where the file says nothing. */
  readonly licence: string | null;
  readonly source: string | null;
  /** "WebGPU" or "WebAssembly". */
  readonly device: string;
  dispose(): void;
}

/** Tiles of models that take any size. */
export const defaultTile = 64;

/** They may do anything with a tile, and many take one size alone. */
export const externalTiling = blended(1);

/** Whole numbers of the picture's seed go to models with noise; colours are left as the model makes them. */
export function upscaleWith(
  model: ExternalModel,
  image: Rgba8,
  seed: number,
  hooks: { readonly signal?: AbortSignal; readonly onProgress?: (progress: JobProgress) => void } = {},
): Promise<Rgba8> {
  const options = { preset: 'external', method: 'external', seed, colourLock: 'off' } as const;
  return upscaleTiled(model, model.tile, image, options, hooks);
}
