/** A level of the à-trous wavelet; its kernel makes one in one run, a thread a value of the result. */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';

/** [1 2 1] / 4 along both axes with taps `reach` pixels apart, the border repeated; not differentiable. @param x [B, H, W, C] */
export const atrousSmooth = (x: tf.Tensor4D, reach: number): tf.Tensor4D =>
  customKernelsEnabled() ? smoothKernel(x, reach) : smoothReference(x, reach);

/** `atrousSmooth` in tfjs's own ops. */
export function smoothReference(x: tf.Tensor4D, reach: number): tf.Tensor4D {
  const along = (of: tf.Tensor4D, axis: 1 | 2) => {
    const length = of.shape[axis];
    const part = (whole: tf.Tensor4D, first: number, count: number) =>
      tf.slice(whole, axis === 1 ? [0, first] : [0, 0, first], axis === 1 ? [-1, count] : [-1, -1, count]);
    const border = (at: number) => Array<tf.Tensor4D>(reach).fill(part(of, at, 1));
    const wide = tf.concat([...border(0), of, ...border(length - 1)], axis);
    const outer = tf.add(part(wide, 0, length), part(wide, 2 * reach, length));
    return tf.add(tf.mul(of, 0.5), tf.mul(outer, 0.25)) as tf.Tensor4D;
  };
  return tf.tidy(() => along(along(x, 2), 1));
}

const [threads, mostWorkgroups] = [64, 65_535];

const level: Program = {
  name: 'smooth',
  code: () => `
struct Sizes { height: u32, width: u32, channels: u32, reach: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> s: Sizes;
/** Where the three taps are; the border is repeated. */
fn taps(at: u32, length: u32) -> vec3<u32> {
  return vec3(select(0u, at - s.reach, at >= s.reach), at, min(at + s.reach, length - 1u));
}
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let line = s.width * s.channels;
  for (var i = g.x; i < arrayLength(&y); i += all.x * ${threads}u) {
    let pixel = i / s.channels;
    let row = pixel / s.width;
    let picture = row / s.height * s.height;
    let down = (picture + taps(row - picture, s.height)) * line;
    let across = taps(pixel % s.width, s.width) * s.channels + i % s.channels;
    var along = vec3<f32>();
    for (var r = 0u; r < 3u; r++) {
      let at = down[r] + across;
      along[r] = 0.25 * (x[at.x] + x[at.z]) + 0.5 * x[at.y];
    }
    y[i] = 0.25 * (along.x + along.z) + 0.5 * along.y;
  }
}`,
};

/** @param x [B, H, W, C]; reach of the outer taps, pixels; not differentiable */
function smoothKernel(x: tf.Tensor4D, reach: number): tf.Tensor4D {
  const backend = cosrBackend();
  const [, height, width, channels] = x.shape;
  const y = backend.allocate(x.shape);
  const workgroups = [Math.min(mostWorkgroups, Math.ceil(x.size / threads)), 1, 1] as const;
  backend.dispatch({ program: level, inputs: [x], outputs: [y], sizes: [height, width, channels, reach], workgroups });
  return tf.engine().makeTensorFromTensorInfo(y) as tf.Tensor4D;
}
