/**
 * Multiplications with addition (MAC) of each network, worked out from its configuration: convolutions, matrix products and
 * attention, whose share of the work is nearly all. Norms, activations and the enlargement before Enc are not counted. Sizes
 * are a latent's; a batch of one. macs.numeric.test.ts holds the counts to the products that the networks really ask for.
 */
import type {
  AutoencoderConfig,
  TinyAutoencoderConfig,
  UnetConfig,
  VqAutoencoderConfig,
} from '../../presets/architecture.ts';
import { type Layer, planUnet } from '../unet-plan.ts';
import { decoderLevels, encoderLevels, type Level } from '../vqgan.ts';

export interface AutoencoderMacs {
  readonly encode: number;
  readonly decode: number;
}

const conv3 = (inputs: number, outputs: number) => 9 * inputs * outputs;

/** Two convolutions, and one of 1×1 where the width changes. Of a place. */
const residual = (inputs: number, outputs: number) =>
  conv3(inputs, outputs) + conv3(outputs, outputs) + (inputs === outputs ? 0 : inputs * outputs);

/** Queries, keys and values of so many tokens each, scores and their products with the values, a projection. Of a token. */
const attention = (tokens: number, channels: number) => 4 * channels ** 2 + 2 * tokens * channels;

function tinyMacs(config: TinyAutoencoderConfig, places: number): AutoencoderMacs {
  const { channels, latent_channels, encoder_blocks, decoder_blocks, detail_channels } = config;
  const block = residual(channels, channels);
  return {
    encode: places * (conv3(48, channels) + encoder_blocks * block + conv3(channels, latent_channels)),
    decode:
      places *
      (conv3(latent_channels, channels) +
        decoder_blocks * block +
        conv3(channels, 4 * detail_channels) +
        4 * (residual(detail_channels, detail_channels) + conv3(detail_channels, 12))),
  };
}

function vqMacs(config: VqAutoencoderConfig, latent: number): AutoencoderMacs {
  const { ch, ch_mult, in_channels, out_ch, z_channels, embed_dim, n_embed } = config;
  const depth = ch_mult.length - 1;
  const deepest = ch * ch_mult[depth];
  const level = ({ index, blocks, attention: name }: Level) => {
    const places = latent * 4 ** (depth - index);
    return blocks.reduce(
      (sum, { inputs, outputs }) =>
        sum + places * (residual(inputs, outputs) + (name === null ? 0 : attention(places, outputs))),
      0,
    );
  };
  const middle = latent * (2 * residual(deepest, deepest) + attention(latent, deepest));
  const sum = (levels: readonly Level[], resized: (level: Level) => number) =>
    levels.reduce((all, one) => all + level(one) + (one.resize ? resized(one) : 0), 0);
  const placesAt = (index: number) => latent * 4 ** (depth - index);
  const codes = n_embed === null ? 0 : latent * n_embed * embed_dim;
  return {
    encode:
      placesAt(0) * conv3(in_channels, ch) +
      sum(encoderLevels(config), ({ index, channels }) => placesAt(index + 1) * conv3(channels, channels)) +
      middle +
      latent * (conv3(deepest, z_channels) + z_channels * embed_dim),
    decode:
      codes +
      latent * (embed_dim * z_channels + conv3(z_channels, deepest)) +
      middle +
      sum(decoderLevels(config), ({ index, channels }) => placesAt(index - 1) * conv3(channels, channels)) +
      placesAt(0) * conv3(ch * ch_mult[0], out_ch),
  };
}

export const autoencoderMacs = (config: AutoencoderConfig, height: number, width: number): AutoencoderMacs =>
  config.kind === 'tiny' ? tinyMacs(config, height * width) : vqMacs(config, height * width);

/** Of a place of the map that the layer puts out. */
function layerMacs(config: UnetConfig, layer: Layer): number {
  const width = config.swin_embed_dim;
  switch (layer.kind) {
    case 'res':
      return residual(layer.inputs, layer.outputs);
    case 'swin':
      return (
        2 * layer.channels * width +
        config.swin_depth * (attention(layer.window ** 2, width) + 2 * width ** 2 * config.mlp_ratio)
      );
    case 'silu':
      return 0;
    default:
      return conv3(layer.inputs, layer.outputs);
  }
}

/** One evaluation. */
export function unetMacs(config: UnetConfig, height: number, width: number): number {
  const plan = planUnet(config);
  let places = height * width * (plan.lrLayers.length > 0 ? ((config.lq_size ?? 0) / config.image_size) ** 2 : 1);
  // The time's embedding, and of each residual block what it makes of it.
  let macs = plan.timeChannels * (config.model_channels + plan.timeChannels);
  const add = (layer: Layer) => {
    if (layer.kind === 'down') places /= 4;
    if (layer.kind === 'up') places *= 4;
    macs += places * layerMacs(config, layer);
    if (layer.kind === 'res') macs += plan.timeChannels * layer.outputs * (config.use_scale_shift_norm ? 2 : 1);
  };
  plan.lrLayers.forEach(add);
  for (const { layers } of [...plan.input, plan.middle, ...plan.output]) layers.forEach(add);
  return macs + places * conv3(plan.outChannels, config.out_channels);
}
