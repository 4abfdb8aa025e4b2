/** Sums over parts, in one run and in a fixed order: how gradients of weights end that are cut into parts. */
import type * as tf from '@tensorflow/tfjs-core';
import { cosrBackend } from './custom-op.ts';
import type { Program } from './pipelines.ts';

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
