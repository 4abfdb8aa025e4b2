/** tfjs's kernels in ONNX's operators, as many as the networks use. */
import * as tf from '@tensorflow/tfjs-core';
import { type Constant, type Recorder, sizeOf } from './recorder.ts';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
// biome-ignore lint/suspicious/noExplicitAny: each kernel has attributes of its own, which tfjs passes without types.
type Attributes = Readonly<Record<string, any>>;
export type OnnxKernel = (
  recorder: Recorder,
  inputs: Inputs,
  attributes: Attributes,
) => tf.TensorInfo | tf.TensorInfo[];

export const of = (inputs: Inputs, name: string) => inputs[name];
/** Positions of tfjs's axes of a picture in NCHW. */
const axisInFirst = [0, 2, 3, 1];
export const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
const shapeInFirst = ([batch, height, width, channels]: readonly number[]) =>
  [batch, channels, height, width] as number[];

/** True where NCHW is at hand and tfjs's layout is not. */
export const isFirst = (recorder: Recorder, tensor: tf.TensorInfo) => {
  const { plain, first } = recorder.value(tensor);
  return first !== null && plain === null;
};

export const unary =
  (op: string): OnnxKernel =>
  (recorder, inputs) => {
    const x = of(inputs, 'x');
    if (isFirst(recorder, x)) return recorder.tensor(x.shape, { first: recorder.one(op, [recorder.first(x)]) });
    return recorder.tensor(x.shape, { plain: recorder.one(op, [recorder.plain(x)]) });
  };

/** An operand of an NCHW picture: another picture, a number, or a value a channel. Null where it is none of them. */
function operand(recorder: Recorder, tensor: tf.TensorInfo): string | null {
  if (tensor.shape.length === 4) return recorder.first(tensor);
  if (sizeOf(tensor.shape) === 1) return recorder.plain(tensor);
  if (tensor.shape.length === 1) return channels(recorder, tensor);
  return null;
}

/** [C] as [C, 1, 1], which spreads over NCHW. */
function channels(recorder: Recorder, tensor: tf.TensorInfo): string {
  const { constant, shape } = recorder.value(tensor);
  const spread = [shape[0], 1, 1];
  if (constant) return recorder.plain(recorder.constant(recorder.reshapeConstant(constant, spread), spread));
  return recorder.reshape(recorder.plain(tensor), spread);
}

export const binary =
  (op: string): OnnxKernel =>
  (recorder, inputs) => {
    const [a, b] = [of(inputs, 'a'), of(inputs, 'b')];
    const shape = tf.broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
    if (isFirst(recorder, a) || isFirst(recorder, b)) {
      const [left, right] = [operand(recorder, a), operand(recorder, b)];
      if (left !== null && right !== null) return recorder.tensor(shape, { first: recorder.one(op, [left, right]) });
    }
    return recorder.tensor(shape, { plain: recorder.one(op, [recorder.plain(a), recorder.plain(b)]) });
  };

export const reshape: OnnxKernel = (recorder, inputs, { shape }) => {
  const x = of(inputs, 'x');
  return reshaped(recorder, x, tf.util.inferFromImplicitShape(shape, sizeOf(x.shape)));
};

export function reshaped(recorder: Recorder, x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const { constant } = recorder.value(x);
  if (constant) return recorder.constant(recorder.reshapeConstant(constant, shape), shape, x.dtype);
  return recorder.tensor(shape, { plain: recorder.reshape(recorder.plain(x), shape) }, x.dtype);
}

export function recordTranspose(recorder: Recorder, x: tf.TensorInfo, perm: readonly number[]): tf.TensorInfo {
  const { constant } = recorder.value(x);
  const shape = perm.map((axis) => x.shape[axis]);
  if (constant) {
    const turned: Constant = { ...constant, axes: perm.map((axis) => constant.axes[axis]) };
    return recorder.constant(turned, shape, x.dtype);
  }
  return recorder.tensor(shape, { plain: recorder.one('Transpose', [recorder.plain(x)], { perm }) }, x.dtype);
}

export function matMul(recorder: Recorder, inputs: Inputs, attributes: Attributes): tf.TensorInfo {
  const oriented = (name: string, isTurned: boolean) => {
    const x = of(inputs, name);
    const rank = x.shape.length;
    const perm = x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
    return isTurned ? recordTranspose(recorder, x, perm) : x;
  };
  const a = oriented('a', attributes.transposeA);
  const b = oriented('b', attributes.transposeB);
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, columns] = [a.shape.at(-2) as number, b.shape.at(-1) as number];
  const plain = recorder.one('MatMul', [recorder.plain(a), recorder.plain(b)]);
  return recorder.tensor([...outer, rows, columns], { plain });
}

const withBias = (recorder: Recorder, x: tf.TensorInfo, bias: tf.TensorInfo | undefined) =>
  bias ? (binary('Add')(recorder, { a: x, b: bias }, {}) as tf.TensorInfo) : x;

function refuseActivation({ activation = 'linear' }: Attributes): void {
  if (activation !== 'linear') throw new Error(`The activation "${activation}" can't be exported.`);
}

