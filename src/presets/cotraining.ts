/** The networks that co-training adds to a preset's: G and the two discriminators. As in `trainer/configs`. */
import {
  type AutoencoderConfig,
  type ConvDownsamplerConfig,
  type DiscriminatorConfig,
  latentChannels,
  type UnetConfig,
} from './architecture.ts';

export const discriminatorKinds = ['efficientnet-lite0', 'scratch'] as const;
export type DiscriminatorKind = (typeof discriminatorKinds)[number];

const features = {
  kind: 'efficientnet-lite0',
  blocks: 11,
  head_levels: [0, 2, 4, 10],
  head_width: 64,
  pixel_widths: [32, 64],
} as const;
const scratch = { in_channels: 3, widths: [32, 64, 128, 128], head_width: 64, head_levels: 3 };
const onFeatures = (stem_stride: 1 | 2) => ({ ...features, stem_stride });

/** D_L sees LR pixels: its first level keeps their size. */
export const discriminators: Readonly<Record<DiscriminatorKind, Readonly<Record<'HR' | 'LR', DiscriminatorConfig>>>> = {
  'efficientnet-lite0': { HR: onFeatures(2), LR: onFeatures(1) },
  scratch: { HR: { ...scratch, strides: [2, 2, 2, 2] }, LR: { ...scratch, strides: [1, 2, 2, 2] } },
};

/** Noise beside the student's latent in, LR pixels or their latent out (§8.12, §8.13). */
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

/** Tables III and IV (§8.18). */
export function convolutionalDownsampler(
  autoencoder: AutoencoderConfig,
  space: 'pixels' | 'latent',
): ConvDownsamplerConfig {
  return { width: 64, blocks: 4, ...channels(autoencoder, space) };
}
