/** The paper's networks, as the public configurations write them. */
import type { AutoencoderConfig, UnetConfig } from '../src/presets/architecture.ts';

export const paperUnet: UnetConfig = {
  image_size: 64,
  in_channels: 3,
  model_channels: 160,
  out_channels: 3,
  attention_resolutions: [64, 32, 16, 8],
  channel_mult: [1, 2, 2, 4],
  num_res_blocks: [2, 2, 2, 2],
  num_head_channels: 32,
  use_scale_shift_norm: true,
  swin_depth: 2,
  swin_embed_dim: 192,
  window_size: 8,
  mlp_ratio: 4,
  lq_size: 64,
};

export const paperAutoencoder: AutoencoderConfig = {
  ch: 128,
  ch_mult: [1, 2, 4],
  num_res_blocks: 2,
  z_channels: 3,
  in_channels: 3,
  out_ch: 3,
  embed_dim: 3,
  n_embed: 8192,
};
