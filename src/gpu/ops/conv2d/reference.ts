/** Convolution and the linear layer in tfjs's own ops: they run off the GPU, and are the reference of the kernels. */
import * as tf from '@tensorflow/tfjs-core';
import { isDifferentiated } from '../../custom-op.ts';
import { through } from '../../through.ts';
import { gelu, siluReference } from '../activation/index.ts';
import { modulate } from '../modulate/index.ts';
import { upsampleNearest2 } from '../upsample/index.ts';

export interface ConvOptions {
  readonly stride?: number;
  /** 'torch': (kernel − 1) >> 1 zeros on every side, as PyTorch's padding; 'same': TensorFlow's, at the end first; 'valid': none. */
  readonly pad?: 'torch' | 'same' | 'valid';
  /** Added to the result, in its shape. */
  readonly residual?: tf.Tensor4D;
  /** The input is enlarged by 2 before, to the nearest pixel: as `upsampleNearest2`. Only with stride 1 and PyTorch's padding. */
  readonly enlarged?: boolean;
  /** Of the result. */
  readonly activation?: 'silu' | 'gelu';
  /** [B, 2·C]: as `modulate`, of the result before its SiLU. Neither stands beside a residual. */
  readonly modulation?: tf.Tensor2D;
}

/**
 * Inside a gradient tfjs's fused ops work out the gradient of every input, also of weights that nobody asked for: a frozen
 * decoder would pay for its filters' gradients. The plain ops work out only what is wanted.
 */
const fuses = () => !isDifferentiated();

/** Cross-correlation. @param x [B, H, W, Cin]; weight [k, k, Cin, Cout]; bias [Cout] */
export function conv2d(x: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D, options: ConvOptions = {}): tf.Tensor4D {
  const { stride = 1, pad = 'torch', residual, enlarged = false, activation, modulation } = options;
  if (activation) {
    const { activation: _, modulation: __, ...rest } = options;
    const modulated = (t: tf.Tensor4D) => (modulation ? modulate(t, modulation) : t);
    const activate: (t: tf.Tensor4D) => tf.Tensor4D = activation === 'silu' ? siluReference : gelu;
    return tf.tidy(() => through(x, (t) => conv2d(t, weight, bias, rest), modulated, activate));
  }
  if (enlarged) {
    const { enlarged: _, ...rest } = options;
    return tf.tidy(() => through(x, upsampleNearest2, (t) => conv2d(t, weight, bias, rest)));
  }
  if (residual) {
    const { residual: _, ...rest } = options;
    return tf.tidy(() => tf.add(residual, conv2d(x, weight, bias, rest)));
  }
  const padding = pad === 'torch' ? (weight.shape[0] - 1) >> 1 : pad;
  const rounding = pad === 'torch' ? 'floor' : undefined;
  if (fuses()) {
    return tf.fused.conv2d({ x, filter: weight, strides: stride, pad: padding, dimRoundingMode: rounding, bias });
  }
  return tf.tidy(() => tf.add(tf.conv2d(x, weight, stride, padding, 'NHWC', 1, rounding), bias));
}

/** x·W + b over the last axis, and a residual where there is one. @param x [..., In]; weight [In, Out]; bias [Out]; residual [..., Out] */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias: tf.Tensor1D, residual?: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [inputs, outputs] = weight.shape;
    const rows = tf.reshape(x, [-1, inputs]) as tf.Tensor2D;
    const product = fuses() ? tf.fused.matMul({ a: rows, b: weight, bias }) : tf.add(tf.matMul(rows, weight), bias);
    const value = tf.reshape(product, [...x.shape.slice(0, -1), outputs]);
    return residual ? tf.add(residual, value) : value;
  });
}
