/** Convolution with its bias, residual, activation and modulation, and the linear layer, a 1×1 convolution of rows. */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled, isDifferentiated } from '../../custom-op.ts';
import { activationKernel } from '../activation/index.ts';
import { modulatedSiluKernel } from '../modulate/index.ts';
import { type Conv2DSize, conv2dActivatedKernel, conv2dFits, conv2dKernel } from './kernel.ts';
import * as reference from './reference.ts';

export type { ConvOptions } from './reference.ts';

/** A convolution's padding and stride as its kernel has them; null where it doesn't take them. */
function conv2dSize(x: tf.Tensor4D, kernel: number, options: reference.ConvOptions): Conv2DSize | null {
  const { stride = 1, pad = 'torch', enlarged = false } = options;
  if (!conv2dFits(stride)) return null;
  if (pad !== 'same') {
    const around = pad === 'torch' ? (kernel - 1) >> 1 : 0;
    return { stride, pad: around, after: around, enlarged: enlarged ? 2 : 1 };
  }
  const [, height, width] = x.shape;
  const padding = (side: number) => Math.max(0, (Math.ceil(side / stride) - 1) * stride + kernel - side);
  const [rows, columns] = [padding(height), padding(width)];
  if (rows !== columns) return null;
  const before = rows >> 1;
  return { stride, pad: before, after: rows - before };
}

/**
 * Cross-correlation; `options` say what surrounds it. Differentiable; inside a gradient the activation is an op of its own.
 * @param x [B, H, W, Cin]; weight [k, k, Cin, Cout]; bias [Cout]
 */
export function conv2d(
  x: tf.Tensor4D,
  weight: tf.Tensor4D,
  bias: tf.Tensor1D,
  options: reference.ConvOptions = {},
): tf.Tensor4D {
  const size = customKernelsEnabled() ? conv2dSize(x, weight.shape[0], options) : null;
  if (!size) return reference.conv2d(x, weight, bias, options);
  const { residual, activation, modulation } = options;
  if (!activation) return conv2dKernel(x, weight, bias, residual, size);
  if (!isDifferentiated()) return conv2dActivatedKernel(x, weight, bias, { activation, modulation }, size);
  return tf.tidy(() => {
    const sums = conv2dKernel(x, weight, bias, residual, size);
    return modulation ? modulatedSiluKernel(sums, modulation) : activationKernel(activation, sums);
  });
}

/** x·W + b over the last axis, plus a residual. Differentiable. @param x [..., In]; weight [In, Out]; bias [Out]; residual [..., Out] */
export function linear(x: tf.Tensor, weight: tf.Tensor2D, bias: tf.Tensor1D, residual?: tf.Tensor): tf.Tensor {
  if (!customKernelsEnabled()) return reference.linear(x, weight, bias, residual);
  const [inputs, outputs] = weight.shape;
  return tf.tidy(() => {
    const rows = (t: tf.Tensor, channels: number) => tf.reshape(t, [1, 1, -1, channels]) as tf.Tensor4D;
    const filter = tf.reshape(weight, [1, 1, inputs, outputs]) as tf.Tensor4D;
    const added = residual && rows(residual, outputs);
    const product = conv2dKernel(rows(x, inputs), filter, bias, added, { stride: 1, pad: 0, after: 0 });
    return tf.reshape(product, [...x.shape.slice(0, -1), outputs]);
  });
}
