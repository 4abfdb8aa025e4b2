/**
 * Nearest codebook entry: the quantisation of VQ autoencoders (§3.2). The kernel takes one run: a thread has a row, and all
 * threads go through the same entries.
 */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';

/** Index of the nearest entry (L2) for each row, int32 [N]; not differentiable. @param rows [N, D]; codebook [K, D] */
export const nearestCode = (rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D =>
  customKernelsEnabled() && nearestCodeFits(rows.shape[1])
    ? nearestCodeKernel(rows, codebook)
    : nearestCodeReference(rows, codebook);

/** Rows a chunk: bounds the distance matrix of N rows to 1024·K instead of N·K. */
const rowChunk = 1024;

/** `nearestCode` in tfjs's own ops. */
export function nearestCodeReference(rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const norms = tf.sum(tf.square(codebook), 1);
    const count = rows.shape[0];
    const parts: tf.Tensor1D[] = [];
    for (let from = 0; from < count; from += rowChunk) {
      const part = tf.slice(rows, [from, 0], [Math.min(rowChunk, count - from), -1]);
      // ‖e‖² − 2 z·e orders like the distance: ‖z‖² is the same for all entries.
      const distance = tf.sub(norms, tf.mul(tf.matMul(part, codebook, false, true), 2));
      parts.push(tf.argMin(distance, 1) as tf.Tensor1D);
    }
    return tf.concat(parts);
  });
}

/** Values of a row, which a thread holds in registers. */
const mostDepth = 16;
const [threads, mostWorkgroups] = [64, 65_535];

const search = (depth: number): Program => {
  const list = (text: (i: number) => string, between = ' ') =>
    Array.from({ length: depth }, (_, i) => text(i)).join(between);
  return {
    name: `nearest code of ${depth}`,
    code: () => `
@group(0) @binding(0) var<storage, read> rows: array<f32>;
@group(0) @binding(1) var<storage, read> codebook: array<f32>;
@group(0) @binding(2) var<storage, read_write> nearest: array<i32>;
@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) g: vec3<u32>, @builtin(num_workgroups) all: vec3<u32>) {
  let entries = arrayLength(&codebook) / ${depth}u;
  for (var row = g.x; row < arrayLength(&nearest); row += all.x * ${threads}u) {
    ${list((i) => `let z${i} = rows[row * ${depth}u + ${i}u];`)}
    var least = 3.4e38;
    var found = 0u;
    for (var k = 0u; k < entries; k++) {
      ${list((i) => `let d${i} = z${i} - codebook[k * ${depth}u + ${i}u];`)}
      let distance = ${list((i) => `d${i} * d${i}`, ' + ')};
      // The first of equals.
      let nearer = distance < least;
      least = select(least, distance, nearer);
      found = select(found, k, nearer);
    }
    nearest[row] = i32(found);
  }
}`,
  };
};

/** Whether the kernel takes it. */
const nearestCodeFits = (depth: number): boolean => depth <= mostDepth;

/** @param rows [N, D]; codebook [K, D] → int32 [N]; not differentiable */
function nearestCodeKernel(rows: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor1D {
  const backend = cosrBackend();
  const [count, depth] = rows.shape;
  const nearest = backend.makeTensorInfo([count], 'int32');
  backend.dispatch({
    program: search(depth),
    inputs: [rows, codebook],
    outputs: [nearest],
    workgroups: [Math.min(mostWorkgroups, Math.ceil(count / threads)), 1, 1],
    flops: 3 * count * depth * codebook.shape[0],
  });
  return tf.engine().makeTensorFromTensorInfo(nearest) as tf.Tensor1D;
}
