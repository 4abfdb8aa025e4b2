/** Cutting a map into windows, and back; cyclic shifts. */
import * as tf from '@tensorflow/tfjs-core';

/** Cyclic shift of rows and columns, as numpy's roll. @param x [B, H, W, C]; shift in pixels, either sign */
export function roll(x: tf.Tensor4D, shift: number): tf.Tensor4D {
  const along = (t: tf.Tensor4D, axis: 1 | 2) => {
    const size = t.shape[axis];
    const cut = (((-shift % size) + size) % size) as number;
    if (cut === 0) return t;
    const [head, tail] = tf.split(t, [cut, size - cut], axis) as [tf.Tensor4D, tf.Tensor4D];
    return tf.concat([tail, head], axis);
  };
  return tf.tidy(() => along(along(x, 1), 2));
}

/** Cuts [B, H, W, C] into windows, tokens row by row: [B·nW, size², C], order batch, window row, window column. */
export function windowPartition(x: tf.Tensor4D, size: number): tf.Tensor3D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    // A row of a window is contiguous, so four dimensions do: tfjs's WebAssembly turns more of them much slower.
    const cells = tf.reshape(x, [(batch * height) / size, size, width / size, size * channels]);
    return tf.reshape(tf.transpose(cells, [0, 2, 1, 3]), [-1, size * size, channels]) as tf.Tensor3D;
  });
}

/** The inverse of `windowPartition`. */
export function windowReverse(windows: tf.Tensor3D, size: number, height: number, width: number): tf.Tensor4D {
  const channels = windows.shape[2];
  return tf.tidy(() => {
    const cells = tf.reshape(windows, [-1, width / size, size, size * channels]);
    return tf.reshape(tf.transpose(cells, [0, 2, 1, 3]), [-1, height, width, channels]) as tf.Tensor4D;
  });
}
