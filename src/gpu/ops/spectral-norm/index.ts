/**
 * Spectral normalisation (§5.1): a kernel divided by an estimate of its largest singular value. The kernel counts as
 * a matrix of Cout columns; `u` [Cout] is the estimate's state, moved by an explicit power iteration and by nothing else.
 *
 * Filters are small and every sum goes over all of one, so a kernel's run (the norm, its gradient, the power iteration) is one
 * workgroup.
 */

import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import { workgroupSum } from '../../sums.ts';

/** As PyTorch's `normalize`: also a vector of zeros stays one. */
function normalized(vector: tf.Tensor): tf.Tensor {
  return tf.div(vector, tf.maximum(tf.sqrt(tf.sum(tf.square(vector))), 1e-12));
}

/** [k·k·Cin, Cout]: the transpose of PyTorch's matrix, with its columns in another order, which no singular value minds. */
const matrixOf = (weight: tf.Tensor4D) => tf.reshape(weight, [-1, weight.shape[3]]) as tf.Tensor2D;

/**
 * W / σ with σ = vᵀ W u and v = W u / ‖W u‖.
 *
 * That is ‖W u‖, whose derivative by W is v uᵀ: the same as with u and v as constants, so nothing needs to be stopped.
 * @param weight [k, k, Cin, Cout]; u [Cout] of length 1
 */
export function spectrallyNormalized(weight: tf.Tensor4D, u: tf.Tensor1D): tf.Tensor4D {
  if (customKernelsEnabled()) return spectralNormKernel(weight, u);
  return tf.tidy(() => {
    const product = tf.matMul(matrixOf(weight), tf.reshape(u, [-1, 1]));
    const sigma = tf.sqrt(tf.sum(tf.square(product)));
    return tf.div(weight, sigma);
  });
}

/** One power iteration: u ← Wᵀ W u, of length 1. @returns the new u [Cout] */
export function powerIteration(weight: tf.Tensor4D, u: tf.Tensor1D): tf.Tensor1D {
  if (customKernelsEnabled()) return powerIterationKernel(weight, u);
  return tf.tidy(() => {
    const matrix = matrixOf(weight);
    const v = normalized(tf.matMul(matrix, tf.reshape(u, [-1, 1]))) as tf.Tensor2D;
    return tf.reshape(normalized(tf.matMul(v, matrix, true)), [-1]) as tf.Tensor1D;
  });
}

const threads = 256;

/**
 * A program of one workgroup.
 * @param bindings before the sizes
 * @param body of `main`, for thread t
 */
const program = (name: string, bindings: readonly string[], body: string): Program => ({
  name,
  code: (features) => {
    const sum = workgroupSum('f32', threads, features);
    const last = bindings.length;
    return `${sum.enable}
struct Sizes { rows: u32, columns: u32 }
${bindings.map((binding, i) => `@group(0) @binding(${i}) var<storage, ${binding}: array<f32>;`).join('\n')}
@group(0) @binding(${last}) var<uniform> s: Sizes;
${sum.text}
fn productOf(row: u32) -> f32 {
  var sum = 0.0;
  for (var c = 0u; c < s.columns; c++) { sum += weight[row * s.columns + c] * u[c]; }
  return sum;
}
/** ‖W u‖² */
fn squaredNorm(t: u32) -> f32 {
  var own = 0.0;
  for (var row = t; row < s.rows; row += ${threads}u) {
    let value = productOf(row);
    own += value * value;
  }
  return overThreads(own, t);
}
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) t: u32) {${body}
}`;
  },
});

const normalize = program(
  'spectral norm',
  ['read> weight', 'read> u', 'read_write> normalized'],
  `
  let inverse = inverseSqrt(squaredNorm(t));
  for (var i = t; i < s.rows * s.columns; i += ${threads}u) { normalized[i] = weight[i] * inverse; }`,
);

/** With σ = ‖W u‖: dW = (dŴ − (Σ dŴ · W) · (W u) uᵀ / σ²) / σ. */
const gradient = program(
  "spectral norm's gradient",
  ['read> dy', 'read> weight', 'read> u', 'read_write> dWeight'],
  `
  let squared = squaredNorm(t);
  var own = 0.0;
  for (var i = t; i < s.rows * s.columns; i += ${threads}u) { own += dy[i] * weight[i]; }
  let along = overThreads(own, t) / squared;
  let inverse = inverseSqrt(squared);
  for (var row = t; row < s.rows; row += ${threads}u) {
    let part = productOf(row) * along;
    for (var c = 0u; c < s.columns; c++) {
      let at = row * s.columns + c;
      dWeight[at] = (dy[at] - part * u[c]) * inverse;
    }
  }`,
);

/** u ← Wᵀ W u, of length 1: the length of W u cancels. */
const iterate = program(
  'power iteration',
  ['read> weight', 'read> u', 'read_write> products', 'read_write> next'],
  `
  let inverse = 1.0 / max(sqrt(squaredNorm(t)), 1e-12);
  for (var row = t; row < s.rows; row += ${threads}u) { products[row] = productOf(row) * inverse; }
  storageBarrier();
  workgroupBarrier();
  var own = 0.0;
  for (var c = t; c < s.columns; c += ${threads}u) {
    var sum = 0.0;
    for (var row = 0u; row < s.rows; row++) { sum += weight[row * s.columns + c] * products[row]; }
    next[c] = sum;
    own += sum * sum;
  }
  let shrink = 1.0 / max(sqrt(overThreads(own, t)), 1e-12);
  for (var c = t; c < s.columns; c += ${threads}u) { next[c] *= shrink; }`,
);

function sizesOf(weight: readonly number[]): [number, number] {
  const columns = weight.at(-1) as number;
  return [weight.slice(0, -1).reduce((product, n) => product * n, 1), columns];
}

const one = [1, 1, 1] as const;

const op = defineOp({
  name: 'CosrSpectralNorm',
  inputs: ['weight', 'u'],
  forward: ({ weight, u }) => {
    const y = cosrBackend().allocate(weight.shape);
    const sizes = sizesOf(weight.shape);
    cosrBackend().dispatch({ program: normalize, inputs: [weight, u], outputs: [y], sizes, workgroups: one });
    return [y];
  },
  gradient: (dy, tensors) => {
    const [weight, u] = tensors as [tf.Tensor, tf.Tensor];
    const sizes = sizesOf(weight.shape);
    const [dWeight] = jointGradients([weight.shape], (outputs) =>
      cosrBackend().dispatch({ program: gradient, inputs: [dy, weight, u], outputs, sizes, workgroups: one }),
    ) as [() => tf.Tensor];
    return {
      weight: dWeight,
      u: () => {
        throw new Error("There is no gradient by a spectral norm's vector.");
      },
    };
  },
});

/** W / ‖W u‖. @param weight [k, k, Cin, Cout]; u [Cout] of length 1, which no gradient reaches */
function spectralNormKernel(weight: tf.Tensor4D, u: tf.Tensor1D): tf.Tensor4D {
  return op({ weight, u }) as tf.Tensor4D;
}

/** One power iteration. @returns the new u [Cout] */
function powerIterationKernel(weight: tf.Tensor4D, u: tf.Tensor1D): tf.Tensor1D {
  const backend = cosrBackend();
  const sizes = sizesOf(weight.shape);
  const products = backend.allocate([sizes[0]]);
  const next = backend.allocate(u.shape);
  backend.dispatch({ program: iterate, inputs: [weight, u], outputs: [products, next], sizes, workgroups: one });
  backend.disposeData(products.dataId);
  return tf.engine().makeTensorFromTensorInfo(next) as tf.Tensor1D;
}
