/**
 * D_H and D_L (§5.1, §5.5): on a pretrained feature network that learns too, or from scratch. Logits are raw; larger
 * means "real".
 */
import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu } from '../gpu/ops/activation/index.ts';
import { conv2d } from '../gpu/ops/conv2d/index.ts';
import { groupNorm } from '../gpu/ops/group-norm/index.ts';
import { powerIteration } from '../gpu/ops/spectral-norm/index.ts';
import { through } from '../gpu/through.ts';
import {
  type DiscriminatorConfig,
  LayerShapes,
  type ParamShapes,
  type ScratchDiscriminatorConfig,
} from '../presets/architecture.ts';
import { discriminatorGroups } from '../presets/consistency.ts';
import { discriminateByFeatures, featureBufferShapes, featureParamShapes } from './feature-discriminator.ts';
import { type Params, spectralConv } from './params.ts';

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

// From scratch (§5.5 B): a small convolutional feature network with StyleGAN-T-like heads on its last levels.

/** PyTorch's default. */
const eps = 1e-5;

/** GroupNorm in the place of StyleGAN-T's batch statistics: works with one picture. */
const norm = (params: Params, name: string, x: tf.Tensor4D) =>
  groupNorm(x, params.get(`${name}.weight`), params.get(`${name}.bias`), eps, {
    groups: discriminatorGroups,
  });

/** 1×1 conv, norm, LeakyReLU; a 3×3 residual block over √2; 1×1 to one logit for each place. */
function head(params: Params, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const block = (part: string, t: tf.Tensor4D) =>
    through(
      t,
      (h) => spectralConv(params, `${name}.conv_${part}`, h),
      (h) => norm(params, `${name}.norm_${part}`, h),
      leakyRelu,
    );
  return tf.tidy(() => {
    const first = block('in', x);
    const mixed = tf.mul(tf.add(first, block('mid', first)), Math.SQRT1_2) as tf.Tensor4D;
    return spectralConv(params, `${name}.conv_out`, mixed);
  });
}

/**
 * @param params with the vectors u beside the parameters
 * @param x [B, H, W, 3] in [−1, 1], sides multiples of the product of the strides
 * @returns one map of logits [B, h, w, 1] for each head, finest first
 */
function discriminateFromScratch(params: Params, config: ScratchDiscriminatorConfig, x: tf.Tensor4D): tf.Tensor4D[] {
  return tf.tidy(() => {
    const levels: tf.Tensor4D[] = [];
    config.strides.forEach((stride, level) => {
      const name = `features.convs.${level}`;
      levels.push(
        through(
          levels.at(-1) ?? x,
          (t) => conv2d(t, params.get(`${name}.weight`), params.get(`${name}.bias`), { stride }),
          (t) => (level > 0 ? norm(params, `features.norms.${level}`, t) : t),
          leakyRelu,
        ),
      );
    });
    const seen = levels.slice(-headInputs(config).length);
    return seen.map((level, index) => head(params, `heads.${index}`, level));
  });
}

// Names and PyTorch shapes of the from-scratch discriminator's parameters and of its spectral norms' vectors (§5.5 B).

/** The widths that have a head, finest level first. */
const headInputs = ({ widths, head_levels }: ScratchDiscriminatorConfig): readonly number[] =>
  widths.slice(-head_levels);

function scratchParamShapes(config: ScratchDiscriminatorConfig): ParamShapes {
  const { in_channels, widths, head_width } = config;
  const shapes = new LayerShapes();
  widths.forEach((width, level) => {
    shapes.conv(`features.convs.${level}`, widths[level - 1] ?? in_channels, width, 3);
  });
  // The first level has no norm: it would hide the picture's own level and contrast.
  widths.forEach((width, level) => {
    if (level > 0) shapes.layer(`features.norms.${level}`, [width]);
  });
  headInputs(config).forEach((inputs, head) => {
    shapes.conv(`heads.${head}.conv_in`, inputs, head_width, 1);
    shapes.layer(`heads.${head}.norm_in`, [head_width]);
    shapes.conv(`heads.${head}.conv_mid`, head_width, head_width, 3);
    shapes.layer(`heads.${head}.norm_mid`, [head_width]);
    shapes.conv(`heads.${head}.conv_out`, head_width, 1, 1);
  });
  return shapes;
}

/** The vector u of every spectral norm: state of the network that no gradient changes. */
function scratchBufferShapes(config: ScratchDiscriminatorConfig): ParamShapes {
  const shapes = new Map<string, readonly number[]>();
  headInputs(config).forEach((_, head) => {
    shapes.set(`heads.${head}.conv_in.u`, [config.head_width]);
    shapes.set(`heads.${head}.conv_mid.u`, [config.head_width]);
    shapes.set(`heads.${head}.conv_out.u`, [1]);
  });
  return shapes;
}
