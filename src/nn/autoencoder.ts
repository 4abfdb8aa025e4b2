/**
 * Enc and Dec of every preset: the network is the one that the configuration is of, a VQGAN (vqgan.ts) or TinyAutoencoder.
 *
 * TinyAutoencoder: pixels in [−1, 1] to latents of a quarter of their size and back, with no codebook and no norm. All its
 * work is done at the latent's size, where a picture's 48 values of 4×4 pixels are channels; the decoder ends at twice that
 * size. Latents have zero mean and unit variance, which the last convolution before and the first one behind them see to.
 * block(x) = x + conv(SiLU(conv x)); every convolution is 3×3 with zeros around and a bias.
 */

import type * as tf from '@tensorflow/tfjs-core';
import { type ConvOptions, conv2d } from '../gpu/ops/conv2d/index.ts';
import { pixelShuffle, pixelUnshuffle } from '../gpu/ops/pixel-shuffle/index.ts';
import { through } from '../gpu/through.ts';
import {
  type AutoencoderConfig,
  LayerShapes,
  type ParamShapes,
  type TinyAutoencoderConfig,
} from '../presets/architecture.ts';
import { byStrips, type Cut, planStrips } from './decode-strips.ts';
import type { Params } from './params.ts';
import * as vq from './vqgan.ts';

/** Every parameter with its PyTorch shape. */
export const autoencoderParamShapes = (config: AutoencoderConfig): ParamShapes =>
  config.kind === 'tiny' ? tinyAutoencoderParamShapes(config) : vq.vqParamShapes(config);

/** Enc, continuous. @param x [B, H, W, 3] in [−1, 1], sides multiples of 4 → [B, H/4, W/4, latent channels] */
export const encode = (params: Params, config: AutoencoderConfig, x: tf.Tensor4D): tf.Tensor4D =>
  config.kind === 'tiny' ? tinyEncode(params, config, x) : vq.encode(params, config, x);

/**
 * Dec, through the codebook where there is one; not clamped.
 * @param z [B, h, w, latent channels] → [B, 4h, 4w, 3]
 * @param rows of the latent whose pixels are made at once (decode-strips.ts). Default: all
 */
export const decode = (params: Params, config: AutoencoderConfig, z: tf.Tensor4D, rows?: number): tf.Tensor4D =>
  config.kind === 'tiny' ? tinyDecode(params, config, z, rows) : vq.decode(params, config, z, { rows });

/** Pixels a side of a latent's place, in the encoder all at once, in the decoder by 2 and 2. */
const factor = 4;
const colours = 3;

/** The part at twice the latent's size: two convolutions in its block, and the last one. */
export const detailCut: Cut = { scale: 2, reach: 3 };

/** Latent pixels around a place that its decoded pixels depend on: one a convolution, two a block. */
export const tinyAutoencoderReach = ({ encoder_blocks, decoder_blocks }: TinyAutoencoderConfig): number =>
  2 + 2 * encoder_blocks + 2 + 2 * decoder_blocks + Math.ceil(detailCut.reach / detailCut.scale);

type Step = (x: tf.Tensor4D) => tf.Tensor4D;

const blockNames = (part: string, count: number) => Array.from({ length: count }, (_, i) => `${part}.blocks.${i}`);

/** Every parameter with its PyTorch shape, in running order. */
function tinyAutoencoderParamShapes(config: TinyAutoencoderConfig): ParamShapes {
  const { channels, latent_channels, encoder_blocks, decoder_blocks, detail_channels } = config;
  const shapes = new LayerShapes();
  const conv = (name: string, inputs: number, outputs: number) => shapes.conv(name, inputs, outputs, 3);
  const block = (name: string, width: number) => {
    conv(`${name}.conv1`, width, width);
    conv(`${name}.conv2`, width, width);
  };
  conv('encoder.conv_in', colours * factor ** 2, channels);
  for (const name of blockNames('encoder', encoder_blocks)) block(name, channels);
  conv('encoder.conv_out', channels, latent_channels);
  conv('decoder.conv_in', latent_channels, channels);
  for (const name of blockNames('decoder', decoder_blocks)) block(name, channels);
  conv('decoder.conv_up', channels, 4 * detail_channels);
  block('decoder.block', detail_channels);
  conv('decoder.conv_out', detail_channels, 4 * colours);
  return shapes;
}

const layersOf = (params: Params) => {
  const conv =
    (name: string, options: ConvOptions = {}): Step =>
    (x) =>
      conv2d(x, params.get(`${name}.weight`), params.get(`${name}.bias`), options);
  const block =
    (name: string): Step =>
    (x) =>
      through(x, conv(`${name}.conv1`, { activation: 'silu' }), conv(`${name}.conv2`, { residual: x }));
  return { conv, block };
};

/** Enc. @param x [B, H, W, 3] in [−1, 1], sides multiples of 4 → [B, H/4, W/4, latent_channels] */
function tinyEncode(params: Params, config: TinyAutoencoderConfig, x: tf.Tensor4D): tf.Tensor4D {
  const { conv, block } = layersOf(params);
  return through(
    x,
    (t) => pixelUnshuffle(t, factor),
    conv('encoder.conv_in'),
    ...blockNames('encoder', config.encoder_blocks).map(block),
    conv('encoder.conv_out'),
  );
}

/**
 * Dec, not clamped.
 * @param z [B, h, w, latent_channels] → [B, 4h, 4w, 3]
 * @param rows of the latent whose pixels are made at once (decode-strips.ts): the same picture
 */
function tinyDecode(
  params: Params,
  config: TinyAutoencoderConfig,
  z: tf.Tensor4D,
  rows: number = z.shape[1],
): tf.Tensor4D {
  const { conv, block } = layersOf(params);
  const double: Step = (t) => pixelShuffle(t, 2);
  const steps = [
    conv('decoder.conv_in'),
    ...blockNames('decoder', config.decoder_blocks).map(block),
    conv('decoder.conv_up'),
    double,
  ];
  const pixels = [block('decoder.block'), conv('decoder.conv_out'), double];
  const strips = planStrips(detailCut, z.shape[1], rows);
  return strips.length > 1 ? through(z, ...steps, (h) => byStrips(h, strips, pixels)) : through(z, ...steps, ...pixels);
}
