/**
 * Convolutions for GPUs: products of matrices whose left one is read from the picture as it is needed (implicit GEMM). A
 * workgroup brings tiles of both into shared memory, four values at a time where the channels allow it, and each of its
 * threads holds a block of results in registers.
 *
 * With filters in half precision both tiles are, and a few of their products are added up in it; sums of these are f32.
 */
import type { Program } from '../../pipelines.ts';
import {
  type Ending,
  each,
  ended,
  forwardBindings,
  type Geometry,
  nameOf,
  type Precision,
  sizesOf,
  sizesStruct,
} from './geometry.ts';

/** Results of a thread of the forward convolution: pixels × channels. */
const [threadPixels, threadChannels] = [8, 4];
/** Pixels of a workgroup, and how far it goes along the sum at a time. */
const [tilePixels, tileDepth] = [64, 16];

/** Of f16: beyond it lies infinity. */
const largestHalf = '65504.0';

/** Products that are added up in f16: the fewer, the nearer to f32 (`npm run bench -- --only half`). */
const halfRun = 4;

const fours = (count: number) => count % 4 === 0;

/** y = x ∗ filter, and its ending. Bound: x, filter, bias, residual or modulation, y; without those that it has not. */
export function forwardTiled(geometry: Geometry, ending: Ending, precision: Precision) {
  const { input, output } = geometry;
  const tileChannels = output[3] > 32 ? 64 : 32;
  const [inputFours, outputFours] = [fours(input[3]), fours(output[3])];
  const program: Program = {
    name: `${nameOf('convolution, tiled,', geometry)}, ${tileChannels}, ${inputFours}, ${outputFours}, ${ending}, ${precision}`,
    code: () => forwardText(geometry, tileChannels, inputFours, outputFours, ending, precision),
  };
  const pixels = output[0] * output[1] * output[2];
  const workgroups = [Math.ceil(pixels / tilePixels), Math.ceil(output[3] / tileChannels), 1] as const;
  return { program, sizes: sizesOf(geometry), workgroups };
}

