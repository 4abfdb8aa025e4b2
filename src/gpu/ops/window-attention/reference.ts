/** Attention inside the windows of a map (§2.3) in tfjs's own ops. */
import * as tf from '@tensorflow/tfjs-core';
import { through } from '../../through.ts';
import { linear } from '../conv2d/reference.ts';

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

/** Row of the bias table for each (query, key) pair of a window: ((a÷w) − (b÷w) + w−1)·(2w−1) + ((a mod w) − (b mod w) + w−1). */
export function relativeIndex(window: number): Int32Array {
  const tokens = window * window;
  const index = new Int32Array(tokens * tokens);
  for (let a = 0; a < tokens; a++) {
    for (let b = 0; b < tokens; b++) {
      const rows = Math.floor(a / window) - Math.floor(b / window) + window - 1;
      const columns = (a % window) - (b % window) + window - 1;
      index[a * tokens + b] = rows * (2 * window - 1) + columns;
    }
  }
  return index;
}

/** Sums along the diagonals of [R, w, w]: [R, 2w−1], entry a − b + w − 1. Skews the rows by giving each one zero more than it has room for. */
function diagonalSums(x: tf.Tensor3D): tf.Tensor2D {
  const [rows, w] = x.shape;
  const padded = tf.reshape(
    tf.pad(tf.reverse(x, 2), [
      [0, 0],
      [0, 0],
      [0, w],
    ]),
    [rows, 2 * w * w],
  );
  const skewed = tf.reshape(tf.slice(padded, [0, 0], [rows, w * (2 * w - 1)]), [rows, w, 2 * w - 1]);
  return tf.sum(tf.transpose(skewed, [0, 2, 1]), 2);
}

/**
 * The bias of each (query, key) pair, [1, heads, N, N], out of the table [(2w−1)², heads]. The gradient is our own: tfjs's
 * adds up by atomics on WebGPU, in another order each time, and is missing on WebAssembly.
 */
export function relativeBias(table: tf.Tensor2D, window: number): tf.Tensor4D {
  const [entries, heads] = table.shape;
  const tokens = window * window;
  const side = 2 * window - 1;
  const lookup = tf.customGrad((input) => {
    const rows = tf.gather(input as tf.Tensor2D, tf.tensor1d(relativeIndex(window), 'int32'));
    const value = tf.reshape(tf.transpose(rows, [1, 0]), [1, heads, tokens, tokens]);
    // Of each head: [row of a, column of a, row of b, column of b]; columns are summed first, then rows.
    const gradFunc = (dy: tf.Tensor) => {
      const pairs = tf.transpose(tf.reshape(dy, [heads * window, window, window, window]), [0, 2, 1, 3]);
      const columns = diagonalSums(tf.reshape(pairs, [-1, window, window]));
      const byColumn = tf.transpose(tf.reshape(columns, [heads, tokens, side]), [0, 2, 1]);
      const both = diagonalSums(tf.reshape(byColumn, [-1, window, window]));
      return tf.reshape(tf.transpose(tf.reshape(both, [heads, side, side]), [2, 1, 0]), [entries, heads]);
    };
    return { value, gradFunc };
  });
  return tf.tidy(() => lookup(table) as tf.Tensor4D);
}

/**
 * The mask of pairs in a shifted block's windows that don't see each other. Moving the map around puts its first rows beside its last,
 * in the last row of windows, and columns likewise. standard: pairs on either side of such an edge, of rows and of columns.
 * published: what all released weights were trained with, a slip of the public code (§2.3): only the last row of windows is
 * masked, and in it only between columns left and right of the shift.
 */
export type ShiftMask = 'published' | 'standard';

/** Added to the score of a pair that must not see each other. */
export const hidden = -100;

/**
 * Whether tokens a and b of a shifted window don't see each other.
 * @param last whether the window is in the last row of them, and in the last column
 */
