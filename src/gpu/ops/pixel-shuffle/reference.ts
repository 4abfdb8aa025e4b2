/**
 * Pixels as channels and back, in PyTorch's order of channels (c·r² + dy·r + dx), which is not that of TensorFlow's
 * DepthToSpace. Reshapes and turns of at most four axes, which tfjs does well and knows the gradients of.
 */
import * as tf from '@tensorflow/tfjs-core';

/** [N, a, b] → [N, b, a], over the last axis. */
const turnChannels = (x: tf.Tensor4D, a: number, b: number) =>
  tf.reshape(tf.transpose(tf.reshape(x, [-1, a, b]), [0, 2, 1]), x.shape);

/** PixelShuffle. @param x [B, H, W, C·r²] → [B, r·H, r·W, C] */
export function pixelShuffle(x: tf.Tensor4D, r: number): tf.Tensor4D {
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

/** PixelUnshuffle, the inverse. @param x [B, H, W, C], sides multiples of r → [B, H/r, W/r, C·r²] */
export function pixelUnshuffle(x: tf.Tensor4D, r: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const rows = tf.reshape(x, [(batch * height) / r, r, width / r, r * channels]);
    const cells = tf.reshape(tf.transpose(rows, [0, 2, 1, 3]), [batch, height / r, width / r, r * r * channels]);
    return turnChannels(cells as tf.Tensor4D, r * r, channels) as tf.Tensor4D;
  });
}