function forwardText(
  { kernel, stride, spread, enlarged, pad, turned }: Geometry,
  tileChannels: number,
  inputFours: boolean,
  outputFours: boolean,
  ending: Ending,
  precision: Precision,
): string {
  const across = tileChannels / threadChannels;
  const threads = (tilePixels / threadPixels) * across;
  const pixelFours = tilePixels / 4;
  const channelFours = tileChannels / 4;
  const values = (vector: boolean, of: Precision = 'f32') => (vector ? `vec4<${of}>` : of);
  const isHalf = precision === 'f16';
  const sum = isHalf ? 'h' : 'a';
  const picture = 'pixel / (s.outH * s.outW)';
  const products = `
      let l0 = left[i * ${pixelFours}u + pixels * 2u];
      let l1 = left[i * ${pixelFours}u + pixels * 2u + 1u];
      let r = right[i * ${channelFours}u + channels];
      ${each(threadPixels, (p) => `${sum}${p} = fma(vec4(l${p >> 2}[${p & 3}]), r, ${sum}${p});`)}`;
  const alongTile = isHalf
    ? `for (var i = 0u; i < ${tileDepth}u;) {
      ${each(threadPixels, (p) => `var h${p} = vec4<f16>();`)}
      for (let end = i + ${halfRun}u; i < end; i++) {${products}
      }
      ${each(threadPixels, (p) => `a${p} += vec4<f32>(h${p});`)}
    }`
    : `for (var i = 0u; i < ${tileDepth}u; i++) {${products}
    }`;
  return `
${forwardBindings(ending, values(inputFours), values(outputFours && !turned, precision), values(outputFours))}
${sizesStruct} }
var<workgroup> left: array<vec4<${precision}>, ${tileDepth * pixelFours}>;
var<workgroup> right: array<vec4<${precision}>, ${tileDepth * channelFours}>;

struct Pixel { batch: u32, row: i32, column: i32, inside: bool }
fn pixelAt(index: u32) -> Pixel {
  let row = index / s.outW;
  return Pixel(row / s.outH, i32(row % s.outH) * ${stride} - ${pad}, i32(index % s.outW) * ${stride} - ${pad}, row / s.outH < s.outB);
}
/** Where the value under a tap stands in x, in pixels; −1 where there is none. */
fn under(p: Pixel, tap: u32) -> i32 {
  let row = p.row + i32(tap / ${kernel}u);
  let column = p.column + i32(tap % ${kernel}u);
  let whole = ${spread > 1 ? `(row % ${spread} == 0) & (column % ${spread} == 0)` : 'true'};
  let r = row / ${spread * enlarged};
  let c = column / ${spread * enlarged};
  let inside = p.inside & whole & (row >= 0) & (column >= 0) & (r < i32(s.inH)) & (c < i32(s.inW));
  return select(-1, (i32(p.batch * s.inH) + r) * i32(s.inW) + c, inside);
}
/** Four values of the sum for one pixel, from place k on. */
fn four(p: Pixel, k: u32) -> vec4<f32> {
${
  inputFours
    ? `  let tap = k / s.inC;
  let at = under(p, tap);
  return select(vec4<f32>(), x[(u32(max(at, 0)) * s.inC + k % s.inC) / 4u], (at >= 0) & (tap < ${kernel * kernel}u));`
    : `  var values = vec4<f32>();
  for (var i = 0u; i < 4u; i++) {
    let tap = (k + i) / s.inC;
    let at = under(p, tap);
    if (at >= 0 && tap < ${kernel * kernel}u) { values[i] = x[u32(at) * s.inC + (k + i) % s.inC]; }
  }
  return values;`
}
}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  let depth = ${kernel * kernel}u * s.inC;
  let firstPixel = g.x * ${tilePixels}u;
  let firstChannel = g.y * ${tileChannels}u;
  // As a loader: four pixels and four places of the sum.
  let loadPixels = t / ${tileDepth / 4}u;
  let loadDepth = t % ${tileDepth / 4}u;
  ${each(4, (i) => `let p${i} = pixelAt(firstPixel + loadPixels * 4u + ${i}u);`)}
  // As a worker: eight pixels and four channels.
  let pixels = t / ${across}u;
  let channels = t % ${across}u;
  ${each(threadPixels, (i) => `var a${i} = vec4<f32>();`)}
  for (var k = 0u; k < depth; k += ${tileDepth}u) {
    if (loadPixels < ${pixelFours}u) {
      let rows = transpose(mat4x4<f32>(${[0, 1, 2, 3].map((i) => `four(p${i}, k + loadDepth * 4u)`).join(', ')}));
      ${each(4, (i) => `left[(loadDepth * 4u + ${i}u) * ${pixelFours}u + loadPixels] = ${isHalf ? `vec4<f16>(clamp(rows[${i}], vec4(-${largestHalf}), vec4(${largestHalf})))` : `rows[${i}]`};`)}
    }
    for (var i = t; i < ${tileDepth * channelFours}u; i += ${threads}u) {
      // Neighbouring threads read what lies side by side.
      let place = ${turned ? `vec2(i % ${tileDepth}u, i / ${tileDepth}u)` : `vec2(i / ${channelFours}u, i % ${channelFours}u)`};
      let row = k + place.x;
      let channel = firstChannel + place.y * 4u;
      ${
        outputFours && !turned
          ? `let values = select(vec4<${precision}>(), filters[(row * s.outC + channel) / 4u], (row < depth) & (channel < s.outC));`
          : `var values = vec4<${precision}>();
      for (var j = 0u; j < 4u; j++) {
        if (row < depth && channel + j < s.outC) { values[j] = filters[${
          turned
            ? `((${kernel * kernel - 1}u - row / s.inC) * s.outC + channel + j) * s.inC + row % s.inC`
            : 'row * s.outC + channel + j'
        }]; }
      }`
      }
      right[place.x * ${channelFours}u + place.y] = values;
    }
    workgroupBarrier();
    ${alongTile}
    workgroupBarrier();
  }
  let channel = firstChannel + channels * 4u;
  let results = array<vec4<f32>, ${threadPixels}>(${Array.from({ length: threadPixels }, (_, i) => `a${i}`).join(', ')});
  for (var i = 0u; i < ${threadPixels}u; i++) {
    let pixel = firstPixel + pixels * ${threadPixels}u + i;
    if (pixel >= s.outB * s.outH * s.outW) { break; }
    let at = pixel * s.outC + channel;
    ${
      outputFours
        ? `if (channel < s.outC) { y[at / 4u] = ${ended(ending, 'results[i]', 'channel', 'at', picture, 4)}; }`
        : `for (var j = 0u; j < 4u; j++) {
      if (channel + j < s.outC) { y[at + j] = ${ended(ending, 'results[i][j]', 'channel + j', 'at + j', picture, 1)}; }
    }`
    }
  }
}`;
}

/** Channels of either side of a workgroup of the filter's gradient, and pixels that it goes along at a time. */
const [tileSide, tilePlaces] = [32, 16];

export const filterGradientTiles = ({ input, output, kernel }: Geometry): number =>
  Math.ceil(input[3] / tileSide) * Math.ceil(output[3] / tileSide) * kernel ** 2;

/**
 * dW and db, in \`parts\` each of some pixels of dy.
 * Bound: x, dy, then [parts, k, k, Cin, Cout] and [parts, Cout].
 */