export function isHidden(
  { window, shift, mask }: Pick<WindowAttentionOptions, 'window' | 'shift' | 'mask'>,
  last: { readonly row: boolean; readonly column: boolean },
  a: number,
  b: number,
): boolean {
  const before = (place: number) => place < window - shift;
  const apart = (isLast: boolean, a: number, b: number) => isLast && before(a) !== before(b);
  if (mask === 'published') return apart(last.row, a % window, b % window);
  return apart(last.row, Math.floor(a / window), Math.floor(b / window)) || apart(last.column, a % window, b % window);
}

/** [nW, 1, N, N], 0 or −100. */
function shiftedMask(rows: number, columns: number, options: WindowAttentionOptions): tf.Tensor4D {
  const tokens = options.window ** 2;
  const values = new Float32Array(rows * columns * tokens * tokens);
  for (let w = 0; w < rows * columns; w++) {
    const last = { row: w >= (rows - 1) * columns, column: w % columns === columns - 1 };
    if (!last.row && !last.column) continue;
    for (let a = 0; a < tokens; a++) {
      for (let b = 0; b < tokens; b++) {
        if (isHidden(options, last, a, b)) values[(w * tokens + a) * tokens + b] = hidden;
      }
    }
  }
  return tf.tensor4d(values, [rows * columns, 1, tokens, tokens]);
}

export interface WindowAttentionOptions {
  readonly heads: number;
  /** Side of a window; the map's sides are multiples of it. */
  readonly window: number;
  /** Rows and columns that the windows are moved by. */
  readonly shift: number;
  readonly mask: ShiftMask;
}

/** Multi-head attention inside each window. @param x [B·nW, N, C], windows of one image next to each other */
function attendWindows(
  x: tf.Tensor3D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  table: tf.Tensor2D,
  { heads, window }: WindowAttentionOptions,
  mask: tf.Tensor4D | null,
): tf.Tensor3D {
  const [windows, tokens, channels] = x.shape;
  const depth = channels / heads;
  return tf.tidy(() => {
    // [windows, 3·heads, N, depth]: queries, keys and values of all heads behind each other.
    const turned = tf.tidy(() => {
      const qkv = linear(x, weight, bias);
      return tf.transpose(tf.reshape(qkv, [windows, tokens, 3 * heads, depth]), [0, 2, 1, 3]);
    });
    const [q, k, v] = tf.split(turned, 3, 1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    turned.dispose();
    const offsets = relativeBias(table, window);
    const masked = (scores: tf.Tensor) => {
      if (!mask) return scores;
      const perImage = tf.reshape(scores, [-1, mask.shape[0], heads, tokens, tokens]);
      return tf.reshape(tf.add(perImage, tf.expandDims(mask, 0)), scores.shape);
    };
    return through<tf.Tensor>(
      q,
      (t) => tf.mul(t, depth ** -0.5),
      (t) => tf.matMul(t, k, false, true),
      (t) => tf.add(t, offsets),
      masked,
      (t) => tf.softmax(t),
      (t) => tf.matMul(t, v),
      (t) => tf.reshape(tf.transpose(t, [0, 2, 1, 3]), [windows, tokens, channels]),
    ) as tf.Tensor3D;
  });
}

/**
 * Attention of each token over its window; the projection that follows is not in it.
 * @param x [B, H, W, C]; weight [C, 3·C] and bias [3·C] of queries, keys and values; table [(2·window − 1)², heads]
 * @returns [B, H, W, C]
 */
export function windowAttention(
  x: tf.Tensor4D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  table: tf.Tensor2D,
  options: WindowAttentionOptions,
): tf.Tensor4D {
  const [, height, width] = x.shape;
  const { window, shift } = options;
  return tf.tidy(() => {
    const mask = shift > 0 ? shiftedMask(height / window, width / window, options) : null;
    return through<tf.Tensor>(
      x,
      (t) => roll(t as tf.Tensor4D, -shift),
      (t) => windowPartition(t as tf.Tensor4D, window),
      (t) => attendWindows(t as tf.Tensor3D, weight, bias, table, options, mask),
      (t) => windowReverse(t as tf.Tensor3D, window, height, width),
      (t) => roll(t as tf.Tensor4D, shift),
    ) as tf.Tensor4D;
  });
}
