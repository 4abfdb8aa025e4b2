/**
 * Pixels as channels and back, in PyTorch's order of channels (c·r² + dy·r + dx), which is not that of TensorFlow's
 * DepthToSpace. Each is the gradient of the other.
 */
import * as tf from '@tensorflow/tfjs-core';
import { customKernelsEnabled } from '../../custom-op.ts';
import { pixelShuffleKernel, pixelUnshuffleKernel } from './kernel.ts';

/** @param x [B, H, W, C·r²] → [B, H·r, W·r, C] */
export const pixelShuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  customKernelsEnabled() ? pixelShuffleKernel(x, r) : pixelShuffleReference(x, r);

/** @param x [B, H·r, W·r, C] → [B, H, W, C·r²] */
export const pixelUnshuffle = (x: tf.Tensor4D, r: number): tf.Tensor4D =>
  customKernelsEnabled() ? pixelUnshuffleKernel(x, r) : pixelUnshuffleReference(x, r);

/** [N, a, b] → [N, b, a], over the last axis. */
const turnChannels = (x: tf.Tensor4D, a: number, b: number) =>
  tf.reshape(tf.transpose(tf.reshape(x, [-1, a, b]), [0, 2, 1]), x.shape);

/** In tfjs's own ops: reshapes and turns of at most four axes, which it does well and knows the gradients of. */
function pixelShuffleReference(x: tf.Tensor4D, r: number): tf.Tensor4D {
  // A backend that has it in one piece.
  if (tf.getKernel('PixelShuffle', tf.getBackend()))
    return tf.engine().runKernel('PixelShuffle', { x }, { r }) as tf.Tensor4D;
  const [batch, height, width, channels] = x.shape;
  const left = channels / r ** 2;
  return tf.tidy(() => {
    const rows = tf.reshape(turnChannels(x, left, r * r), [batch * height, width, r, r * left]);
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch, r * height, r * width, left]);
  });
}

/** In tfjs's own ops. */
function pixelUnshuffleReference(x: tf.Tensor4D, r: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const rows = tf.reshape(x, [(batch * height) / r, r, width / r, r * channels]);
    const cells = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch, height / r, width / r, r * r * channels]);
    return turnChannels(cells as tf.Tensor4D, r * r, channels) as tf.Tensor4D;
  });
}
