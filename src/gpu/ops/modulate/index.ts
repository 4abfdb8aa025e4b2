/**
 * silu(x·(1 + s) + t), of each picture's channels: one run forward, and one back, in parts of the pixels, by threads of a
 * channel each. Where no gradient is asked for, convolutions do it themselves (conv2d/kernel.ts).
 */

import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import { inParts } from '../../sums.ts';
import { through } from '../../through.ts';

const [threads, mostWorkgroups] = [64, 65_535];
/** Pixels of a part, until there are as many parts as are worth it. */
const [partPixels, mostParts] = [64, 64];

const forward: Program = {
  name: 'modulated silu',
  code: () => `
struct Sizes { channels: u32, picture: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> modulation: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> s: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  for (var i = g.x; i < arrayLength(&y); i += all.x * ${threads}u) {
    let at = i / s.picture * 2u * s.channels + i % s.channels;
    let z = x[i] * (1.0 + modulation[at]) + modulation[at + s.channels];
    y[i] = z / (1.0 + exp(-z));
  }
}`,
};

/** dx, and of each part the sums for scales and shifts. */
const backward: Program = {
  name: 'modulated silu, gradient',
  code: () => `
struct Sizes { channels: u32, places: u32, part: u32 }
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> modulation: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<storage, read_write> dModulation: array<f32>;
@group(0) @binding(5) var<uniform> s: Sizes;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  if (g.x >= s.channels) { return; }
  let own = 2u * g.z * s.channels + g.x;
  let scale = 1.0 + modulation[own];
  let shift = modulation[own + s.channels];
  var sums = vec2<f32>();
  for (var p = g.y * s.part; p < min((g.y + 1u) * s.part, s.places); p++) {
    let at = (g.z * s.places + p) * s.channels + g.x;
    let z = x[at] * scale + shift;
    let sigma = 1.0 / (1.0 + exp(-z));
    let dz = dy[at] * sigma * (1.0 + z * (1.0 - sigma));
    dx[at] = dz * scale;
    sums += dz * vec2(x[at], 1.0);
  }
  let out = 2u * g.y * all.z * s.channels + own;
  dModulation[out] = sums.x;
  dModulation[out + s.channels] = sums.y;
}`,
};

const op = defineOp({
  name: 'CosrModulatedSilu',
  inputs: ['x', 'modulation'],
  forward: ({ x, modulation }) => {
    const backend = cosrBackend();
    const [, height, width, channels] = x.shape as [number, number, number, number];
    const y = backend.allocate(x.shape);
    const size = x.shape.reduce((product, n) => product * n, 1);
    backend.dispatch({
      program: forward,
      inputs: [x, modulation],
      outputs: [y],
      sizes: [channels, height * width * channels],
      workgroups: [Math.min(mostWorkgroups, Math.ceil(size / threads)), 1, 1],
    });
    return [y];
  },
  gradient: (dy, tensors) => {
    const [x, modulation] = tensors as [tf.Tensor4D, tf.Tensor2D];
    const [batch, height, width, channels] = x.shape;
    const places = height * width;
    const part = Math.max(partPixels, Math.ceil(places / mostParts));
    const parts = Math.ceil(places / part);
    const [dx, dModulation] = jointGradients([x.shape, modulation.shape], ([input, sums]) =>
      inParts(parts, [sums as tf.TensorInfo], (into) =>
        cosrBackend().dispatch({
          program: backward,
          inputs: [dy, x, modulation],
          outputs: [input as tf.TensorInfo, ...into],
          sizes: [channels, places, part],
          workgroups: [Math.ceil(channels / threads), parts, batch],
        }),
      ),
    ) as [() => tf.Tensor, () => tf.Tensor];
    return { x: dx, modulation: dModulation };
  },
});

/** silu(modulate(x)), as reference.ts and the activation have it. @param x [B, H, W, C]; modulation [B, 2·C] */
export const modulatedSiluKernel = (x: tf.Tensor4D, modulation: tf.Tensor2D): tf.Tensor4D =>
  op({ x, modulation }) as tf.Tensor4D;

/**
 * In tfjs's own ops: x·(1 + s) + t, of each picture's channels.
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