export function filterGradientTiled(geometry: Geometry, parts: number) {
  const { input, output, kernel } = geometry;
  const [inputFours, outputFours] = [fours(input[3]), fours(output[3])];
  const program: Program = {
    name: `${nameOf('filter gradient, tiled,', geometry)}, ${inputFours}, ${outputFours}`,
    code: () => filterGradientText(geometry, inputFours, outputFours),
  };
  const pixels = output[0] * output[1] * output[2];
  return {
    program,
    sizes: [...sizesOf(geometry), Math.ceil(pixels / parts)],
    workgroups: [Math.ceil(input[3] / tileSide) * kernel ** 2, Math.ceil(output[3] / tileSide), parts] as const,
  };
}

function filterGradientText(
  { kernel, stride, enlarged, pad }: Geometry,
  inputFours: boolean,
  outputFours: boolean,
): string {
  const sideFours = tileSide / 4;
  const threads = sideFours ** 2;
  const values = (vector: boolean) => (vector ? 'vec4<f32>' : 'f32');
  const load = (
    into: string,
    from: string,
    vector: boolean,
    at: string,
    channel: string,
    channels: string,
    when: string,
  ) =>
    vector
      ? `${into} = select(vec4<f32>(), ${from}[(${at} * ${channels} + ${channel}) / 4u], (${when}) & (${channel} < ${channels}));`
      : `{ var values = vec4<f32>();
        for (var j = 0u; j < 4u; j++) {
          if (${when} && ${channel} + j < ${channels}) { values[j] = ${from}[${at} * ${channels} + ${channel} + j]; }
        }
        ${into} = values; }`;
  return `
${sizesStruct}, pixels: u32 }
@group(0) @binding(0) var<storage, read> x: array<${values(inputFours)}>;
@group(0) @binding(1) var<storage, read> dy: array<${values(outputFours)}>;
@group(0) @binding(2) var<storage, read_write> dFilter: array<f32>;
@group(0) @binding(3) var<storage, read_write> dBias: array<f32>;
@group(0) @binding(4) var<uniform> s: Sizes;
var<workgroup> left: array<vec4<f32>, ${tilePlaces * sideFours}>;
var<workgroup> right: array<vec4<f32>, ${tilePlaces * sideFours}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) t: u32) {
  let tap = g.x % ${kernel ** 2}u;
  let firstInput = g.x / ${kernel ** 2}u * ${tileSide}u;
  let firstOutput = g.y * ${tileSide}u;
  let inputs = t / ${sideFours}u;
  let outputs = t % ${sideFours}u;
  let end = min(s.outB * s.outH * s.outW, (g.z + 1u) * s.pixels);
  ${each(4, (i) => `var a${i} = vec4<f32>();`)}
  var sum = vec4<f32>();
  for (var start = g.z * s.pixels; start < end; start += ${tilePlaces}u) {
    for (var i = t; i < ${tilePlaces * sideFours}u; i += ${threads}u) {
      let pixel = start + i / ${sideFours}u;
      let row = pixel / s.outW;
      let inRow = i32(row % s.outH) * ${stride} + i32(tap / ${kernel}u) - ${pad};
      let column = i32(pixel % s.outW) * ${stride} + i32(tap % ${kernel}u) - ${pad};
      let inside = (pixel < end) & (inRow >= 0) & (inRow < i32(s.inH) * ${enlarged}) & (column >= 0) & (column < i32(s.inW) * ${enlarged});
      let at = (row / s.outH * s.inH + u32(max(inRow, 0)) / ${enlarged}u) * s.inW + u32(max(column, 0)) / ${enlarged}u;
      let input = firstInput + i % ${sideFours}u * 4u;
      let output = firstOutput + i % ${sideFours}u * 4u;
      ${load('left[i]', 'x', inputFours, 'at', 'input', 's.inC', 'inside')}
      ${load('right[i]', 'dy', outputFours, 'pixel', 'output', 's.outC', 'pixel < end')}
    }
    workgroupBarrier();
    for (var i = 0u; i < ${tilePlaces}u; i++) {
      let l = left[i * ${sideFours}u + inputs];
      let r = right[i * ${sideFours}u + outputs];
      ${each(4, (i) => `a${i} = fma(vec4(l[${i}]), r, a${i});`)}
      sum += r;
    }
    workgroupBarrier();
  }
  let results = array<vec4<f32>, 4>(a0, a1, a2, a3);
  let output = firstOutput + outputs * 4u;
  for (var j = 0u; j < 4u; j++) {
    if (output + j >= s.outC) { break; }
    for (var i = 0u; i < 4u; i++) {
      let input = firstInput + inputs * 4u + i;
      if (input < s.inC) {
        dFilter[((g.z * ${kernel ** 2}u + tap) * s.inC + input) * s.outC + output + j] = results[i][j];
      }
    }
    if (g.x == 0u && inputs == 0u) { dBias[g.z * s.outC + output + j] = sum[j]; }
  }
}`;
}
