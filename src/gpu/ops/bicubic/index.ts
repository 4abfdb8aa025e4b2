/** Bicubic ×4 enlargement (§1.7); in its kernel a thread has a value of the result, and 16 of the picture under it. */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled, isDifferentiated } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';

/**
 * As PyTorch's interpolate: a = −0.75, align_corners off, no antialias, edge replicated, not clamped. Differentiable, by tfjs's own ops.
 * @param x [B, H, W, C] → [B, 4H, 4W, C]
 */
export const bicubicUpsample4 = (x: tf.Tensor4D): tf.Tensor4D =>
  customKernelsEnabled() && !isDifferentiated() ? bicubicKernel(x) : bicubicReference(x);

/** Weights of the four taps −2…+1 or −1…+2 by output phase: cubic convolution with a = −0.75 at offsets ±⅛, ±⅜ (§1.7). */
const bicubicTaps = [0, 1, 2, 3].map((phase) => {
  const position = (phase + 0.5) / 4 - 0.5;
  const first = Math.floor(position) - 1;
  const a = -0.75;
  const kernel = (t: number) =>
    t <= 1 ? (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1 : a * (t ** 3 - 5 * t ** 2 + 8 * t - 4);
  return { first, weights: [0, 1, 2, 3].map((tap) => kernel(Math.abs(position - first - tap))) };
});

/** [4n, n]: row 4i + phase holds the weights of that output sample; taps beyond the edge count for the edge. */
function bicubicMatrix(n: number): tf.Tensor2D {
  const values = new Float32Array(4 * n * n);
  for (let out = 0; out < 4 * n; out++) {
    const { first, weights } = bicubicTaps[out % 4];
    weights.forEach((weight, tap) => {
      const at = Math.min(n - 1, Math.max(0, (out >> 2) + first + tap));
      values[out * n + at] += weight;
    });
  }
  return tf.tensor2d(values, [4 * n, n]);
}

/**
 * `bicubicUpsample4` in tfjs's own ops, as two matrix products: of columns, then of rows. The pictures are turned while they
 * are small, so that both are products of a picture's whole lines, and not of three values at a time.
 */
export function bicubicReference(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => {
    const turned = tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, width, height * channels]);
    const across = tf.matMul(tf.reshape(bicubicMatrix(width), [1, 4 * width, width]), turned);
    const back = tf.transpose(tf.reshape(across, [batch, 4 * width, height, channels]), [0, 2, 1, 3]);
    const rows = tf.reshape(back, [batch, height, 4 * width * channels]);
    const down = tf.matMul(tf.reshape(bicubicMatrix(height), [1, 4 * height, height]), rows);
    return tf.reshape(down, [batch, 4 * height, 4 * width, channels]) as tf.Tensor4D;
  });
}

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
function bicubicKernel(x: tf.Tensor4D): tf.Tensor4D {
  const backend = cosrBackend();
  const [batch, height, width, channels] = x.shape;
  const y = backend.allocate([batch, 4 * height, 4 * width, channels]);
  const workgroups = [Math.min(mostWorkgroups, Math.ceil((x.size * 16) / threads)), 1, 1] as const;
  backend.dispatch({ program: enlarge, inputs: [x], outputs: [y], sizes: [height, width, channels], workgroups });
  return tf.engine().makeTensorFromTensorInfo(y) as tf.Tensor4D;
}
