/** The table of tfjs's kernels in ONNX's operators, and the backend that records a graph with it. */
import * as tf from '@tensorflow/tfjs-core';
import {
  binary,
  concat,
  fusedMatMul,
  isFirst,
  matMul,
  type OnnxKernel,
  of,
  positive,
  recordConv2d,
  recordGroupNorm,
  recordTranspose,
  reduction,
  reshape,
  reshaped,
  slice,
  split,
  unary,
} from './operators.ts';
import { Recorder, recorderName } from './recorder.ts';

const kernels: Readonly<Record<string, OnnxKernel>> = {
  Add: binary('Add'),
  ArgMin: (recorder, inputs, { axis }) => {
    const x = of(inputs, 'x');
    const plain = recorder.one('ArgMin', [recorder.plain(x)], { axis: positive(axis, x.shape.length), keepdims: 0 });
    return recorder.tensor(
      x.shape.filter((_, i) => i !== positive(axis, x.shape.length)),
      { plain },
      'int32',
    );
  },
  BatchMatMul: matMul,
  ClipByValue: (recorder, inputs, { clipValueMin, clipValueMax }) => {
    const x = of(inputs, 'x');
    const layout = isFirst(recorder, x) ? 'first' : 'plain';
    const bounds = [clipValueMin, clipValueMax].map((bound) => recorder.floats([bound], []));
    return recorder.tensor(x.shape, { [layout]: recorder.one('Clip', [recorder[layout](x), ...bounds]) });
  },
  Concat: concat,
  Conv2D: recordConv2d,
  Erf: unary('Erf'),
  ExpandDims: (recorder, inputs, { dim }) => {
    const x = of(inputs, 'input');
    const at = positive(dim, x.shape.length + 1);
    return reshaped(recorder, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  },
  FusedConv2D: recordConv2d,
  GatherV2: (recorder, inputs, { axis }) => {
    const [x, indices] = [of(inputs, 'x'), of(inputs, 'indices')];
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return recorder.tensor(shape, {
      plain: recorder.one('Gather', [recorder.plain(x), recorder.plain(indices)], { axis }),
    });
  },
  GroupNorm: recordGroupNorm,
  Identity: (recorder, inputs) => {
    const x = of(inputs, 'x');
    const { shape, constant, plain, first } = recorder.value(x);
    return constant ? recorder.constant(constant, shape, x.dtype) : recorder.tensor(shape, { plain, first }, x.dtype);
  },
  Mean: reduction('ReduceMean'),
  Multiply: binary('Mul'),
  PixelShuffle: (recorder, inputs, { r }) => {
    const x = of(inputs, 'x');
    const [batch, height, width, count] = x.shape as [number, number, number, number];
    // CRD is PyTorch's order of channels.
    const first = recorder.one('DepthToSpace', [recorder.first(x)], { blocksize: r, mode: 'CRD' });
    return recorder.tensor([batch, r * height, r * width, count / r ** 2], { first });
  },
  RealDiv: binary('Div'),
  Reshape: reshape,
  ResizeNearestNeighbor: (recorder, inputs, { size }) => {
    const x = of(inputs, 'images');
    const [batch, height, width, count] = x.shape as [number, number, number, number];
    const scales = recorder.floats([1, 1, size[0] / height, size[1] / width]);
    const first = recorder.one('Resize', [recorder.first(x), '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
    return recorder.tensor([batch, size[0], size[1], count], { first });
  },
  Sigmoid: unary('Sigmoid'),
  Slice: slice,
  Softmax: (recorder, inputs, { dim }) => {
    const x = of(inputs, 'logits');
    return recorder.tensor(x.shape, { plain: recorder.one('Softmax', [recorder.plain(x)], { axis: dim }) });
  },
  SplitV: split,
  Sqrt: unary('Sqrt'),
  Square: (recorder, inputs) => binary('Mul')(recorder, { a: of(inputs, 'x'), b: of(inputs, 'x') }, {}),
  Sub: binary('Sub'),
  Sum: reduction('ReduceSum'),
  Transpose: (recorder, inputs, { perm }) => recordTranspose(recorder, of(inputs, 'x'), perm),
  _FusedMatMul: fusedMatMul,
};

for (const [kernelName, kernel] of Object.entries(kernels)) {
  tf.registerKernel({
    kernelName,
    backendName: recorderName,
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel(backend as Recorder, inputs as Record<string, tf.TensorInfo>, (attrs ?? {}) as Record<string, never>),
  });
}

/**
 * Runs `build` with a recorder as tfjs's backend. It must not wait for anything: nothing else may run meanwhile, and the
 * backend that was there is back afterwards.
 */
export function record<T>(halfWeights: boolean, build: (recorder: Recorder) => T): T {
  const before = tf.engine().backendName;
  const recorder = new Recorder(halfWeights);
  tf.registerBackend(recorderName, () => recorder);
  // Takes effect at once where the backend starts at once, as these do.
  void tf.setBackend(recorderName);
  tf.engine().startScope();
  try {
    return build(recorder);
  } finally {
    tf.engine().endScope();
    if (before) void tf.setBackend(before);
    tf.removeBackend(recorderName);
  }
}
