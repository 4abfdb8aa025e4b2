/** What the programs of GroupNorm share: names of the work, sums over it, and where parameters come in. */
import { threads } from './cut.ts';

export interface Flags {
  readonly silu: boolean;
  readonly modulated: boolean;
}

const sizesStruct = `
struct Sizes { places: u32, channels: u32, group: u32, wide: u32, chunks: u32, perChunk: u32 }`;

/** Names shared by all runs: this thread's channel, its first place and the step to the next; idle threads have no place. */
const position = `
  let rows = ${threads}u / s.wide;
  let lane = t % s.wide;
  let row = t / s.wide;
  let busy = row < rows;
  let channel = g.y * s.wide + lane;
  let picture = g.z * s.places * s.channels;
  let first = g.x * s.perChunk;
  let end = select(first, min(s.places, first + s.perChunk), busy);
  let groupFirst = lane / s.group * s.group;`;

/** Adds a pair of every thread over the rows of each channel; then \`sums[lane]\` has them. */
const overRows = `
var<workgroup> sums: array<vec2<f32>, ${threads}>;
fn overRows(own: vec2<f32>, t: u32, lane: u32, row: u32, rows: u32) {
  workgroupBarrier();
  sums[t] = own;
  workgroupBarrier();
  if (row == 0u) {
    var total = own;
    for (var r = 1u; r < rows; r++) { total += sums[r * s.wide + lane]; }
    sums[t] = total;
  }
  workgroupBarrier();
}
fn overGroup(groupFirst: u32) -> vec2<f32> {
  var total = vec2<f32>();
  for (var c = 0u; c < s.group; c++) { total += sums[groupFirst + c]; }
  return total;
}`;

/** Sums of this workgroup's chunk over x − pivot and its square. */
export const momentsOfChunk = `
  let pivot = x[picture + g.y * s.wide + groupFirst];
  var own = vec2<f32>();
  for (var p = first + row; p < end; p += rows) {
    let d = x[picture + p * s.channels + channel] - pivot;
    own += vec2(d, d * d);
  }
  overRows(own, t, lane, row, rows);`;

/** The sums of all chunks that an earlier run left for this channel. */
export const sumsOfChunks = `
  var own = vec2<f32>();
  if (busy) {
    for (var k = row; k < s.chunks; k += rows) { own += chunkSums[(g.z * s.chunks + k) * s.channels + channel]; }
  }
  overRows(own, t, lane, row, rows);`;

export const storeChunk = `
  if (row == 0u) { chunkSums[(g.z * s.chunks + g.x) * s.channels + channel] = sums[lane]; }`;

export const entry = `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {${position}`;

export function bindings(names: readonly string[], outputs: readonly string[]): string {
  const types: Record<string, string> = { chunkSums: 'vec2<f32>', stats: 'vec2<f32>', channelSums: 'vec2<f32>' };
  const lines = [...names, ...outputs].map((name, i) => {
    const access = outputs.includes(name) ? 'read_write' : 'read';
    return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${types[name] ?? 'f32'}>;`;
  });
  return `${lines.join('\n')}
${sizesStruct}
@group(0) @binding(${lines.length}) var<uniform> s: Sizes;
${overRows}`;
}

/** γ and β with scale and shift in them: what stands before x̂ and what is added. */
export const affine = ({ modulated }: Flags) =>
  modulated
    ? `
  let scale = 1.0 + modulation[g.z * 2u * s.channels + channel];
  let weight = gamma[channel] * scale;
  let bias = beta[channel] * scale + modulation[(g.z * 2u + 1u) * s.channels + channel];`
    : `
  let weight = gamma[channel];
  let bias = beta[channel];`;

export const flagged = (name: string, { silu, modulated }: Flags) =>
  `group norm: ${name}${silu ? ', silu' : ''}${modulated ? ', modulated' : ''}`;

export const modulationOf = ({ modulated }: Flags) => (modulated ? ['modulation'] : []);
