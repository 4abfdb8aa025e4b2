/**
 * Gradients of convolutions, depthwise ones too, and of matrix products in place of tfjs's own. tfjs's WebAssembly backend
 * has no kernel for a filter's gradient and a slow one for an input's; its WebGPU kernels for both visit every pixel with a
 * thread for each weight, and its product of long rows adds up by atomics, in another order each time. Here both are
 * convolutions and products, which every backend does well, and the same bits come out each time.
 */
// tfjs-core alone knows no gradients. Its file of them can't be imported by Node, where the union package brings them.
import '#gradients';
import * as tf from '@tensorflow/tfjs-core';
import { isOnWasm } from './wasm/kernels.ts';

/** Inner sizes from which tfjs's WebGPU sums by atomics. */
const longRows = 2000;

function turned(t: tf.Tensor): tf.Tensor {
  const last = t.rank - 1;
  return tf.transpose(t, [...t.shape.slice(0, -2).map((_, i) => i), last, last - 1]);
}

/** aᵀ·b of two tall matrices, [N, K] and [N, M], summed part by part in a fixed order. */
function tallProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  let parts = 1;
  const rows = a.shape[0];
  while (rows / parts >= longRows && (rows / parts) % 2 === 0) parts *= 2;
  const cut = (t: tf.Tensor) => tf.reshape(t, [parts, rows / parts, t.shape[1] as number]);
  const products = tf.matMul(cut(a), cut(b), true);
  const [, k, m] = products.shape as [number, number, number];
  return tf.reshape(tf.matMul(tf.ones([1, parts]), tf.reshape(products, [parts, k * m])), [k, m]);
}

/** op(a)·op(b) over the last two axes, where op transposes if asked to. */
export function product(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  return tf.tidy(() => {
    if (tf.getBackend() === 'wasm' && transposeB && b.shape.slice(0, -2).every((count) => count === 1)) {
      // XNNPACK, on all threads, takes no transposed matrix. A layer's is small; what turning it takes is little.
      return tf.matMul(a, turned(b), transposeA);
    }
    const tall = transposeA && !transposeB && a.rank === 2 && a.shape[0] >= longRows;
    return tall ? tallProduct(a, b) : tf.matMul(a, b, transposeA, transposeB);
  });
}

type Size = [number, number, number, number];
interface Padding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** [B, h, w, C] with stride − 1 zeros behind each row and column: what a stride left out. */
function spread(dy: tf.Tensor4D, stride: number): tf.Tensor4D {
  if (stride === 1) return dy;
  const [batch, height, width, channels] = dy.shape;
  const behind = (t: tf.Tensor, shape: Size) =>
    tf.pad(tf.reshape(t, shape), [
      [0, 0],
      [0, stride - 1],
      [0, 0],
      [0, 0],
    ]);
  const columns = behind(dy, [batch * height * width, 1, 1, channels]);
  const rows = behind(columns, [batch * height, 1, width * stride, channels]);
  return tf.reshape(rows, [batch, height * stride, width * stride, channels]);
}

/** The filter turned by 180°: its taps in reverse. */
const reversedTaps = (filter: tf.Tensor4D): tf.Tensor4D =>
  tf.tidy(() => {
    const [height, width, inputs, outputs] = filter.shape;
    return tf.reshape(tf.reverse(tf.reshape(filter, [height * width, inputs * outputs]), 0), filter.shape);
  });

/** dy set apart by the stride, and the zeros around it with which a convolution by the turned filter gives dL/dx. */
function transposed(
  dy: tf.Tensor4D,
  [kernelHeight, kernelWidth]: readonly number[],
  size: Size,
  stride: number,
  pad: Padding,
): { readonly map: tf.Tensor4D; readonly padding: tf.backend_util.ExplicitPadding } {
  const apart = spread(dy, stride);
  const [before, beside] = [(kernelHeight as number) - 1 - pad.top, (kernelWidth as number) - 1 - pad.left];
  const below = size[1] + pad.top - apart.shape[1];
  const right = size[2] + pad.left - apart.shape[2];
  // Below zero where the stride has left out the picture's last rows: then their zeros go too.
  const kept = tf.slice(
    apart,
    [0, 0, 0, 0],
    [-1, apart.shape[1] + Math.min(0, below), apart.shape[2] + Math.min(0, right), -1],
  );
  return {
    map: below < 0 || right < 0 ? kept : apart,
    padding: [
      [0, 0],
      [before, Math.max(0, below)],
      [beside, Math.max(0, right)],
      [0, 0],
    ],
  };
}

