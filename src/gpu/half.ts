/**
 * Weights in half precision, for inference: a filter or matrix kept as f16 takes half the memory, and convolutions read it
 * as it is; as cut for GPUs they also multiply in it (ops/conv2d/tiled.ts). Weights that came as f16 lose nothing.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled } from './custom-op.ts';
import type { Program } from './pipelines.ts';

const [threads, mostWorkgroups] = [64, 65_535];

const cast: Program = {
  name: 'f32 to f16',
  code: () => `
enable f16;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec2<f16>>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let last = arrayLength(&x) - 1u;
  for (var i = g.x; i < arrayLength(&y); i += all.x * ${threads}u) {
    y[i] = vec2<f16>(vec2(x[2u * i], x[min(2u * i + 1u, last)]));
  }
}`,
};

/** Whether the device in use has f16 and runs the custom kernels, which alone read it. */
export const supportsF16 = (): boolean => customKernelsEnabled() && cosrBackend().device.features.has('shader-f16');

/**
 * Casts weights to f16 in place.
 * @param weights filters [k, k, Cin, Cout] and matrices [In, Out], for nothing but `conv2d` and `linear`, and no gradient
 */
export function castToF16(weights: readonly tf.Tensor[]): void {
  const backend = cosrBackend();
  backend.halve(weights, (from, to) => {
    const size = to.shape[0];
    const workgroups = [Math.min(mostWorkgroups, Math.ceil(size / threads)), 1, 1] as const;
    backend.dispatch({ program: cast, inputs: [from], outputs: [to], workgroups });
  });
}
