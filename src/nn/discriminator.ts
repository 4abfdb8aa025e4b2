/**
 * D_H and D_L (§5.1, §5.5): on a pretrained feature network that learns too, or from scratch. Logits are raw; larger
 * means "real".
 */
import * as tf from '@tensorflow/tfjs-core';
import { powerIteration } from '../gpu/ops/spectral-norm/index.ts';
import type { DiscriminatorConfig, ParamShapes } from '../presets/architecture.ts';
import { discriminateByFeatures, featureBufferShapes, featureParamShapes } from './feature-discriminator.ts';
import type { Params } from './params.ts';
import { discriminateFromScratch, scratchBufferShapes, scratchParamShapes } from './scratch-discriminator.ts';

/**
 * @param params with the vectors u beside the parameters
 * @param x [B, H, W, 3] in [−1, 1]; `discriminatorMultiple` tells the sides
 * @returns one map of logits [B, h, w, 1] for each head, in the order of the heads
 */
export function discriminate(params: Params, config: DiscriminatorConfig, x: tf.Tensor4D): tf.Tensor4D[] {
  return tf.tidy(() =>
    config.kind === 'efficientnet-lite0'
      ? discriminateByFeatures(params, config, x)
      : discriminateFromScratch(params, config, x),
  );
}

/**
 * Mean over the heads, at the finest head's places: [1, h, w, 1] of one picture.
 *
 * @param x [1, H, W, 3] in [−1, 1]
 */
export function meanLogits(params: Params, config: DiscriminatorConfig, x: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const maps = discriminate(params, config, x);
    const [height, width] = ([1, 2] as const).map((axis) => Math.max(...maps.map(({ shape }) => shape[axis])));
    const sized = maps.map((map) => tf.image.resizeNearestNeighbor(map, [height as number, width as number]));
    return tf.div(tf.addN(sized), maps.length);
  });
}

/** One power iteration of every spectral norm, once before each update of the discriminator. @returns the new vectors by name */
export function advanceSpectralNorms(params: Params, config: DiscriminatorConfig): Map<string, tf.Tensor1D> {
  const names = [...discriminatorBufferShapes(config).keys()];
  const weightOf = (name: string) => params.get<tf.Tensor4D>(name.replace(/u$/, 'weight'));
  return new Map(names.map((name) => [name, powerIteration(weightOf(name), params.get(name))]));
}

// Names and PyTorch shapes of a discriminator's parameters and of its spectral norms' vectors (§5.5).

export const discriminatorParamShapes = (config: DiscriminatorConfig): ParamShapes =>
  config.kind === 'efficientnet-lite0' ? featureParamShapes(config) : scratchParamShapes(config);

/** The vector u of every spectral norm: state of the network that no gradient changes. */
export const discriminatorBufferShapes = (config: DiscriminatorConfig): ParamShapes =>
  config.kind === 'efficientnet-lite0' ? featureBufferShapes(config) : scratchBufferShapes(config);

/** A picture's sides are multiples of this many pixels. */
export const discriminatorMultiple = (config: DiscriminatorConfig): number =>
  // Features take any size; the pixel branch halves it.
  config.kind === 'efficientnet-lite0' ? 2 : config.strides.reduce((all, stride) => all * stride, 1);
