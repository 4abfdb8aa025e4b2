/** The programs of GroupNorm: sums of chunks, the norm itself, and its gradients. */
import type { Program } from '../pipelines.ts';
import {
  affine,
  bindings,
  entry,
  type Flags,
  flagged,
  modulationOf,
  momentsOfChunk,
  storeChunk,
  sumsOfChunks,
} from './text.ts';

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

/** dx, and by picture and channel the sums of dz and dz · x̂ that all other gradients are made of. */
export const gradient = (flags: Flags, chunked: boolean): Program => ({
  name: flagged(chunked ? 'gradient of chunks' : 'gradient', flags),
  code: () => `
${bindings([...saved(flags), ...(chunked ? ['chunkSums'] : [])], ['dx', 'channelSums'])}
${entry}${stat}${affineOf(flags)}${chunked ? sumsOfChunks : gradientSumsOfChunk(flags)}
  if (g.x == 0u && row == 0u) { channelSums[g.z * s.channels + channel] = sums[lane]; }
  let ofChannel = sums[lane] * weight;
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
