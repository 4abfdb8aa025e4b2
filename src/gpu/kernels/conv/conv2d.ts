/**
 * Cross-correlation with bias and, where asked for, something added to it or its input enlarged before, as one op with our
 * gradients: one run forward; one for the input's gradient, a convolution with the filter turned, and one more to add up
 * what an enlarged pixel went to; for filter and bias one product, in parts where that
 * gives a GPU more to do at once, and then one more to add up the parts.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { type Attributes, defineOp, ownBackend, together, tuning } from '../own-op.ts';
import type { Program } from '../pipelines.ts';
import { filterGradientBlocks, filterGradientDirect, forwardDirect } from './direct.ts';
import { flattened, flopsOf, type Geometry, inputGradientOf, type Precision, type Shape } from './geometry.ts';
import { filterGradientTiled, filterGradientTiles, forwardTiled } from './tiled.ts';

/** Workgroups of the filter's gradient that are worth cutting it into parts for, and the most pixels a part should have. */
const enough = { direct: 16, tiled: 256 } as const;
const partPixels = 128;

/** The sums over the parts of two lists. */
const addParts: Program = {
  name: 'sum of parts',
  code: () => `
struct Sizes { first: u32, second: u32, parts: u32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> sumA: array<f32>;
@group(0) @binding(3) var<storage, read_write> sumB: array<f32>;
@group(0) @binding(4) var<uniform> s: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) g: vec3<u32>) {
  var total = 0.0;
  if (g.x < s.first) {
    for (var i = 0u; i < s.parts; i++) { total += a[i * s.first + g.x]; }
    sumA[g.x] = total;
  } else if (g.x < s.first + s.second) {
    let at = g.x - s.first;
    for (var i = 0u; i < s.parts; i++) { total += b[i * s.second + at]; }
    sumB[at] = total;
  }
}`,
};

/** Of a map enlarged by 2, the sums over what was one pixel. */
const sumFours: Program = {
  name: 'sum of four pixels',
  code: () => `
struct Sizes { width: u32, channels: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> s: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let below = 2u * s.width * s.channels;
  for (var i = g.x; i < arrayLength(&y); i += all.x * 64u) {
    let pixel = i / s.channels;
    let at = (pixel / s.width * 4u * s.width + pixel % s.width * 2u) * s.channels + i % s.channels;
    y[i] = x[at] + x[at + s.channels] + x[at + below] + x[at + below + s.channels];
  }
}`,
};

const mostWorkgroups = 65_535;
const linear = (count: number) => [Math.ceil(count / 64), 1, 1] as const;

const precisionOf = (filter: tf.TensorInfo): Precision => (ownBackend().isHalf(filter) ? 'f16' : 'f32');

function convolve(geometry: Geometry, inputs: readonly tf.TensorInfo[]): tf.TensorInfo {
  const backend = ownBackend();
  const y = backend.allocate([...geometry.output]);
  const forward = tuning() === 'direct' ? forwardDirect : forwardTiled;
  const precision = precisionOf(inputs[1] as tf.TensorInfo);
  const run = forward(flattened(geometry), inputs.length > 3 ? 'bias and residual' : 'bias', precision);
  backend.dispatch({ ...run, inputs, outputs: [y], flops: flopsOf(geometry) });
  return y;
}

function inputGradient(geometry: Geometry, dy: tf.TensorInfo, filter: tf.TensorInfo, dx: tf.TensorInfo): void {
  const forward = tuning() === 'direct' ? forwardDirect : forwardTiled;
  const turned = inputGradientOf(geometry);
  const run = forward(flattened(turned), 'nothing', precisionOf(filter));
  const backend = ownBackend();
  if (geometry.enlarged === 1) {
    backend.dispatch({ ...run, inputs: [dy, filter], outputs: [dx], flops: flopsOf(turned) });
    return;
  }
  const large = backend.allocate([...turned.output]);
  backend.dispatch({ ...run, inputs: [dy, filter], outputs: [large], flops: flopsOf(turned) });
  const [batch, height, width, channels] = geometry.input;
  const workgroups = [Math.min(mostWorkgroups, Math.ceil((batch * height * width * channels) / 64)), 1, 1] as const;
  backend.dispatch({ program: sumFours, inputs: [large], outputs: [dx], sizes: [width, channels], workgroups });
  backend.disposeData(large.dataId);
}

