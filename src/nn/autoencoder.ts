/** Enc and Dec of every preset: the network is the one that the configuration is of. */
import type * as tf from '@tensorflow/tfjs-core';
import type { AutoencoderConfig, ParamShapes } from '../presets/architecture.ts';
import type { Params } from './params.ts';
import * as tiny from './tiny-autoencoder.ts';
import * as vq from './vqgan.ts';

/** Every parameter with its PyTorch shape. */
export const autoencoderParamShapes = (config: AutoencoderConfig): ParamShapes =>
  config.kind === 'tiny' ? tiny.tinyAutoencoderParamShapes(config) : vq.vqParamShapes(config);

/** Enc, continuous. @param x [B, H, W, 3] in [−1, 1], sides multiples of 4 → [B, H/4, W/4, latent channels] */
export const encode = (params: Params, config: AutoencoderConfig, x: tf.Tensor4D): tf.Tensor4D =>
  config.kind === 'tiny' ? tiny.encode(params, config, x) : vq.encode(params, config, x);

/**
 * Dec, through the codebook where there is one; not clamped.
 * @param z [B, h, w, latent channels] → [B, 4h, 4w, 3]
 * @param rows of the latent whose pixels are made at once (decode-strips.ts). Default: all
 */
export const decode = (params: Params, config: AutoencoderConfig, z: tf.Tensor4D, rows?: number): tf.Tensor4D =>
  config.kind === 'tiny' ? tiny.decode(params, config, z, rows) : vq.decode(params, config, z, { rows });
