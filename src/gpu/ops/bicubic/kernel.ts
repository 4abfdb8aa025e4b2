/** Bicubic ×4 (§1.7) in one run: a thread has a value of the result, and 16 of the picture under it. */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';

const [threads, mostWorkgroups] = [64, 65_535];

const enlarge: Program = {
  name: 'bicubic ×4',
  code: () => `
struct Sizes { height: u32, width: u32, channels: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> s: Sizes;
/** Of the taps at first … first + 3, whose second is \`past\` before the sample: cubic convolution with a = −0.75. */
fn weights(past: f32) -> vec4<f32> {
  let near = vec2(past, 1.0 - past);
  let far = near + 1.0;
  let inner = (1.25 * near - 2.25) * near * near + 1.0;
  let outer = -0.75 * (((far - 5.0) * far + 8.0) * far - 4.0);
  return vec4(outer.x, inner.x, inner.y, outer.y);
}
struct Taps { first: i32, weights: vec4<f32> }
fn tapsOf(sample: u32) -> Taps {
  let position = (f32(sample) + 0.5) / 4.0 - 0.5;
  let before = floor(position);
  return Taps(i32(before) - 1, weights(position - before));
}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let wide = 4u * s.width;
  for (var i = g.x; i < arrayLength(&y); i += all.x * ${threads}u) {
    let channel = i % s.channels;
    let pixel = i / s.channels;
    let batch = pixel / wide / (4u * s.height);
    let down = tapsOf(pixel / wide % (4u * s.height));
    let across = tapsOf(pixel % wide);
    var sum = 0.0;
    for (var r = 0; r < 4; r++) {
      let row = u32(clamp(down.first + r, 0, i32(s.height) - 1));
      let start = (batch * s.height + row) * s.width;
      var along = 0.0;
      for (var c = 0; c < 4; c++) {
        let column = u32(clamp(across.first + c, 0, i32(s.width) - 1));
        along += across.weights[c] * x[(start + column) * s.channels + channel];
      }
      sum += down.weights[r] * along;
    }
    y[i] = sum;
  }
}`,
};

/** @param x [B, H, W, C] → [B, 4H, 4W, C]; not differentiable */
export function bicubicKernel(x: tf.Tensor4D): tf.Tensor4D {
  const backend = cosrBackend();
  const [batch, height, width, channels] = x.shape;
  const y = backend.allocate([batch, 4 * height, 4 * width, channels]);
  const workgroups = [Math.min(mostWorkgroups, Math.ceil((x.size * 16) / threads)), 1, 1] as const;
  backend.dispatch({ program: enlarge, inputs: [x], outputs: [y], sizes: [height, width, channels], workgroups });
  return tf.engine().makeTensorFromTensorInfo(y) as tf.Tensor4D;
}