/** dW and db. */
function filterGradient(geometry: Geometry, x: tf.TensorInfo, dy: tf.TensorInfo, outputs: readonly tf.TensorInfo[]) {
  const backend = ownBackend();
  const flat = flattened(geometry);
  const isDirect = tuning() === 'direct';
  const pixels = flat.output[0] * flat.output[1] * flat.output[2];
  const blocks = isDirect ? filterGradientBlocks(flat) : filterGradientTiles(flat);
  const wanted = Math.min(Math.ceil(enough[tuning()] / blocks), Math.ceil(pixels / partPixels));
  // What is cut is rows of pixels in one tuning and pixels in the other: no part may come out empty.
  const units = isDirect ? flat.output[0] * flat.output[1] : pixels;
  const parts = Math.ceil(units / Math.ceil(units / Math.min(wanted, units)));
  const run = isDirect ? filterGradientDirect(flat, parts) : filterGradientTiled(flat, parts);
  if (parts === 1) {
    backend.dispatch({ ...run, inputs: [x, dy], outputs, flops: flopsOf(geometry) });
    return;
  }
  const [filters, biases] = outputs.map(({ shape }) => backend.allocate([parts, ...shape])) as [
    tf.TensorInfo,
    tf.TensorInfo,
  ];
  backend.dispatch({ ...run, inputs: [x, dy], outputs: [filters, biases], flops: flopsOf(geometry) });
  const counts = outputs.map(({ shape }) => shape.reduce((product, n) => product * n, 1)) as [number, number];
  backend.dispatch({
    program: addParts,
    inputs: [filters, biases],
    outputs,
    sizes: [...counts, parts],
    workgroups: linear(counts[0] + counts[1]),
  });
  backend.disposeData(filters.dataId);
  backend.disposeData(biases.dataId);
}

function geometryOf(x: readonly number[], filter: readonly number[], attributes: Attributes): Geometry {
  const [batch, height, width] = x as [number, number, number];
  const kernel = filter[0] as number;
  const { stride, pad, after, enlarged } = attributes as Record<'stride' | 'pad' | 'after' | 'enlarged', number>;
  const out = (side: number) => Math.floor((side * enlarged + pad + after - kernel) / stride) + 1;
  return {
    input: x as unknown as Shape,
    output: [batch, out(height), out(width), filter[3] as number],
    kernel,
    stride,
    spread: 1,
    enlarged,
    pad,
    turned: false,
  };
}

function gradients(dy: tf.Tensor, tensors: readonly tf.Tensor[], attributes: Attributes) {
  const [x, filter, bias] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor];
  const geometry = geometryOf(x.shape, filter.shape, attributes);
  const [dx] = together([x.shape], ([output]) => inputGradient(geometry, dy, filter, output as tf.TensorInfo)) as [
    () => tf.Tensor,
  ];
  const [dFilter, dBias] = together([filter.shape, bias.shape], (outputs) =>
    filterGradient(geometry, x, dy, outputs),
  ) as [() => tf.Tensor, () => tf.Tensor];
  return { x: dx, filter: dFilter, bias: dBias };
}

const plain = defineOp({
  name: 'CosrConv2D',
  inputs: ['x', 'filter', 'bias'],
  forward: ({ x, filter, bias }, attributes) => [
    convolve(geometryOf(x.shape, filter.shape, attributes), [x, filter, bias]),
  ],
  gradient: gradients,
});

const added = defineOp({
  name: 'CosrConv2DAdded',
  inputs: ['x', 'filter', 'bias', 'residual'],
  forward: ({ x, filter, bias, residual }, attributes) => [
    convolve(geometryOf(x.shape, filter.shape, attributes), [x, filter, bias, residual]),
  ],
  kept: ['x', 'filter', 'bias'],
  gradient: (dy, tensors, attributes) => ({ ...gradients(dy, tensors, attributes), residual: () => dy.clone() }),
});

/** Whether the kernel takes it: strips of pixels start at whole strides. */
export const conv2dFits = (stride: number): boolean => stride === 1 || stride === 2 || stride === 4;

/**
 * @param x [B, H, W, Cin]; filter [k, k, Cin, Cout]; bias [Cout]; residual in the shape of the result
 * @param stride as `conv2dFits`; pad zeros before, after behind, in both directions; enlarged: 2 for an input enlarged before
 */
export function conv2dKernel(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  residual: tf.Tensor4D | undefined,
  given: { readonly stride: number; readonly pad: number; readonly after: number; readonly enlarged?: 1 | 2 },
): tf.Tensor4D {
  const attributes = { enlarged: 1, ...given };
  const value = residual ? added({ x, filter, bias, residual }, attributes) : plain({ x, filter, bias }, attributes);
  return value as tf.Tensor4D;
}
