/**
 * The convolutional downsampler of Tables III and IV (§8.18): conv 3×3, residual blocks as the autoencoder's, conv
 * 3×3, all at the latent's size. It has no time index.
 */
import * as tf from '@tensorflow/tfjs-core';
import { through } from '../gpu/through.ts';
import { type ConvDownsamplerConfig, LayerShapes, type ParamShapes } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import { Layers } from './vqgan.ts';

export function convDownsamplerParamShapes(config: ConvDownsamplerConfig): ParamShapes {
  const { in_channels, width, blocks, out_channels } = config;
  const shapes = new LayerShapes();
  shapes.layer('conv_in', [width, in_channels, 3, 3]);
  for (let block = 0; block < blocks; block++) {
    for (const part of [1, 2]) {
      shapes.layer(`blocks.${block}.norm${part}`, [width]);
      shapes.layer(`blocks.${block}.conv${part}`, [width, width, 3, 3]);
    }
  }
  shapes.layer('conv_out', [out_channels, width, 3, 3]);
  return shapes;
}

/**
 * ŷ = G(concat(ε̃, x̂)).
 * @param noise [B, h, w, C] scaled noise; latent [B, h, w, C], the student's x̂
 * @returns [B, h, w, out_channels]
 */
export function convDownsampler(
  params: Params,
  config: ConvDownsamplerConfig,
  noise: tf.Tensor4D,
  latent: tf.Tensor4D,
): tf.Tensor4D {
  const layers = new Layers(params);
  const blocks = Array.from({ length: config.blocks }, (_, b) => (x: tf.Tensor4D) => layers.res(`blocks.${b}`, x));
  return tf.tidy(() =>
    through(
      tf.concat([noise, latent], 3),
      (x) => layers.conv('conv_in', x),
      ...blocks,
      (x) => layers.conv('conv_out', x),
    ),
  );
}
