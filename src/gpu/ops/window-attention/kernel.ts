/**
 * Attention inside the windows of a map (§2.3) in one run, straight from the map of queries, keys and values: cyclic
 * shift, windows, relative bias, mask, softmax and the way back are a matter of where values are read and written.
 *
 * A workgroup has one head of one window, a thread one query; keys and values are the same for all threads and need no
 * shared memory. The gradient recomputes the scores from the logarithm of each query's sum of exponentials.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { type Attributes, cosrBackend, defineOp, jointGradients } from '../../custom-op.ts';
import type { Program } from '../../pipelines.ts';
import type { WindowAttentionOptions } from './reference.ts';
import { common, type Kind, list } from './wgsl.ts';

const mostTokens = 64;
const mostDepth = 64;

const start = `
@compute @workgroup_size(${mostTokens})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  let p = placeOf(g);
  let busy = t < tokens;
  let own = min(t, tokens - 1u);`;

const load = (name: string, from: string, fours: number, at: string) =>
  list(fours, (i) => `let ${name}${i} = ${from}[${at} + ${i}u];`);
const dot = (a: string, b: string, fours: number) => list(fours, (i) => `dot(${a}${i}, ${b}${i})`, ' + ');

const forward = (kind: Kind): Program => ({
  name: `window attention ${kind.window}, ${kind.depth}, ${kind.mask}`,
  code: () => {
    const fours = kind.depth / 4;
    return `
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> logSums: array<f32>;
@group(0) @binding(4) var<uniform> s: Sizes;
${common(kind)}
${start}
  let start = partOf(p, own, 0u);
  ${load('q', 'qkv', fours, 'start')}
  var most = -1e30;
  var sum = 0.0;
  ${list(fours, (i) => `var a${i} = vec4<f32>();`)}
  for (var b = 0u; b < tokens; b++) {
    let keys = partOf(p, b, 1u);
    let values = partOf(p, b, 2u);
    ${load('k', 'qkv', fours, 'keys')}
    let score = (${dot('q', 'k', fours)}) * scale + offsetOf(p, own, b);
    let higher = max(most, score);
    let fade = exp(most - higher);
    let weight = exp(score - higher);
    most = higher;
    sum = sum * fade + weight;
    ${list(fours, (i) => `a${i} = a${i} * fade + weight * qkv[values + ${i}u];`)}
  }
  if (busy) {
    let out = outOf(p, own);
    ${list(fours, (i) => `y[out + ${i}u] = a${i} / sum;`)}
    logSums[(g.x * s.heads + g.y) * tokens + t] = most + log(sum);
  }
}`;
  },
});

const gradientBindings = `
@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> logSums: array<f32>;`;

/** This thread as a query: its values, and the sum that the softmax's derivative takes away. */
const asQuery = (fours: number) => `
  let sums = (g.x * s.heads + g.y) * tokens;
  let ownOut = outOf(p, own);
  let ownQuery = partOf(p, own, 0u);
  ${load('q', 'qkv', fours, 'ownQuery')}
  ${load('d', 'dy', fours, 'ownOut')}
  ${load('o', 'y', fours, 'ownOut')}
  let taken = ${dot('d', 'o', fours)};`;

/** dqkv: each thread first as a query, then as a key. */
const gradient = (kind: Kind): Program => ({
  name: `window attention's gradient ${kind.window}, ${kind.depth}, ${kind.mask}`,
  code: () => {
    const fours = kind.depth / 4;
    return `
${gradientBindings}
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> s: Sizes;
${common(kind)}
var<workgroup> takenOf: array<f32, ${mostTokens}>;
${start}${asQuery(fours)}
  takenOf[t] = taken;
  workgroupBarrier();
  let logSum = logSums[sums + own];
  ${list(fours, (i) => `var g${i} = vec4<f32>();`)}
  for (var b = 0u; b < tokens; b++) {
    let keys = partOf(p, b, 1u);
    let values = partOf(p, b, 2u);
    ${load('k', 'qkv', fours, 'keys')}
    ${load('v', 'qkv', fours, 'values')}
    let weight = exp((${dot('q', 'k', fours)}) * scale + offsetOf(p, own, b) - logSum);
    let slope = weight * (${dot('d', 'v', fours)} - taken) * scale;
    ${list(fours, (i) => `g${i} += slope * k${i};`)}
  }
  let ownKey = partOf(p, own, 1u);
  let ownValue = partOf(p, own, 2u);
  ${load('key', 'qkv', fours, 'ownKey')}
  ${load('value', 'qkv', fours, 'ownValue')}
  ${list(fours, (i) => `var h${i} = vec4<f32>(); var w${i} = vec4<f32>();`)}
  for (var a = 0u; a < tokens; a++) {
    let query = partOf(p, a, 0u);
    let out = outOf(p, a);
    ${load('qa', 'qkv', fours, 'query')}
    ${load('da', 'dy', fours, 'out')}
    let weight = exp((${dot('qa', 'key', fours)}) * scale + offsetOf(p, a, own) - logSums[sums + a]);
    let slope = weight * (${dot('da', 'value', fours)} - takenOf[a]) * scale;
    ${list(fours, (i) => `h${i} += slope * qa${i}; w${i} += weight * da${i};`)}
  }
  if (busy) {
    ${list(fours, (i) => `dqkv[ownQuery + ${i}u] = g${i}; dqkv[ownKey + ${i}u] = h${i}; dqkv[ownValue + ${i}u] = w${i};`)}
  }
}`;
  },
});

