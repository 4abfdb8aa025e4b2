/** A small network with GroupNorm and a VQGAN, the kinds of the public files at a width that tests can pay. */
import type { UnetConfig, VqAutoencoderConfig } from '../../src/presets/architecture.ts';

export const vqAutoencoder: VqAutoencoderConfig = {
  kind: 'vq',
  ch: 96,
  ch_mult: [1, 1, 1],
  num_res_blocks: 0,
  z_channels: 4,
  in_channels: 3,
  out_ch: 3,
  embed_dim: 4,
  n_embed: null,
};

export const groupNormUnet: UnetConfig = {
  image_size: 64,
  lq_size: 64,
  in_channels: 4,
  out_channels: 4,
  model_channels: 32,
  channel_mult: [3, 2],
  num_res_blocks: [1, 1],
  attention_resolutions: [64, 32],
  num_head_channels: 16,
  use_scale_shift_norm: true,
  swin_embed_dim: 64,
  swin_depth: 2,
  window_size: 8,
  mlp_ratio: 2,
};
