/** Bicubic ×4 enlargement (§1.7). */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled, isDifferentiated } from '../../custom-op.ts';
import { bicubicKernel } from './kernel.ts';

/**
 * As PyTorch's interpolate: a = −0.75, align_corners off, no antialias, edge replicated, not clamped. Differentiable, by tfjs's own ops.
 * @param x [B, H, W, C] → [B, 4H, 4W, C]
 */
export const bicubicUpsample4 = (x: tf.Tensor4D): tf.Tensor4D =>
  customKernelsEnabled() && !isDifferentiated() ? bicubicKernel(x) : bicubicReference(x);

/** Weights of the four taps −2…+1 or −1…+2 by output phase: cubic convolution with a = −0.75 at offsets ±⅛, ±⅜ (§1.7). */
const bicubicTaps = [0, 1, 2, 3].map((phase) => {
  const position = (phase + 0.5) / 4 - 0.5;
  const first = Math.floor(position) - 1;
  const a = -0.75;
  const kernel = (t: number) =>
    t <= 1 ? (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1 : a * (t ** 3 - 5 * t ** 2 + 8 * t - 4);
  return { first, weights: [0, 1, 2, 3].map((tap) => kernel(Math.abs(position - first - tap))) };
});

/** [4n, n]: row 4i + phase holds the weights of that output sample; taps beyond the edge count for the edge. */
function bicubicMatrix(n: number): tf.Tensor2D {
  const values = new Float32Array(4 * n * n);
  for (let out = 0; out < 4 * n; out++) {
    const { first, weights } = bicubicTaps[out % 4];
    weights.forEach((weight, tap) => {
      const at = Math.min(n - 1, Math.max(0, (out >> 2) + first + tap));
      values[out * n + at] += weight;
    });
  }
  return tf.tensor2d(values, [4 * n, n]);
}

/** `bicubicUpsample4` in tfjs's own ops, as two matrix products. */
export function bicubicReference(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const down = tf.reshape(bicubicMatrix(height), [1, 4 * height, height]);
    const tall = tf.matMul(down, tf.reshape(x, [batch, height, width * channels]));
    const across = tf.reshape(bicubicMatrix(width), [1, 4 * width, width]);
    const wide = tf.matMul(across, tf.reshape(tall, [batch * 4 * height, width, channels]));
    return tf.reshape(wide, [batch, 4 * height, 4 * width, channels]) as tf.Tensor4D;
  });
}