/** Products of single matrices, as linear layers are, go without the batch axis that tfjs gives them. */
export const fusedMatMul: OnnxKernel = (recorder, inputs, attributes) => {
  refuseActivation(attributes);
  const [a, b] = [of(inputs, 'a'), of(inputs, 'b')];
  if (a.shape.length !== 3 || a.shape[0] !== 1 || b.shape[0] !== 1)
    return withBias(recorder, matMul(recorder, inputs, attributes), inputs.bias);
  const flat = { a: reshaped(recorder, a, a.shape.slice(1)), b: reshaped(recorder, b, b.shape.slice(1)) };
  const product = withBias(recorder, matMul(recorder, flat, attributes), inputs.bias);
  return reshaped(recorder, product, [1, ...product.shape]);
};

export const recordConv2d: OnnxKernel = (recorder, inputs, attributes) => {
  refuseActivation(attributes);
  const { strides, pad, dilations, dimRoundingMode } = attributes;
  const [x, filter] = [of(inputs, 'x'), of(inputs, 'filter')];
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const { top, left, bottom, right } = info.padInfo;
  const weight = recordTranspose(recorder, filter, [3, 2, 0, 1]);
  const bias = inputs.bias ? [recorder.plain(inputs.bias)] : [];
  const first = recorder.one('Conv', [recorder.first(x), recorder.plain(weight), ...bias], {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  });
  return recorder.tensor(info.outShape, { first });
};

/** One instance normalisation over each group's channels and places, as PyTorch's own exporter writes GroupNorm. */
export const recordGroupNorm: OnnxKernel = (recorder, inputs, { eps, groups }) => {
  const x = of(inputs, 'x');
  const grouped = recorder.reshape(recorder.first(x), [x.shape[0], groups, -1]);
  const [ones, zeros] = [1, 0].map((value) => recorder.floats(Array(groups).fill(value)));
  const normal = recorder.one('InstanceNormalization', [grouped, ones as string, zeros as string], {
    epsilon: { float: eps },
  });
  const restored = recorder.reshape(normal, shapeInFirst(x.shape));
  const scaled = recorder.one('Mul', [restored, channels(recorder, of(inputs, 'gamma'))]);
  return recorder.tensor(x.shape, { first: recorder.one('Add', [scaled, channels(recorder, of(inputs, 'beta'))]) });
};

export const concat: OnnxKernel = (recorder, inputs, attributes) => {
  const all = Object.values(inputs).filter(({ shape }) => sizeOf(shape) > 0);
  const head = all[0];
  const axis = positive(attributes.axis, head.shape.length);
  const shape = tf.backend_util.computeOutShape(
    all.map((x) => [...x.shape]),
    axis,
  );
  if (all.some((x) => isFirst(recorder, x))) {
    const names = all.map((x) => recorder.first(x));
    return recorder.tensor(shape, { first: recorder.one('Concat', names, { axis: axisInFirst[axis] }) });
  }
  return recorder.tensor(
    shape,
    {
      plain: recorder.one(
        'Concat',
        all.map((x) => recorder.plain(x)),
        { axis },
      ),
    },
    head.dtype,
  );
};

export const split: OnnxKernel = (recorder, inputs, { numOrSizeSplits, axis: given }) => {
  const x = of(inputs, 'x');
  const axis = positive(given, x.shape.length);
  const sizes: number[] = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, axis);
  const layout = isFirst(recorder, x) ? 'first' : 'plain';
  const inLayout = layout === 'first' ? axisInFirst[axis] : axis;
  const names = recorder.emit(
    'Split',
    [recorder[layout](x), recorder.integers(sizes)],
    { axis: inLayout },
    sizes.length,
  );
  return names.map((name, i) =>
    recorder.tensor(
      x.shape.map((n, d) => (d === axis ? sizes[i] : n)),
      { [layout]: name },
      x.dtype,
    ),
  );
};

export const slice: OnnxKernel = (recorder, inputs, { begin, size }) => {
  const x = of(inputs, 'x');
  const [starts, sizes] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
  const ends = starts.map((start, i) => start + sizes[i]);
  const parts = [recorder.plain(x), recorder.integers(starts), recorder.integers(ends)];
  return recorder.tensor(sizes, { plain: recorder.one('Slice', parts) }, x.dtype);
};

export const reduction =
  (op: 'ReduceSum' | 'ReduceMean'): OnnxKernel =>
  (recorder, inputs, { axis, keepDims }) => {
    const x = of(inputs, 'x');
    const axes = tf.util.parseAxisParam(axis, [...x.shape]);
    const shape = tf.backend_util.computeOutAndReduceShapes([...x.shape], axes)[0];
    const kept = tf.backend_util.expandShapeToKeepDim(shape, axes);
    const keepdims = keepDims ? 1 : 0;
    // In this opset the axes are an input of the sum and an attribute of the mean.
    const plain =
      op === 'ReduceSum'
        ? recorder.one(op, [recorder.plain(x), recorder.integers(axes)], { keepdims })
        : recorder.one(op, [recorder.plain(x)], { axes, keepdims });
    return recorder.tensor(keepDims ? kept : shape, { plain });
  };