/** dL/dx: the transposed convolution, as a convolution of dy with the filter turned by 180°. */
function convInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  size: Size,
  stride: number,
  pad: Padding,
): tf.Tensor4D {
  return tf.tidy(() => {
    const { map, padding } = transposed(dy, filter.shape, size, stride, pad);
    return tf.conv2d(map, tf.transpose(reversedTaps(filter), [0, 1, 3, 2]), 1, padding);
  });
}

/** The values that each tap of a filter met: by row and column, the values of x at the places of dy, [B, h, w, C]. */
function tapsOf(x: tf.Tensor4D, dy: tf.Tensor4D, stride: number, pad: Padding) {
  const [batch, height, width] = dy.shape;
  const [, tall, wide, channels] = x.shape;
  // Whole strides, so that every stride-th row and column are a part of an axis: tfjs's WebAssembly picks them value by value.
  const behind = (length: number, before: number, after: number): [number, number] => {
    const padded = before + length + after;
    return [before, after + Math.ceil(padded / stride) * stride - padded];
  };
  const padded = tf.pad(x, [[0, 0], behind(tall, pad.top, pad.bottom), behind(wide, pad.left, pad.right), [0, 0]]);
  const [rows, columns] = [padded.shape[1] / stride, padded.shape[2] / stride];
  const cells = tf.reshape(padded, [batch * rows, stride, columns, stride * channels]);
  const phase = (row: number, column: number) =>
    tf.reshape(tf.slice(cells, [0, row, 0, column * channels], [-1, 1, -1, channels]), [
      batch,
      rows,
      columns,
      channels,
    ]);
  const phases = Array.from({ length: stride ** 2 }, (_, i) => phase(Math.floor(i / stride), i % stride));
  return (row: number, column: number): tf.Tensor4D => {
    const from = phases[(row % stride) * stride + (column % stride)] as tf.Tensor4D;
    return tf.slice(from, [0, Math.floor(row / stride), Math.floor(column / stride), 0], [-1, height, width, -1]);
  };
}

/** dL/dW, a row of taps at a time: the shifted pictures side by side, [N, k·Cin]ᵀ · [N, Cout]. WebAssembly has a kernel of ours. */
function convFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, size: Size, stride: number, pad: Padding): tf.Tensor4D {
  return tf.tidy(() => {
    const [kernelHeight, kernelWidth, inputs, outputs] = size;
    if (isOnWasm()) {
      const whole = tf.pad(x, [
        [0, 0],
        [pad.top, pad.bottom],
        [pad.left, pad.right],
        [0, 0],
      ]);
      const attributes = { filterShape: size, strides: stride };
      return tf.engine().runKernel(tf.Conv2DBackpropFilter, { x: whole, dy }, attributes) as tf.Tensor4D;
    }
    const wanted = tf.reshape(dy, [-1, outputs]);
    const tap = tapsOf(x, dy, stride, pad);
    const rows = Array.from({ length: kernelHeight }, (_, row) =>
      tf.tidy(() => {
        const taps = Array.from({ length: kernelWidth }, (_, column) => tf.reshape(tap(row, column), [-1, inputs]));
        return product(taps.length === 1 ? taps[0] : tf.concat(taps, 1), wanted, true);
      }),
    );
    return tf.reshape(tf.concat(rows, 0), size);
  });
}

interface ConvAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  /** Absent where a depthwise convolution was asked for. */
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Places {
  readonly stride: number;
  readonly pad: Padding;
}

