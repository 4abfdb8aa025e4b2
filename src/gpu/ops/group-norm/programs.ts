/** The programs of GroupNorm: sums of chunks, the norm itself, and its gradients. */
import type { Program } from '../../pipelines.ts';

export const moments: Program = {
  name: 'group norm: sums of chunks',
  code: () => `${bindings(['x'], ['chunkSums'])}${entry}${momentsOfChunk}${storeChunk}
}`,
};

export const normalize = (flags: Flags, chunked: boolean): Program => ({
  name: flagged(chunked ? 'chunks' : 'whole', flags),
  code: () => `
${bindings(['x', 'gamma', 'beta', ...modulationOf(flags), ...(chunked ? ['chunkSums'] : [])], ['y', 'stats'])}
@group(0) @binding(${flags.modulated ? 7 + Number(chunked) : 6 + Number(chunked)}) var<uniform> v: vec4<f32>;
${entry}
  ${chunked ? `let pivot = x[picture + g.y * s.wide + groupFirst];${sumsOfChunks}` : momentsOfChunk}
  let total = overGroup(groupFirst) / f32(s.places * s.group);
  let mean = pivot + total.x;
  let inverse = inverseSqrt(max(total.y - total.x * total.x, 0.0) + v.x);
  if (g.x == 0u && row == 0u && lane == groupFirst) {
    stats[(g.z * s.channels + channel) / s.group] = vec2(mean, inverse);
  }${affine(flags)}
  for (var p = first + row; p < end; p += rows) {
    let at = picture + p * s.channels + channel;
    let z = (x[at] - mean) * inverse * weight + bias;
    y[at] = ${flags.silu ? 'z / (1.0 + exp(-z))' : 'z'};
  }
}`,
});

/** x̂ and the derivative by z of a place, under these names. */
const derivative = ({ silu }: Flags) => `
    let at = picture + p * s.channels + channel;
    let normal = (x[at] - stat.x) * stat.y;
    ${
      silu
        ? `let z = normal * weight + bias;
    let sigma = 1.0 / (1.0 + exp(-z));
    let dz = dy[at] * sigma * (1.0 + z * (1.0 - sigma));`
        : 'let dz = dy[at];'
    }`;

const gradientSumsOfChunk = (flags: Flags) => `
  var own = vec2<f32>();
  for (var p = first + row; p < end; p += rows) {${derivative(flags)}
    own += vec2(dz, dz * normal);
  }
  overRows(own, t, lane, row, rows);`;

const saved = (flags: Flags) => [
  'dy',
  'x',
  'gamma',
  ...(flags.silu ? ['beta', ...modulationOf(flags)] : modulationOf(flags)),
  'stats',
];

/** As \`affine\`, without what is not bound: β matters only to the SiLU's derivative. */
const affineOf = (flags: Flags) =>
  flags.silu
    ? affine(flags)
    : `
  let weight = gamma[channel]${flags.modulated ? ' * (1.0 + modulation[g.z * 2u * s.channels + channel])' : ''};`;

const stat = `
  let stat = stats[(g.z * s.channels + channel) / s.group];`;

export const gradientSums = (flags: Flags): Program => ({
  name: flagged('gradient sums of chunks', flags),
  code: () => `
${bindings(saved(flags), ['chunkSums'])}
${entry}${stat}${affineOf(flags)}${gradientSumsOfChunk(flags)}${storeChunk}
}`,
});

/** dx, by the sums of dz and dz · x̂ of each picture and channel, which all other gradients are made of; whole maps sum them here. */
export const gradient = (flags: Flags, chunked: boolean): Program => ({
  name: flagged(chunked ? 'gradient of chunks' : 'gradient', flags),
  code: () => `
${chunked ? bindings([...saved(flags), 'channelSums'], ['dx']) : bindings(saved(flags), ['dx', 'channelSums'])}
${entry}${stat}${affineOf(flags)}${
  chunked
    ? ''
    : `${gradientSumsOfChunk(flags)}
  if (row == 0u) { channelSums[g.z * s.channels + channel] = sums[lane]; }`
}
  let ofChannel = ${chunked ? 'channelSums[g.z * s.channels + channel]' : 'sums[lane]'} * weight;
  workgroupBarrier();
  if (row == 0u) { sums[lane] = ofChannel; }
  workgroupBarrier();
  let means = overGroup(groupFirst) / f32(s.places * s.group);
  for (var p = first + row; p < end; p += rows) {${derivative(flags)}
    dx[at] = stat.y * (weight * dz - means.x - normal * means.y);
  }
}`,
});

