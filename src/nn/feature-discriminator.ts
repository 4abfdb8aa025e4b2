/**
 * A discriminator on EfficientNet-Lite0's features (§5.1: StyleGAN-T's "feature network"), with a branch on the pixels
 * themselves: features alone let a student's lattice of the latent grid pass.
 */
import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu } from '../gpu/ops/activation/index.ts';
import { through } from '../gpu/through.ts';
import { type FeatureDiscriminatorConfig, LayerShapes, type ParamShapes } from '../presets/architecture.ts';
import { efficientnetFeatures, efficientnetParamShapes, planBlocks } from './efficientnet.ts';
import { type Params, spectralConv } from './params.ts';

/** Keeps a map of zeros from dividing by zero. */
const tiny = 1e-6;

/** Each picture's map over its root mean square, which no gradient goes through: features differ in size by orders. */
function normalised(x: tf.Tensor4D): tf.Tensor4D {
  const divide = tf.customGrad((t, save) => {
    const size = tf.tidy(() => tf.add(tf.sqrt(tf.mean(tf.square(t as tf.Tensor), [1, 2, 3], true)), tiny));
    (save as tf.GradSaveFunc)([size]);
    return {
      value: tf.div(t as tf.Tensor, size),
      gradFunc: (dy, saved) => tf.div(dy, (saved as tf.Tensor[])[0]),
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
    const seen = [pixelFeatures(params, x), ...config.head_levels.map((level) => blocks[level])];
    return seen.map((map, index) => head(params, `heads.${index}`, map));
  });
}

// Names and PyTorch shapes of a discriminator on EfficientNet-Lite0: features, pixel branch, heads, spectral norms' vectors.

/** Of the pixel branch: name and stride. */
const pixelConvs = [
  { name: 'pixels.0', stride: 1 },
  { name: 'pixels.1', stride: 2 },
] as const;

/** Channels that each head sees: the pixel branch's first, then the levels'. */
function headInputs(config: FeatureDiscriminatorConfig): readonly number[] {
  const blocks = planBlocks(config);
  return [config.pixel_widths[1], ...config.head_levels.map((level) => blocks[level]?.outputs ?? 0)];
}

type KernelShape = readonly [outputs: number, inputs: number, height: number, width: number];

/** The convolutions with a spectral norm: name and PyTorch shape. */
function spectralConvs(config: FeatureDiscriminatorConfig): ReadonlyMap<string, KernelShape> {
  const { head_width, pixel_widths } = config;
  const [fine, coarse] = pixel_widths;
  const shapes = new Map<string, KernelShape>([
    ['pixels.0', [fine, 3, 3, 3]],
    ['pixels.1', [coarse, fine, 4, 4]],
  ]);
  headInputs(config).forEach((inputs, head) => {
    shapes.set(`heads.${head}.conv_in`, [head_width, inputs, 1, 1]);
    shapes.set(`heads.${head}.conv_mid`, [head_width, head_width, 3, 3]);
    shapes.set(`heads.${head}.conv_out`, [1, head_width, 1, 1]);
  });
  return shapes;
}

/** The features' own names begin with this. */
export const featurePrefix = 'features.';

/** Features first: they are one stretch of a vector of all. */
export function featureParamShapes(config: FeatureDiscriminatorConfig): ParamShapes {
  const shapes = new LayerShapes(efficientnetParamShapes(config));
  for (const [name, weight] of spectralConvs(config)) shapes.layer(name, weight);
  return shapes;
}

export const featureBufferShapes = (config: FeatureDiscriminatorConfig): ParamShapes =>
  new Map([...spectralConvs(config)].map(([name, [outputs]]) => [`${name}.u`, [outputs]]));
