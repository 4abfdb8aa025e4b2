/**
 * A discriminator on EfficientNet-Lite0's features (spec §5.1: StyleGAN-T's "feature network"), with a branch on the pixels
 * themselves: features alone let a student's lattice of the latent grid pass.
 */
import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu, through } from '../gpu/ops.ts';
import type { FeatureDiscriminatorConfig } from '../presets/architecture.ts';
import { efficientnetFeatures } from './efficientnet.ts';
import { pixelConvs } from './feature-discriminator-shapes.ts';
import type { Params } from './params.ts';
import { spectralConv } from './spectral-norm.ts';

/** Keeps a map of zeros from dividing by zero. */
const tiny = 1e-6;

/** Each picture's map over its root mean square, which no gradient goes through: features differ in size by orders. */
function normalised(x: tf.Tensor4D): tf.Tensor4D {
  const divide = tf.customGrad((t, save) => {
    const size = tf.tidy(() => tf.add(tf.sqrt(tf.mean(tf.square(t as tf.Tensor), [1, 2, 3], true)), tiny));
    (save as tf.GradSaveFunc)([size]);
    return {
      value: tf.div(t as tf.Tensor, size),
      gradFunc: (dy, saved) => tf.div(dy, (saved as tf.Tensor[])[0] as tf.Tensor),
    };
  });
  return tf.tidy(() => divide(x) as tf.Tensor4D);
}

/** 1×1 conv, 3×3 conv, 1×1 to one logit for each place; LeakyReLU between. */
const head = (params: Params, name: string, x: tf.Tensor4D): tf.Tensor4D =>
  through(
    x,
    normalised,
    (t) => spectralConv(params, `${name}.conv_in`, t),
    leakyRelu,
    (t) => spectralConv(params, `${name}.conv_mid`, t),
    leakyRelu,
    (t) => spectralConv(params, `${name}.conv_out`, t),
  );

function pixelFeatures(params: Params, x: tf.Tensor4D): tf.Tensor4D {
  const steps = pixelConvs.flatMap(({ name, stride }) => [
    (t: tf.Tensor4D) => spectralConv(params, name, t, { stride }),
    leakyRelu,
  ]);
  return through(x, ...steps);
}

/** See discriminator.ts. */
export function discriminateByFeatures(
  params: Params,
  config: FeatureDiscriminatorConfig,
  x: tf.Tensor4D,
): tf.Tensor4D[] {
  return tf.tidy(() => {
    const blocks = efficientnetFeatures(params, config, x);
    const seen = [pixelFeatures(params, x), ...config.head_levels.map((level) => blocks[level] as tf.Tensor4D)];
    return seen.map((map, index) => head(params, `heads.${index}`, map));
  });
}
