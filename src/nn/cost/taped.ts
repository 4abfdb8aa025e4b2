/**
 * Values that a gradient through a network keeps: those that its layers put out, counted layer by layer. Rules of thumb,
 * for an estimate before anything is allocated; src/training/memory.numeric.test.ts holds them to what is really kept.
 */
import type {
  AutoencoderConfig,
  ConvDownsamplerConfig,
  DiscriminatorConfig,
  FeatureDiscriminatorConfig,
  ScratchDiscriminatorConfig,
  TinyAutoencoderConfig,
  UnetConfig,
  VqAutoencoderConfig,
} from '../../presets/architecture.ts';
import { planBlocks, stemWidth } from '../efficientnet.ts';
import { lpipsLayers, lpipsStrides } from '../lpips.ts';
import { type Layer, planUnet } from '../unet-plan.ts';
import { decoderLevels } from '../vqgan.ts';

/** Values kept in reality for each that is counted here: 3.7 to 4.0, over networks of 0.3 and 1.9 million parameters. */
const keptPerCounted = 3.8;

/** Of a residual block: two normalisations with SiLU, two convolutions with bias, the embedding's scale and shift, the sum. */
const residual = (inputs: number, outputs: number) => 3 * inputs + 9 * outputs;

/** Of a Swin layer, for each place. */
function swin(config: UnetConfig, channels: number, window: number): number {
  const width = config.swin_embed_dim;
  const scores = (window ** 2 * width) / config.num_head_channels;
  // Of each block: normalised, turned and split attention input and output; scores, biased, masked, softmax; the MLP with GELU.
  const block = (config.norm === 'none' ? 10 : 20) * width + 4 * scores + 3 * width * config.mlp_ratio;
  return 4 * channels + config.swin_depth * block;
}

function layerValues(config: UnetConfig, layer: Layer): number {
  switch (layer.kind) {
    case 'res':
      return residual(layer.inputs, layer.outputs);
    case 'swin':
      return swin(config, layer.channels, layer.window);
    case 'up':
      // Enlarged before the convolution.
      return 4 * layer.inputs + 8 * layer.outputs;
    case 'conv':
    case 'down':
      return 2 * layer.outputs;
    case 'silu':
      return 0;
  }
}

/** Values kept of one evaluation, for each place of the latent. */
export function unetTape(config: UnetConfig): number {
  const plan = planUnet(config);
  let share = 1;
  let values = 0;
  const count = (layer: Layer) => {
    if (layer.kind === 'down') share /= 4;
    values += share * layerValues(config, layer);
    if (layer.kind === 'up') share *= 4;
  };
  for (const { layers } of [...plan.input, plan.middle, ...plan.output]) layers.forEach(count);
  return keptPerCounted * values;
}

function vqDecoderValues(config: VqAutoencoderConfig): number {
  const deepest = config.ch * (config.ch_mult.at(-1) ?? 1);
  let places = 1;
  let values = 2 * deepest + 2 * residual(deepest, deepest);
  for (const level of decoderLevels(config)) {
    for (const { inputs, outputs } of level.blocks) values += places * residual(inputs, outputs);
    if (!level.resize) continue;
    values += places * 12 * level.channels;
    places *= 4;
  }
  // The last normalisation and convolution.
  return values + places * 4 * config.ch;
}

/** Of a residual block without norms: two convolutions with bias, SiLU, the sum. */
const plainResidual = (width: number) => 6 * width;

const tinyDecoderValues = ({ channels, detail_channels, decoder_blocks }: TinyAutoencoderConfig): number =>
  2 * channels +
  decoder_blocks * plainResidual(channels) +
  4 * (3 * detail_channels + plainResidual(detail_channels) + 2 * 12);

/** Values kept of decoding, for each place of the latent. */
export const decoderTape = (config: AutoencoderConfig): number =>
  keptPerCounted * (config.kind === 'tiny' ? tinyDecoderValues(config) : vqDecoderValues(config));

/** Values kept of the convolutional downsampler, for each place of the latent. */
export const convTape = ({ width, blocks, in_channels }: ConvDownsamplerConfig): number =>
  keptPerCounted * (2 * in_channels + 2 * width + blocks * residual(width, width));

/** Values kept in reality for each that is counted of a discriminator: 2.5 to 2.8, of both kinds, over pictures of 64 px. */
const keptPerJudged = 2.6;

/** Values kept of judging one picture. @param side of the picture, pixels */
export function discriminatorTape(config: DiscriminatorConfig, side: number): number {
  const values = config.kind === 'efficientnet-lite0' ? featureValues(config, side) : scratchValues(config, side);
  return keptPerJudged * values;
}

/** Convolutions with bias and activation, and the heads with their normalised input. */
function featureValues(
  { stem_stride, blocks, head_levels, head_width, pixel_widths }: FeatureDiscriminatorConfig,
  side: number,
) {
  const [fine, coarse] = pixel_widths;
  const places = (length: number) => length ** 2;
  const head = (length: number) => 6 * head_width * places(length);
  let length = Math.ceil(side / stem_stride);
  let values = 3 * (stemWidth * places(length) + fine * places(side) + coarse * places(side / 2)) + head(side / 2);
  planBlocks({ blocks }).forEach(({ inputs, wide, outputs, stride }, level) => {
    if (wide !== inputs) values += 3 * wide * places(length);
    length = Math.ceil(length / stride);
    values += (3 * wide + 2 * outputs) * places(length);
    if (head_levels.includes(level)) values += head(length);
  });
  return values;
}

/** Convolutions with bias, norm and activation; the heads have two of each. */
function scratchValues({ widths, strides, head_width, head_levels }: ScratchDiscriminatorConfig, side: number): number {
  let places = side ** 2;
  return widths.reduce((values, width, level) => {
    places /= strides[level] ** 2;
    const hasHead = level >= widths.length - head_levels;
    return values + places * (6 * width + (hasHead ? 10 * head_width : 0));
  }, 0);
}

/** Values kept in reality for each that is counted of LPIPS: 17 to 20, from pictures of 32 px to those of 128. */
const keptPerCompared = 19;

/** Values kept of comparing two pictures by LPIPS. @param side of the pictures, pixels */
export function lpipsTape(side: number): number {
  const features = lpipsLayers.reduce((all, { channels }, i) => all + channels * (side / lpipsStrides[i]) ** 2, 0);
  return 2 * keptPerCompared * (3 * side ** 2 + features);
}
