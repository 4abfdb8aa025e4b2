/**
 * Relations between a manifest's numbers that the networks need. Checked on reading: a mismatch found later
 * shows as a tensor of the wrong shape deep inside a network.
 */
import {
  type AutoencoderConfig,
  type ConvDownsamplerConfig,
  type DiscriminatorConfig,
  latentChannels,
  type UnetConfig,
} from './architecture.ts';

/** Groups of every GroupNorm (§2.2, §3.3), but the discriminators' (§5.5 B). */
const groups = 32;
export const discriminatorGroups = 4;
const inGroups = (channels: number) => channels % groups === 0;

/** @returns what is wrong, a sentence; null when nothing is */
export function autoencoderFault(config: AutoencoderConfig): string | null {
  if (config.kind === 'tiny') return null;
  const { ch, ch_mult, num_res_blocks } = config;
  if (!inGroups(ch)) return `The autoencoder's "ch" of ${ch} is not a multiple of ${groups}.`;
  if (ch_mult.length !== 3)
    return `The autoencoder's "ch_mult" has ${ch_mult.length} levels; enlarging four times takes 3.`;
  if (num_res_blocks === 0 && ch_mult.some((mult) => mult !== 1)) {
    return 'The autoencoder has no residual blocks to change its width with, so "ch_mult" must be all ones.';
  }
  return null;
}

/** @returns what is wrong, a sentence; null when nothing is */
export function unetFault(config: UnetConfig): string | null {
  const { model_channels, channel_mult, num_res_blocks, swin_embed_dim, num_head_channels, norm } = config;
  if (num_res_blocks.length !== channel_mult.length) {
    return 'The UNet has another number of levels in "num_res_blocks" than in "channel_mult".';
  }
  const widths = [...channel_mult.map((mult) => mult * model_channels), swin_embed_dim];
  const odd = norm === 'none' ? undefined : widths.find((width) => !inGroups(width));
  if (odd !== undefined) return `The UNet's width of ${odd} is not a multiple of ${groups}.`;
  if (norm === 'none' && !config.use_scale_shift_norm) {
    return 'A UNet without norms needs "use_scale_shift_norm": its time has nowhere else to go.';
  }
  if (swin_embed_dim % num_head_channels !== 0) {
    return `The UNet's "swin_embed_dim" of ${swin_embed_dim} does not divide into heads of ${num_head_channels}.`;
  }
  return null;
}

/** @returns what is wrong, a sentence; null when nothing is */
export function convDownsamplerFault({ width }: ConvDownsamplerConfig): string | null {
  return inGroups(width) ? null : `The convolutional downsampler's "width" of ${width} is not a multiple of ${groups}.`;
}

/** @returns what is wrong, a sentence; null when nothing is */
export function discriminatorFault(config: DiscriminatorConfig): string | null {
  if (config.kind === 'efficientnet-lite0') {
    const { blocks, head_levels } = config;
    const ordered = head_levels.every((level, i) => level < blocks && level > (head_levels[i - 1] ?? -1));
    return ordered ? null : `The discriminator's "head_levels" are not in order, or beyond its ${blocks} blocks.`;
  }
  const { widths, strides, head_width, head_levels } = config;
  const odd = [...widths, head_width].find((width) => width % discriminatorGroups !== 0);
  if (odd !== undefined) return `The discriminator's width of ${odd} is not a multiple of ${discriminatorGroups}.`;
  if (strides.length !== widths.length) {
    return `The discriminator has ${strides.length} "strides" for its ${widths.length} levels.`;
  }
  if (head_levels > widths.length) {
    return `The discriminator has ${head_levels} heads, but only ${widths.length} levels to put them on.`;
  }
  return null;
}

/**
 * The downsampler takes noise and the student's latent side by side, and gives LR pixels (reading R1 of §8.13).
 * @returns what is wrong, a sentence; null when nothing is
 */
export function downsamplerFault(
  autoencoder: AutoencoderConfig,
  { in_channels, out_channels }: Pick<UnetConfig, 'in_channels' | 'out_channels'>,
): string | null {
  const both = 2 * latentChannels(autoencoder);
  if (in_channels === both && out_channels === 3) return null;
  return `The downsampler takes ${in_channels} and gives ${out_channels} channels; noise and latent have ${both}, and LR pixels 3.`;
}

/** The UNet takes and gives the autoencoder's latents. @returns what is wrong, a sentence; null when nothing is */
export function latentFault(autoencoder: AutoencoderConfig, unet: UnetConfig): string | null {
  const channels = latentChannels(autoencoder);
  if (unet.in_channels === channels && unet.out_channels === channels) return null;
  return `The UNet takes ${unet.in_channels} and gives ${unet.out_channels} channels, but the autoencoder's latents have ${channels}.`;
}
