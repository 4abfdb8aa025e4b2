/** The networks one method needs, read from a model source: autoencoder and one diffusion UNet. */
import { openSafetensors } from '../formats/safetensors.ts';
import { buildSchedule } from '../diffusion/schedule.ts';
import type { UpscaleNetworks } from '../diffusion/upscale.ts';
import type { ManifestFile } from '../presets/manifest.ts';
import type { FileProgress, ModelSource } from './model-source.ts';
import type { Method } from './protocol.ts';
import type { TileCost } from './tile-choice.ts';

export interface LoadedNetworks extends UpscaleNetworks {
  readonly method: Method;
  readonly parameters: number;
  readonly latentChannels: number;
  readonly alignment: number;
  tileCost(tile: number): TileCost;
  dispose(): void;
}
