/** Max-pooling with a gradient on every backend: tfjs's WebAssembly has no kernel for it. */
import * as tf from '@tensorflow/tfjs-core';

/** Side of the window, and the distance of two windows. */
const [side, stride] = [3, 2];

/** Windows along a length; those that don't fit whole are left out. */
const windows = (length: number) => Math.floor((length - side) / stride) + 1;

/** Along the second of four axes: of the even places, the odd ones and the next even ones, each the largest. */
function pooledRows(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, length, width, channels] = x.shape;
  const count = windows(length);
  /** Every second row from `first` + `offset` on, as pairs of rows of which one is taken. */
  const everySecond = (first: number, offset: 0 | 1) => {
    const rows = tf.slice(x, [0, first, 0, 0], [batch, stride * count, width, channels]);
    const pairs = tf.reshape(rows, [batch * count, stride, width, channels]);
    return tf.reshape(tf.slice(pairs, [0, offset, 0, 0], [-1, 1, -1, -1]), [batch, count, width, channels]);
  };
  return tf.maximum(tf.maximum(everySecond(0, 0), everySecond(0, 1)), everySecond(1, 1));
}

/**
 * Largest value of each 3×3 window, two pixels apart, without padding (PyTorch's MaxPool2d(3, 2)). The gradient goes to the
 * first of equal values, row by row, as PyTorch's does.
 * @param x [B, H, W, C], sides of 3 at least
 * @returns [B, ⌊(H − 3)/2⌋ + 1, ⌊(W − 3)/2⌋ + 1, C]
 */
export function maxPool3(x: tf.Tensor4D): tf.Tensor4D {
  if (tf.engine().state.gradientDepth === 0) return tf.maxPool(x, side, stride, 'valid');
  const turned = (t: tf.Tensor4D) => tf.transpose(t, [0, 2, 1, 3]);
  // Columns first: rows decide last, so that of equal values the first row's wins.
  return tf.tidy(() => pooledRows(turned(pooledRows(turned(x)))));
}
