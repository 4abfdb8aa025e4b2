/**
 * Everything the networks are made of in tfjs's own ops: what runs off the GPU, and the reference of our kernels. The
 * networks themselves take their ops from ops.ts.
 */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Passes `x` through the steps, one by one. Each value in between is freed as soon as the next exists: a plain chain
 * within one tf.tidy keeps them all to its end, which multiplies the memory a network needs.
 */
export function through<T extends tf.Tensor>(x: T, ...steps: readonly ((value: T) => T)[]): T {
  return steps.reduce((value, step) => {
    const next = tf.tidy(() => step(value));
    if (value !== x && value !== next) value.dispose();
    return next;
  }, x);
}

/**
 * x·(1 + s) + t, of each picture's channels.
 * @param x [B, H, W, C]; modulation [B, 2·C]: scales s, then shifts t
 */
export function modulate(x: tf.Tensor4D, modulation: tf.Tensor2D): tf.Tensor4D {
  return tf.tidy(() => {
    const [scale, shift] = tf.split(modulation, 2, 1).map((part) => tf.reshape(part, [-1, 1, 1, x.shape[3]]));
    return through(
      x,
      (v) => tf.mul(v, tf.add(scale as tf.Tensor, 1)) as tf.Tensor4D,
      (v) => tf.add(v, shift as tf.Tensor) as tf.Tensor4D,
    );
  });
}

/** x·σ(x), any shape. */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)) as T);
}

/** GELU in its exact form, ½x(1 + erf(x/√2)), any shape. */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    const twice = through<tf.Tensor>(
      x,
      (t) => tf.mul(t, Math.SQRT1_2),
      (t) => tf.erf(t),
      (t) => tf.add(t, 1),
    );
    return through<tf.Tensor>(
      x,
      (t) => tf.mul(t, twice),
      (t) => tf.mul(t, 0.5),
    ) as T;
  });
}

/** LeakyReLU with slope 0.2, any shape. */
export function leakyRelu<T extends tf.Tensor>(x: T): T {
  return tf.leakyRelu(x, 0.2) as T;
}

/** Between 0 and 6, any shape. */
export const relu6 = <T extends tf.Tensor>(x: T): T => tf.relu6(x) as T;

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
const fuses = () => tf.engine().state.gradientDepth === 0;

/** Cross-correlation. @param x [B, H, W, Cin]; weight [k, k, Cin, Cout]; bias [Cout] */
export function conv2d(x: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D, options: ConvOptions = {}): tf.Tensor4D {
  const { stride = 1, pad = 'torch', residual, enlarged = false, activation, modulation } = options;
  if (activation) {
    const { activation: _, modulation: __, ...rest } = options;
    const modulated = (t: tf.Tensor4D) => (modulation ? modulate(t, modulation) : t);
    const activate: (t: tf.Tensor4D) => tf.Tensor4D = activation === 'silu' ? silu : gelu;
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

/**
 * A channel at a time, k >> 1 zeros on every side.
 * @param x [B, H, W, C]; weight [k, k, 1, C]; bias [C]
 */
export function depthwiseConv2d(x: tf.Tensor4D, weight: tf.Tensor4D, bias: tf.Tensor1D, stride: 1 | 2): tf.Tensor4D {
  const [kernel, , , channels] = weight.shape;
  return tf.tidy(() => {
    const filter = tf.reshape(weight, [kernel, kernel, channels, 1]) as tf.Tensor4D;
    return tf.add(tf.depthwiseConv2d(x, filter, stride, kernel >> 1, 'NHWC', 1, 'floor'), bias);
  });
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

/**
 * Nearest-neighbour ×2. The gradient is our own: tfjs's resize gradient is wrong on its CPU backend.
 * @param x [B, H, W, C]
 */
export function upsampleNearest2(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  const double = tf.customGrad((input) => ({
    value: tf.image.resizeNearestNeighbor(input as tf.Tensor4D, [height * 2, width * 2]),
    // Each pixel went to four: their gradients add up.
    gradFunc: (dy) => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4),
  }));
  return tf.tidy(() => double(x) as tf.Tensor4D);
}

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

/** Queries a chunk: bounds the score matrix of N tokens to 1024·N instead of N². */
const queryChunk = 1024;

/** softmax(q·kᵀ·scale)·v with one head over all tokens, by chunks of queries. @param q, k, v [B, N, C] */
export function attention(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, scale: number): tf.Tensor3D {
  const [batch, tokens, channels] = q.shape;
  return tf.tidy(() => {
    // Turned once, here: tfjs's WebAssembly multiplies by a transposed matrix in a loop many times slower.
    const keys = tf.transpose(k, [0, 2, 1]);
    const scaled = tf.mul(q, scale);
    const rows = (from: number, count: number) =>
      tf.tidy(() => {
        const part = tf.slice(scaled, [0, from, 0], [batch, count, channels]);
        return tf.matMul(tf.softmax(tf.matMul(part, keys)), v) as tf.Tensor3D;
      });
    if (tokens <= queryChunk) return rows(0, tokens);
    const parts: tf.Tensor3D[] = [];
    for (let from = 0; from < tokens; from += queryChunk) parts.push(rows(from, Math.min(queryChunk, tokens - from)));
    return tf.concat(parts, 1);
  });
}

/** Index of the nearest codebook entry (L2) for each row, int32 [N]; not differentiable. @param rows [N, D]; codebook [K, D] */
export function nearestCode(rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const norms = tf.sum(tf.square(codebook), 1);
    const count = rows.shape[0];
    const parts: tf.Tensor1D[] = [];
    for (let from = 0; from < count; from += queryChunk) {
      const part = tf.slice(rows, [from, 0], [Math.min(queryChunk, count - from), -1]);
      // ‖e‖² − 2 z·e orders like the distance: ‖z‖² is the same for all entries.
      const distance = tf.sub(norms, tf.mul(tf.matMul(part, codebook, false, true), 2));
      parts.push(tf.argMin(distance, 1) as tf.Tensor1D);
    }
    return tf.concat(parts);
  });
}