/** dγ, dβ and, for each picture, the gradients of scale and shift, one thread a channel. */
export const parameterGradients = (modulated: boolean): Program => ({
  name: `group norm: gradients of parameters${modulated ? ', modulated' : ''}`,
  code: () => `
struct Sizes { batch: u32, channels: u32 }
@group(0) @binding(0) var<storage, read> channelSums: array<vec2<f32>>;
${
  modulated
    ? `@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> modulation: array<f32>;
@group(0) @binding(4) var<storage, read_write> dGamma: array<f32>;
@group(0) @binding(5) var<storage, read_write> dBeta: array<f32>;
@group(0) @binding(6) var<storage, read_write> dModulation: array<f32>;
@group(0) @binding(7) var<uniform> s: Sizes;`
    : `@group(0) @binding(1) var<storage, read_write> dGamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> dBeta: array<f32>;
@group(0) @binding(3) var<uniform> s: Sizes;`
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) g: vec3<u32>) {
  let c = g.x;
  if (c >= s.channels) { return; }
  var total = vec2<f32>();
  for (var b = 0u; b < s.batch; b++) {
    let sum = channelSums[b * s.channels + c];
    ${
      modulated
        ? `let at = b * 2u * s.channels + c;
    total += sum * (1.0 + modulation[at]);
    dModulation[at] = gamma[c] * sum.y + beta[c] * sum.x;
    dModulation[at + s.channels] = sum.x;`
        : 'total += sum;'
    }
  }
  dBeta[c] = total.x;
  dGamma[c] = total.y;
}`,
});

// Split of the work into workgroups.

export const threads = 256;
/** Channels side by side that make memory reads whole. */
const wideEnough = 16;
/** Values of a workgroup that are summed in the run that writes. */
const smallMap = 65_536;
const chunkPlaces = 1024;
const mostChunks = 64;

export interface Cut {
  /** Channels of a workgroup: a multiple of a group's that divides all. */
  readonly wide: number;
  readonly chunks: number;
  readonly sizes: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

export function cutOf(shape: readonly number[], groups: number): Cut {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const places = height * width;
  const group = channels / groups;
  let wide = group;
  for (let count = 1; count <= groups && wide < wideEnough; count++) {
    if (groups % count === 0 && count * group <= threads) wide = count * group;
  }
  const chunks = places * wide <= smallMap ? 1 : Math.min(mostChunks, Math.ceil(places / chunkPlaces));
  const perChunk = Math.ceil(places / chunks);
  const used = Math.ceil(places / perChunk);
  return {
    wide,
    chunks: used,
    sizes: [places, channels, group, wide, used, perChunk],
    workgroups: [used, channels / wide, batch],
  };
}

// Parts of WGSL that the programs share: indices, sums over a chunk, parameters.

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
const momentsOfChunk = `
  let pivot = x[picture + g.y * s.wide + groupFirst];
  var own = vec2<f32>();
  for (var p = first + row; p < end; p += rows) {
    let d = x[picture + p * s.channels + channel] - pivot;
    own += vec2(d, d * d);
  }
  overRows(own, t, lane, row, rows);`;

/** The sums of all chunks that an earlier run left for this channel. */
const sumsOfChunks = `
  var own = vec2<f32>();
  if (busy) {
    for (var k = row; k < s.chunks; k += rows) { own += chunkSums[(k * all.z + g.z) * s.channels + channel]; }
  }
  overRows(own, t, lane, row, rows);`;

const storeChunk = `
  if (row == 0u) { chunkSums[(g.x * all.z + g.z) * s.channels + channel] = sums[lane]; }`;

const entry = `
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) g: vec3<u32>,
  @builtin(num_workgroups) all: vec3<u32>,
  @builtin(local_invocation_index) t: u32,
) {${position}`;

function bindings(names: readonly string[], outputs: readonly string[]): string {
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
const affine = ({ modulated }: Flags) =>
  modulated
    ? `
  let scale = 1.0 + modulation[g.z * 2u * s.channels + channel];
  let weight = gamma[channel] * scale;
  let bias = beta[channel] * scale + modulation[(g.z * 2u + 1u) * s.channels + channel];`
    : `
  let weight = gamma[channel];
  let bias = beta[channel];`;

const flagged = (name: string, { silu, modulated }: Flags) =>
  `group norm: ${name}${silu ? ', silu' : ''}${modulated ? ', modulated' : ''}`;

const modulationOf = ({ modulated }: Flags) => (modulated ? ['modulation'] : []);