/** Of a convolution whose gradient is known here. @throws for all others */
function placesOf(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { strides, pad, dataFormat = 'NHWC', dilations, dimRoundingMode }: ConvAttributes,
  depthwise = false,
): Places {
  const shapes = [x.shape, filter.shape] as const;
  const info = tf.backend_util.computeConv2DInfo(...shapes, strides, dilations, pad, dimRoundingMode, depthwise);
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  if (dataFormat !== 'NHWC' || dilationHeight !== 1 || dilationWidth !== 1 || strideHeight !== strideWidth) {
    throw new Error('The gradient of a convolution is for NHWC, no dilation and one stride both ways.');
  }
  return { stride: strideHeight, pad: padInfo };
}

/** dL/dx of a depthwise convolution, which is one again. @param filter [k, k, C, 1] */
function depthwiseInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  size: Size,
  { stride, pad }: Places,
): tf.Tensor4D {
  return tf.tidy(() => {
    const { map, padding } = transposed(dy, filter.shape, size, stride, pad);
    return tf.depthwiseConv2d(map, reversedTaps(filter), 1, padding);
  });
}

/**
 * dL/dW [k, k, C, 1] of a depthwise convolution: x as a map and dy as a filter, pictures beside channels. On WebGPU tfjs's
 * own kernel, where a filter of a map's size would be a program of its own.
 */
function depthwiseFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [kernelHeight, kernelWidth, channels]: Size,
  { stride, pad }: Places,
  attributes: ConvAttributes,
): tf.Tensor4D {
  const filterShape: Size = [kernelHeight, kernelWidth, channels, 1];
  if (tf.getBackend() === 'webgpu') {
    const more = { ...attributes, filterShape } as unknown as tf.NamedAttrMap;
    return tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, more) as tf.Tensor4D;
  }
  return tf.tidy(() => {
    const batch = x.shape[0];
    const side = (t: tf.Tensor4D) => {
      const apart = batch === 1 ? t : tf.transpose(t, [1, 2, 0, 3]);
      return tf.reshape(apart, [1, t.shape[1], t.shape[2], batch * channels]) as tf.Tensor4D;
    };
    const map = tf.pad4d(side(x), [
      [0, 0],
      [pad.top, pad.bottom],
      [pad.left, pad.right],
      [0, 0],
    ]);
    const [, height, width, both] = side(dy).shape;
    const filter = tf.reshape(side(dy), [height, width, both, 1]) as tf.Tensor4D;
    // A dilation leaves out of the map the places that a stride left out of dy.
    const found = tf.depthwiseConv2d(map, filter, 1, 'valid', 'NHWC', stride);
    const kept = tf.slice(found, [0, 0, 0, 0], [1, kernelHeight, kernelWidth, both]);
    return tf.reshape(tf.sum(tf.reshape(kept, [kernelHeight * kernelWidth, batch, channels]), 1), filterShape);
  });
}

tf.registerGradient({
  kernelName: tf.Conv2D,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const { stride, pad } = placesOf(x, filter, attrs as unknown as ConvAttributes);
    return {
      x: () => convInputGradient(dy as tf.Tensor4D, filter, x.shape, stride, pad),
      filter: () => convFilterGradient(x, dy as tf.Tensor4D, filter.shape, stride, pad),
    };
  },
});

tf.registerGradient({
  kernelName: tf.BatchMatMul,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attrs) => {
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
    return {
      a: () =>
        transposeA ? product(b, dy as tf.Tensor, transposeB, true) : product(dy as tf.Tensor, b, false, !transposeB),
      b: () => (transposeB ? product(dy as tf.Tensor, a, true, transposeA) : product(a, dy as tf.Tensor, !transposeA)),
    };
  },
});

tf.registerGradient({
  kernelName: tf.DepthwiseConv2dNative,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const attributes = attrs as unknown as ConvAttributes;
    const places = placesOf(x, filter, attributes, true);
    return {
      x: () => depthwiseInputGradient(dy as tf.Tensor4D, filter, x.shape, places),
      filter: () => depthwiseFilterGradient(x, dy as tf.Tensor4D, filter.shape, places, attributes),
    };
  },
});