/** The gradient of each pair's score. */
const scoreGradient = (kind: Kind): Program => ({
  name: `gradient of a window's scores ${kind.window}, ${kind.depth}, ${kind.mask}`,
  code: () => {
    const fours = kind.depth / 4;
    return `
${gradientBindings}
@group(0) @binding(5) var<storage, read_write> dScores: array<f32>;
@group(0) @binding(6) var<uniform> s: Sizes;
${common(kind)}
${start}${asQuery(fours)}
  let logSum = logSums[sums + own];
  if (!busy) { return; }
  for (var b = 0u; b < tokens; b++) {
    let keys = partOf(p, b, 1u);
    let values = partOf(p, b, 2u);
    ${load('k', 'qkv', fours, 'keys')}
    ${load('v', 'qkv', fours, 'values')}
    let weight = exp((${dot('q', 'k', fours)}) * scale + offsetOf(p, own, b) - logSum);
    dScores[(sums + b) * tokens + own] = weight * (${dot('d', 'v', fours)} - taken);
  }
}`;
  },
});

/** Of each entry of the table and head, the sum over all windows and pairs that it stands for. */
const tableGradient = ({ window }: Pick<Kind, 'window'>): Program => ({
  name: `gradient of relative bias ${window}`,
  code: () => `
struct Sizes { windows: u32, heads: u32 }
const window = ${window};
const side = ${2 * window - 1};
const tokens = ${window * window}u;
@group(0) @binding(0) var<storage, read> dScores: array<f32>;
@group(0) @binding(1) var<storage, read_write> dTable: array<f32>;
@group(0) @binding(2) var<uniform> s: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) g: vec3<u32>) {
  if (g.x >= u32(side * side) * s.heads) { return; }
  let head = g.x % s.heads;
  let entry = i32(g.x / s.heads);
  let down = entry / side - window + 1;
  let right = entry % side - window + 1;
  var total = 0.0;
  for (var row = max(0, -down); row < min(window, window - down); row++) {
    for (var column = max(0, -right); column < min(window, window - right); column++) {
      let b = u32(row * window + column);
      let a = u32((row + down) * window + column + right);
      var sum = 0.0;
      for (var w = 0u; w < s.windows; w++) { sum += dScores[((w * s.heads + head) * tokens + b) * tokens + a]; }
      total += sum;
    }
  }
  dTable[g.x] = total;
}`,
});

function workOf(shape: readonly number[], attributes: Attributes) {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const { heads, window, shift, isStandard } = attributes as Record<'heads' | 'window' | 'shift', number> & Attributes;
  const windows = (batch * height * width) / window ** 2;
  return {
    kind: { window, depth: channels / 3 / heads, mask: isStandard ? ('standard' as const) : ('published' as const) },
    heads,
    windows,
    /** A product of queries and keys, and one as large. */
    flops: 4 * windows * heads * window ** 4 * (channels / 3 / heads),
    sizes: [height, width, heads, shift],
    workgroups: [windows, heads, 1] as const,
  };
}

const op = defineOp({
  name: 'CosrWindowAttention',
  inputs: ['qkv', 'table'],
  forward: ({ qkv, table }, attributes) => {
    const backend = cosrBackend();
    const { kind, heads, windows, flops, sizes, workgroups } = workOf(qkv.shape, attributes);
    const [batch, height, width, channels] = qkv.shape as [number, number, number, number];
    const outputs = [
      backend.allocate([batch, height, width, channels / 3]),
      backend.allocate([windows, heads, kind.window ** 2]),
    ];
    backend.dispatch({ program: forward(kind), inputs: [qkv, table], outputs, sizes, workgroups, flops });
    return outputs;
  },
  saved: [0, 1],
  gradient: (dy, tensors, attributes) => {
    const backend = cosrBackend();
    const [qkv, table] = tensors as [tf.Tensor, tf.Tensor];
    const { kind, heads, windows, flops, sizes, workgroups } = workOf(qkv.shape, attributes);
    const inputs = [dy, ...tensors];
    const [dqkv] = jointGradients([qkv.shape], (outputs) =>
      backend.dispatch({ program: gradient(kind), inputs, outputs, sizes, workgroups, flops: 3.5 * flops }),
    ) as [() => tf.Tensor];
    const [dTable] = jointGradients([table.shape], (outputs) => {
      const scores = backend.allocate([windows, heads, kind.window ** 2, kind.window ** 2]);
      backend.dispatch({ program: scoreGradient(kind), inputs, outputs: [scores], sizes, workgroups });
      backend.dispatch({
        program: tableGradient(kind),
        inputs: [scores],
        outputs,
        sizes: [windows, heads],
        workgroups: [Math.ceil(table.size / 64), 1, 1],
      });
      backend.disposeData(scores.dataId);
    }) as [() => tf.Tensor];
    return { qkv: dqkv, table: dTable };
  },
});

/** Whether the kernel takes it. */
export const windowAttentionFits = (window: number, depth: number): boolean =>
  window ** 2 <= mostTokens && depth % 4 === 0 && depth <= mostDepth;

/** @param qkv [B, H, W, 3·C], sides multiples of the window; table [(2·window − 1)², heads] → [B, H, W, C] */
export function windowAttentionKernel(
  qkv: tf.Tensor4D,
  table: tf.Tensor2D,
  { heads, window, shift, mask }: WindowAttentionOptions,
): tf.Tensor4D {
  return op({ qkv, table }, { heads, window, shift, isStandard: mask === 'standard' }) as tf.Tensor4D;
}
