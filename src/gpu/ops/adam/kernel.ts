/**
 * A network's whole update in two runs over its vectors, in place: first the gradient's norm, which also finds numbers that
 * are none; then clipping, Adam (Kingma and Ba, 2015) and the average. A gradient that is not finite changes nothing.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import { workgroupSum } from '../../sums.ts';

const threads = 256;
/** Values of a workgroup at a time: four a thread. */
const stretch = 4 * threads;
const mostSums = threads;
const mostWorkgroups = 4096;

/** By workgroup: the sum of squares of finite values, and how many are not. */
const squares: Program = {
  name: 'squared norm',
  code: (features) => {
    const sum = workgroupSum('vec2<f32>', threads, features);
    return `${sum.enable}
@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> squares: array<vec2<f32>>;
${sum.text}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) g: vec3<u32>,
  @builtin(num_workgroups) all: vec3<u32>,
  @builtin(local_invocation_index) t: u32,
) {
  var own = vec2<f32>();
  for (var i = g.x * ${threads}u + t; i < arrayLength(&gradient); i += all.x * ${threads}u) {
    let value = gradient[i];
    // By its bits: compilers may take every number for a finite one.
    let isNone = (bitcast<vec4<u32>>(value) & vec4(0x7f800000u)) == vec4(0x7f800000u);
    let finite = select(value, vec4<f32>(), isNone);
    own += vec2(dot(finite, finite), dot(select(vec4<f32>(), vec4(1.0), isNone), vec4(1.0)));
  }
  let total = overThreads(own, t);
  if (t == 0u) { squares[g.x] = total; }
}`;
  },
};

const update: Program = {
  name: 'Adam and average',
  code: (features) => {
    const sum = workgroupSum('vec2<f32>', threads, features);
    return `${sum.enable}
struct Settings {
  rate: f32, deviationScale: f32, beta1: f32, beta2: f32, clip: f32, decay: f32, eps: f32, none: f32,
  slowEnd: f32, slowRate: f32,
}
@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> squares: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> settings: array<Settings>;
@group(0) @binding(3) var<storage, read_write> values: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> first: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> average: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> norm: array<f32>;
@group(0) @binding(8) var<uniform> turn: u32;
${sum.text}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) g: vec3<u32>,
  @builtin(num_workgroups) all: vec3<u32>,
  @builtin(local_invocation_index) t: u32,
) {
  let s = settings[turn];
  var own = vec2<f32>();
  if (t < arrayLength(&squares)) { own = squares[t]; }
  let total = overThreads(own, t);
  let length = sqrt(total.x);
  if (g.x == 0u && t == 0u) { norm[0] = select(length, s.none, total.y > 0.0); }
  if (total.y > 0.0) { return; }
  let scale = min(s.clip / (length + 1e-6), 1.0);
  for (var i = g.x * ${threads}u + t; i < arrayLength(&values); i += all.x * ${threads}u) {
    let slope = gradient[i] * scale;
    let m = first[i] * s.beta1 + slope * (1.0 - s.beta1);
    let v = second[i] * s.beta2 + slope * slope * (1.0 - s.beta2);
    first[i] = m;
    second[i] = v;
    let rate = select(s.rate, s.slowRate, f32(4u * i) < s.slowEnd);
    let value = values[i] - rate * m / (sqrt(v) * s.deviationScale + s.eps);
    values[i] = value;
    average[i] += (value - average[i]) * (1.0 - s.decay);
  }
}`;
  },
};

/** Vectors of one length, a multiple of 1024, that change in place. */
export interface OptimizerVectors {
  readonly values: tf.Tensor1D;
  readonly first: tf.Tensor1D;
  readonly second: tf.Tensor1D;
  readonly average: tf.Tensor1D;
}

export interface OptimizerSettings {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** The longest gradient. */
  readonly clip: number;
  /** Of the average. */
  readonly decay: number;
  /** The first `count` values, a multiple of 4, learn at `factor` times the rate. */
  readonly slower?: { readonly count: number; readonly factor: number };
}

/**
 * Settings as the kernel takes them, each update's a row.
 * @param done updates so far
 */
export const settingsTensor = (updates: readonly OptimizerSettings[], done: number): tf.Tensor2D =>
  tf.tensor2d(
    updates.map(({ rate, beta1, beta2, eps, clip, decay, slower }, turn) => {
      const count = done + turn + 1;
      const step = rate / (1 - beta1 ** count);
      const [slowEnd, slowRate] = [slower?.count ?? 0, step * (slower?.factor ?? 1)];
      return [step, 1 / Math.sqrt(1 - beta2 ** count), beta1, beta2, clip, decay, eps, Number.NaN, slowEnd, slowRate];
    }),
  );

/**
 * @param settings of `settingsTensor`; turn: the row of this update
 * @returns the gradient's norm before clipping; NaN where the gradient is not finite
 */
export function updateKernel(
  { values, first, second, average }: OptimizerVectors,
  gradient: tf.Tensor1D,
  settings: tf.Tensor2D,
  turn: number,
): tf.Scalar {
  const backend = cosrBackend();
  const stretches = values.size / stretch;
  const groups = Math.min(mostSums, stretches);
  const sums = backend.allocate([groups, 2]);
  const norm = backend.allocate([]);
  backend.dispatch({ program: squares, inputs: [gradient], outputs: [sums], workgroups: [groups, 1, 1] });
  backend.dispatch({
    program: update,
    inputs: [gradient, sums, settings],
    outputs: [values, first, second, average, norm],
    sizes: [turn],
    workgroups: [Math.min(mostWorkgroups, stretches), 1, 1],
  });
  backend.disposeData(sums.dataId);
  return tf.engine().makeTensorFromTensorInfo(norm) as tf.Scalar;
}
