/** A discriminator from scratch (spec §5.5 B): a small convolutional feature network with StyleGAN-T-like heads on its last levels. */
import * as tf from '@tensorflow/tfjs-core';
import { conv2d, groupNorm, leakyRelu, through } from '../gpu/ops.ts';
import type { ScratchDiscriminatorConfig } from '../presets/architecture.ts';
import { discriminatorGroups } from '../presets/consistency.ts';
import type { Params } from './params.ts';
import { headInputs } from './scratch-discriminator-shapes.ts';
import { spectralConv } from './spectral-norm.ts';

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
export function discriminateFromScratch(
  params: Params,
  config: ScratchDiscriminatorConfig,
  x: tf.Tensor4D,
): tf.Tensor4D[] {
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
