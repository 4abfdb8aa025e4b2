/** The networks that co-training adds to a preset's: G and the two discriminators. As in `trainer/configs`. */
import {
  type AutoencoderConfig,
  type ConvDownsamplerConfig,
  type DiscriminatorConfig,
  latentChannels,
  type UnetConfig,
} from './architecture.ts';

const widths = [32, 64, 128, 128];
const heads = { head_width: 64, head_levels: 3 };

export const discriminatorHR: DiscriminatorConfig = { in_channels: 3, widths, strides: [2, 2, 2, 2], ...heads };

/** D_L sees LR pixels: its first level keeps their size. */
export const discriminatorLR: DiscriminatorConfig = { in_channels: 3, widths, strides: [1, 2, 2, 2], ...heads };

/** Noise beside the student's latent in, LR pixels or their latent out (spec §8.12, §8.13). */
const channels = (autoencoder: AutoencoderConfig, space: 'pixels' | 'latent') => ({
  in_channels: 2 * latentChannels(autoencoder),
  out_channels: space === 'pixels' ? 3 : latentChannels(autoencoder),
});

/** The student's U-Net, with the latent in the place of the LR condition. */
export function diffusionDownsampler(
  unet: UnetConfig,
  autoencoder: AutoencoderConfig,
  space: 'pixels' | 'latent',
): UnetConfig {
  const { lq_size: _, ...same } = unet;
  return { ...same, ...channels(autoencoder, space) };
}

/** Tables III and IV (spec §8.18). */
export function convolutionalDownsampler(
  autoencoder: AutoencoderConfig,
  space: 'pixels' | 'latent',
): ConvDownsamplerConfig {
  return { width: 64, blocks: 4, ...channels(autoencoder, space) };
}
