/**
 * Sums in a fixed order: over the threads of a workgroup, within a program (`workgroupSum`), and over parts, in a run of their own
 * (`inParts`), which is how gradients of weights end that are cut into parts.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { cosrBackend } from './custom-op.ts';
import type { Features, Program } from './pipelines.ts';

/** A thread adds up one value of one of the lists. */
const addParts = (lists: number): Program => ({
  name: `sum of parts of ${lists}`,
  code: () => {
    const each = (text: (list: number) => string, between = '\n') =>
      Array.from({ length: lists }, (_, list) => text(list)).join(between);
    return `
struct Sizes { parts: u32, ${each((list) => `size${list}: u32`, ', ')} }
${each((list) => `@group(0) @binding(${list}) var<storage, read> parts${list}: array<f32>;`)}
${each((list) => `@group(0) @binding(${lists + list}) var<storage, read_write> sums${list}: array<f32>;`)}
@group(0) @binding(${2 * lists}) var<uniform> s: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) g: vec3<u32>) {
  var i = g.x;
  var total = 0.0;
  ${each(
    (list) => `if (i < s.size${list}) {
    for (var part = 0u; part < s.parts; part++) { total += parts${list}[part * s.size${list} + i]; }
    sums${list}[i] = total;
    return;
  }
  i -= s.size${list};`,
  )}
}`;
  },
});

/**
 * @param fill writes the parts of each output, behind an axis [parts] of theirs; of one part, it writes the outputs themselves
 */
export function inParts(
  parts: number,
  outputs: readonly tf.TensorInfo[],
  fill: (into: readonly tf.TensorInfo[]) => void,
): void {
  if (parts === 1) {
    fill(outputs);
    return;
  }
  const backend = cosrBackend();
  const into = outputs.map(({ shape }) => backend.allocate([parts, ...shape]));
  fill(into);
  const sizes = outputs.map(({ shape }) => shape.reduce((product, n) => product * n, 1));
  const all = sizes.reduce((sum, n) => sum + n, 0);
  backend.dispatch({
    program: addParts(outputs.length),
    inputs: into,
    outputs,
    sizes: [parts, ...sizes],
    workgroups: [Math.ceil(all / 64), 1, 1],
  });
  for (const { dataId } of into) backend.disposeData(dataId);
}

export interface WorkgroupSum {
  /** Has to come before everything else in the program. */
  readonly enable: string;
  /** Defines `overThreads(own, t)`: the sum of all threads' `own`, which each of them gets. */
  readonly text: string;
}

/**
 * Where the device has subgroups, their sums are added up, which takes two barriers; elsewhere halves are. The order of
 * additions is the same in every run on a device.
 * @param threads of a workgroup of one dimension, a power of two of at least the largest subgroup, 128
 */
export function workgroupSum(type: 'f32' | 'vec2<f32>', threads: number, features: Features): WorkgroupSum {
  const begin = `
var<workgroup> sums: array<${type}, ${threads}>;
fn overThreads(own: ${type}, t: u32) -> ${type} {
  workgroupBarrier();`;
  if (features.has('subgroups')) {
    // Threads fill subgroups in their order.
    return {
      enable: 'enable subgroups;',
      text: `${begin}
  sums[t] = subgroupAdd(own);
  let width = subgroupAdd(1u);
  workgroupBarrier();
  var total = ${type}();
  for (var first = 0u; first < ${threads}u; first += width) { total += sums[first]; }
  return total;
}`,
    };
  }
  return {
    enable: '',
    text: `${begin}
  sums[t] = own;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    if (t < half) { sums[t] += sums[t + half]; }
    workgroupBarrier();
  }
  return sums[0];
}`,
  };
}
