/**
 * Cross-correlation with bias, residual, activation or an enlarged input as one op with a gradient.
 *
 *   forward   1 run
 *   dInput    1 run, a convolution of dy with the filter turned; 1 more adds up the pixels that an enlarged pixel went to
 *   dFilter   1 product, in parts where a GPU is not filled otherwise; 1 more adds up the parts
 *   dBias     with dFilter
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, cosrBackend, defineOp, jointGradients, tuning } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import { inParts } from '../../sums.ts';
import { forwardDirect, lanes } from './direct.ts';
import { filterGradientBlocks, filterGradientDirect } from './direct-filter.ts';
import {
  type Ending,
  flattened,
  flopsOf,
  type Geometry,
  inputGradientOf,
  type Precision,
  type Shape,
} from './geometry.ts';
import { filterGradientTiled, filterGradientTiles, forwardTiled } from './tiled.ts';

/** Workgroups of the filter's gradient that are worth cutting it into parts for, and the most pixels a part should have. */
const enough = { direct: 16, tiled: 256 } as const;
const partPixels = 128;

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

const precisionOf = (filter: tf.TensorInfo): Precision => (cosrBackend().isHalf(filter) ? 'f16' : 'f32');

/** Whether a workgroup of the direct cut lies within one subgroup. */
function sharesLoads(): boolean {
  const { features, adapterInfo } = cosrBackend().device;
  return features.has('subgroups') && (adapterInfo?.subgroupMinSize ?? 0) >= lanes;
}

const forward = (geometry: Geometry, ending: Ending, precision: Precision) =>
  tuning() === 'direct'
    ? forwardDirect(geometry, ending, precision, sharesLoads())
    : forwardTiled(geometry, ending, precision);

function convolve(geometry: Geometry, inputs: readonly tf.TensorInfo[], ending: Ending): tf.TensorInfo {
  const backend = cosrBackend();
  const y = backend.allocate([...geometry.output]);
  const precision = precisionOf(inputs[1]);
  // A row of all pixels has no pictures, which are modulated each by its own values.
  const run = forward(ending === 'bias, modulation, silu' ? geometry : flattened(geometry), ending, precision);
  backend.dispatch({ ...run, inputs, outputs: [y], flops: flopsOf(geometry) });
  return y;
}

function inputGradient(geometry: Geometry, dy: tf.TensorInfo, filter: tf.TensorInfo, dx: tf.TensorInfo): void {
  const turned = inputGradientOf(geometry);
  const run = forward(flattened(turned), 'nothing', precisionOf(filter));
  const backend = cosrBackend();
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
  const flat = flattened(geometry);
  const isDirect = tuning() === 'direct';
  const shares = isDirect && sharesLoads();
  const pixels = flat.output[0] * flat.output[1] * flat.output[2];
  const blocks = isDirect ? filterGradientBlocks(flat, shares) : filterGradientTiles(flat);
  const wanted = Math.min(Math.ceil(enough[tuning()] / blocks), Math.ceil(pixels / partPixels));
  // One tuning splits rows of pixels, the other pixels: no part may be empty.
  const units = isDirect ? flat.output[0] * flat.output[1] : pixels;
  const parts = Math.ceil(units / Math.ceil(units / Math.min(wanted, units)));
  const run = isDirect ? filterGradientDirect(flat, parts, shares) : filterGradientTiled(flat, parts);
  inParts(parts, outputs, (into) =>
    cosrBackend().dispatch({ ...run, inputs: [x, dy], outputs: into, flops: flopsOf(geometry) }),
  );
}

function geometryOf(x: readonly number[], filter: readonly number[], attributes: Attributes): Geometry {
  const [batch, height, width] = x as [number, number, number];
  const kernel = filter[0];
  const { stride, pad, after, enlarged } = attributes as Record<'stride' | 'pad' | 'after' | 'enlarged', number>;
  const out = (side: number) => Math.floor((side * enlarged + pad + after - kernel) / stride) + 1;
  return {
    input: x as unknown as Shape,
    output: [batch, out(height), out(width), filter[3]],
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
  const [dx] = jointGradients([x.shape], ([output]) =>
    inputGradient(geometry, dy, filter, output as tf.TensorInfo),
  ) as [() => tf.Tensor];
  const [dFilter, dBias] = jointGradients([filter.shape, bias.shape], (outputs) =>
    filterGradient(geometry, x, dy, outputs),
  ) as [() => tf.Tensor, () => tf.Tensor];
  return { x: dx, filter: dFilter, bias: dBias };
}

const plain = defineOp({
  name: 'CosrConv2D',
  inputs: ['x', 'filter', 'bias'],
  forward: ({ x, filter, bias }, attributes) => [
    convolve(geometryOf(x.shape, filter.shape, attributes), [x, filter, bias], 'bias'),
  ],
  gradient: gradients,
});

const added = defineOp({
  name: 'CosrConv2DAdded',
  inputs: ['x', 'filter', 'bias', 'residual'],
  forward: ({ x, filter, bias, residual }, attributes) => [
    convolve(geometryOf(x.shape, filter.shape, attributes), [x, filter, bias, residual], 'bias, residual'),
  ],
  kept: ['x', 'filter', 'bias'],
  gradient: (dy, tensors, attributes) => ({ ...gradients(dy, tensors, attributes), residual: () => dy.clone() }),
});

/** Whether the kernel takes it: strips of pixels start at whole strides. */
export const conv2dFits = (stride: number): boolean => stride === 1 || stride === 2 || stride === 4;

export interface Conv2DSize {
  /** As `conv2dFits`. */
  readonly stride: number;
  /** Zeros before and behind, in both directions. */
  readonly pad: number;
  readonly after: number;
  /** 2 for an input enlarged before. */
  readonly enlarged?: 1 | 2;
}

/** @param x [B, H, W, Cin]; filter [k, k, Cin, Cout]; bias [Cout]; residual in the shape of the result */
export function conv2dKernel(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  residual: tf.Tensor4D | undefined,
  given: Conv2DSize,
): tf.Tensor4D {
  const attributes = { enlarged: 1, ...given };
  const value = residual ? added({ x, filter, bias, residual }, attributes) : plain({ x, filter, bias }, attributes);
  return value as tf.Tensor4D;
}

/** The same with an activation at its end, in one run; it has no gradient. @param modulation [B, 2·Cout], for SiLU alone */
export function conv2dActivatedKernel(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  bias: tf.Tensor1D,
  { activation, modulation }: { readonly activation: 'silu' | 'gelu'; readonly modulation: tf.Tensor2D | undefined },
  given: Conv2DSize,
): tf.Tensor4D {
  const geometry = geometryOf(x.shape, filter.shape, { enlarged: 1, ...given });
  const y = modulation
    ? convolve(geometry, [x, filter, bias, modulation], 'bias, modulation, silu')
    : convolve(geometry, [x, filter, bias], `bias, ${activation}`);
  return tf.engine().makeTensorFromTensorInfo(y) as tf.Tensor4D;
}
