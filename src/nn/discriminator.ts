/**
 * D_H and D_L (spec §5.1, §5.5): on a pretrained feature network that learns too, or from scratch. Logits are raw; larger
 * means "real".
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DiscriminatorConfig } from '../presets/architecture.ts';
import { discriminatorBufferShapes } from './discriminator-shapes.ts';
import { discriminateByFeatures } from './feature-discriminator.ts';
import type { Params } from './params.ts';
import { discriminateFromScratch } from './scratch-discriminator.ts';
import { powerIteration } from './spectral-norm.ts';

export { discriminatorBufferShapes, discriminatorParamShapes } from './discriminator-shapes.ts';

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

/** One power iteration of every spectral norm, once before each update of the discriminator. @returns the new vectors by name */
export function advanceSpectralNorms(params: Params, config: DiscriminatorConfig): Map<string, tf.Tensor1D> {
  const names = [...discriminatorBufferShapes(config).keys()];
  const weightOf = (name: string) => params.get<tf.Tensor4D>(name.replace(/u$/, 'weight'));
  return new Map(names.map((name) => [name, powerIteration(weightOf(name), params.get(name))]));
}
