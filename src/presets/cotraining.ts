/**
 * The networks that co-training adds to a preset's, G and the two discriminators, as in `trainer/configs`; and the rows of Tables III
 * and IV as settings of co-training.
 */
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
const onFeatures = (stem_stride: 1 | 2): DiscriminatorConfig => ({ ...features, stem_stride });

function fromScratch(width: number, stem: 1 | 2): DiscriminatorConfig {
  const widths = [width / 2, width, 2 * width, 2 * width];
  return { in_channels: 3, widths, strides: [stem, 2, 2, 2], head_width: width, head_levels: 3 };
}

/** D_H and D_L beside a student of this U-Net. D_L sees LR pixels: its first level keeps their size. */
export function discriminatorsOf(kind: DiscriminatorKind, unet: UnetConfig): Record<'HR' | 'LR', DiscriminatorConfig> {
  if (kind === 'efficientnet-lite0') return { HR: onFeatures(2), LR: onFeatures(1) };
  const width = Math.min(64, unet.model_channels);
  return { HR: fromScratch(width, 2), LR: fromScratch(width, 1) };
}

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

/** A row of Table III or IV. */
export interface TrainingPreset {
  readonly name: string;
  /** The networks that learn, and their losses. */
  readonly effect: string;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

/** Settings (src/paper/options.ts) that a row leaves out keep their default. */
export const trainingPresets: readonly TrainingPreset[] = [
  {
    name: 'SinSR baseline',
    effect: 'The student alone, by SinSR’s three losses: distillation, inverse and ground truth.',
    settings: { denoiseWeight: 0, inverseWeight: 1, gtWeight: 1, lambdaHr: 0, lambdaLr: 0 },
  },
  {
    name: 'Distill only',
    effect: 'The student alone, by the denoising loss and distillation.',
    settings: { lambdaHr: 0, lambdaLr: 0 },
  },
  { name: '+ HR', effect: 'Distillation with D_H.', settings: { lambdaLr: 0 } },
  { name: '+ LR', effect: 'Distillation with the diffusion G and D_L.', settings: { lambdaHr: 0 } },
  {
    name: 'Both, conv G',
    effect: 'Both discriminators; the small convolutional G.',
    settings: { downsampler: 'convolutional' },
  },
  { name: 'Both, diffusion G', effect: 'All of the paper: both discriminators and the diffusion G.', settings: {} },
];
