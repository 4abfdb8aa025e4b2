/**
 * Memory that a tile needs, worked out from the configuration: what the engine chooses its tile shape by. Counted is the
 * widest moment, when an op's input, its result, the kept skip connections and a normalisation's copies are all alive.
 */
import type { AutoencoderConfig, UnetConfig } from '../presets/architecture.ts';
import { planUnet } from './unet-plan.ts';

export interface ActivationCost {
  /** Bytes of all tensors alive at the widest moment. */
  readonly peak: number;
  /** Bytes of the largest single tensor. */
  readonly largest: number;
}

const floatBytes = 4;
/** Of one activation at a time: the op's input, the block's shortcut, and three temporaries of GroupNorm and SiLU. */
const aliveCopies = 5;

/** Autoencoder, encode or decode of one picture: its widest feature map is the one at full resolution. */
export function autoencoderCost(config: AutoencoderConfig, latentHeight: number, latentWidth: number): ActivationCost {
  const levels = config.ch_mult.length;
  let largest = 0;
  config.ch_mult.forEach((_, level) => {
    // Decoding, the upsampled map of the next deeper level arrives here with that level's channels.
    const mult = config.ch_mult[Math.min(level + 1, levels - 1)] as number;
    const widest = Math.max(mult, config.ch_mult[level] as number);
    const places = latentHeight * latentWidth * 4 ** (levels - 1 - level);
    largest = Math.max(largest, places * config.ch * widest * floatBytes);
  });
  const tokens = latentHeight * latentWidth;
  // The scores of a chunk of queries, and their softmax.
  const attention = 2 * Math.min(tokens, 1024) * tokens * floatBytes;
  return {
    peak: Math.max(aliveCopies * largest, attention + aliveCopies * largest),
    largest: Math.max(largest, attention / 2),
  };
}

/** UNet: activations at each level, the skips that wait for the decoder, and the widest attention. */
export function unetCost(config: UnetConfig, height: number, width: number): ActivationCost {
  const plan = planUnet(config);
  let skips = 0;
  let largest = 0;
  config.channel_mult.forEach((mult, level) => {
    const places = (height * width) / 4 ** level;
    const channels = config.model_channels * mult;
    skips += places * channels * ((config.num_res_blocks[level] as number) + 1) * floatBytes;
    const widest = Math.max(2 * channels, 3 * config.swin_embed_dim, config.swin_embed_dim * config.mlp_ratio);
    const heads = config.swin_embed_dim / config.num_head_channels;
    const scores = places * config.window_size ** 2 * heads;
    largest = Math.max(largest, Math.max(places * widest, scores) * floatBytes);
  });
  const extractor =
    plan.lqLayers.length > 0 ? ((config.lq_size ?? 0) / config.image_size) ** 2 * height * width * 32 * floatBytes : 0;
  return { peak: skips + aliveCopies * largest + extractor, largest };
}
