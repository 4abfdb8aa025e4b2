/**
 * The filter's gradient for software adapters, as the convolution is cut for them (direct.ts): a thread holds sums of some
 * channels of the input by some of the output in registers, and goes along the pixels.
 */
import type { Program } from '../../pipelines.ts';
import { builtins, channelsOf, directives, lanes } from './direct.ts';
import { divide, each, type Geometry, list, nameOf, sizesOf, sizesStruct } from './geometry.ts';

/** Pixels of dy that a thread of the filter's gradient goes along at once: its sums go in and out of a loop's rounds by memory. */
const places = 4;

/** A thread's sums: under each tap of a row, channels of the input × neighbouring ones of the output. */
function sumsOf({ output, kernel }: Geometry, shares: boolean) {
  const few = kernel > 1 ? 4 : 8;
  return { tall: shares ? 2 * few : few, ...channelsOf(output[3]) };
}

/**
 * dW and db, in \`parts\` each of some rows of dy.
 * Bound: x, dy, then [parts, k, k, Cin, Cout] and [parts, Cout].
 * @param shares as in `forwardDirect`
 */
export function filterGradientDirect(geometry: Geometry, parts: number, shares: boolean) {
  const { input, output, kernel } = geometry;
  const sums = sumsOf(geometry, shares);
  const rows = output[0] * output[1];
  const program: Program = {
    name: `${nameOf('filter gradient, direct,', geometry)}, ${sums.tall}×${sums.wide}${sums.isVector ? ', vectors' : ''}${shares ? ', shared' : ''}`,
    code: () => filterGradientText(geometry, sums, shares),
  };
  const blocks = [Math.ceil(input[3] / sums.tall), Math.ceil(output[3] / (lanes * sums.wide))] as const;
  return {
    program,
    sizes: [...sizesOf(geometry), Math.ceil(rows / parts)],
    workgroups: [blocks[0], blocks[1], kernel * parts] as const,
  };
}

/** Workgroups without parts: what is there to run at once. */
export function filterGradientBlocks(geometry: Geometry, shares: boolean): number {
  const { tall, wide } = sumsOf(geometry, shares);
  return Math.ceil(geometry.input[3] / tall) * Math.ceil(geometry.output[3] / (lanes * wide)) * geometry.kernel;
}

function filterGradientText(
  { kernel, stride, enlarged, pad }: Geometry,
  { tall, wide, isVector }: ReturnType<typeof sumsOf>,
  shares: boolean,
): string {
  const columnOf = (place: number, tap: number) => divide(place * stride + tap - pad, enlarged)[0];
  const columns = [
    ...new Set(Array.from({ length: places * kernel }, (_, i) => columnOf(i % places, Math.floor(i / places)))),
  ];
  const named = (column: number) => (column < 0 ? `m${-column}` : `${column}`);
  const values = isVector ? `vec${wide}<f32>` : 'f32';
  const width = isVector ? wide : 1;
  const all = (text: (tap: number, i: number, n: number) => string, between?: string) =>
    list(
      kernel * tall * wide,
      (r) => text(Math.floor(r / wide) % kernel, Math.floor(r / (kernel * wide)), r % wide),
      between,
    );
  /** A column's values of all input channels. */
  const read = (column: string) =>
    shares
      ? `${each(tall / lanes, (h) => `let x${h}_${column} = x[at + min(firstInput + ${h * lanes}u + own, s.inC - 1u)] * inside;`)}
        ${each(tall, (i) => `v${column}_${i} = subgroupShuffle(x${Math.floor(i / lanes)}_${column}, ${i % lanes}u);`)}`
      : each(tall, (i) => `v${column}_${i} = x[at + min(firstInput + ${i}u, s.inC - 1u)] * inside;`);
  return `
${shares ? directives : ''}
${sizesStruct}, rows: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<${values}>;
@group(0) @binding(2) var<storage, read_write> dFilter: array<${values}>;
@group(0) @binding(3) var<storage, read_write> dBias: array<${values}>;
@group(0) @binding(4) var<uniform> s: Sizes;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) lane: u32${shares ? `, ${builtins}` : ''}) {
  let part = g.z / ${kernel}u;
  let ky = g.z % ${kernel}u;
  let firstInput = g.x * ${tall}u;
  let channel = (g.y * ${lanes}u + lane) * ${wide}u;
  ${all((tap, i, n) => `var a${tap}_${i}_${n} = 0.0;`, ' ')}
  ${each(wide, (n) => `var sum${n} = 0.0;`)}
  let end = min(s.outB * s.outH, (part + 1u) * s.rows);
  for (var r = part * s.rows; r < end; r++) {
    let inRow = i32(r % s.outH) * ${stride} + i32(ky) - ${pad};
    if (inRow < 0 || inRow >= i32(s.inH) * ${enlarged}) { continue; }
    let rowStart = (r / s.outH * s.inH + u32(inRow) / ${enlarged}u) * s.inW;
    for (var c = 0u; c < s.outW; c += ${places}u) {
      ${columns.map((column) => each(tall, (i) => `var v${named(column)}_${i} = 0.0;`)).join('\n')}
      ${columns
        .map(
          (column) => `
      { let column = i32(c) * ${stride} / ${enlarged} + ${column};
        let inside = f32(u32(column) < s.inW);
        let at = (rowStart + u32(clamp(column, 0, i32(s.inW) - 1))) * s.inC;
        ${read(named(column))} }`,
        )
        .join('')}
      ${each(
        places,
        (p) => `
      let there${p} = f32(c + ${p}u < s.outW);
      let start${p} = (r * s.outW + min(c + ${p}u, s.outW - 1u)) * s.outC + channel;
      ${
        isVector
          ? `let d${p} = dy[start${p} / ${wide}u] * there${p};`
          : each(wide, (n) => `let d${p}_${n} = dy[start${p} + ${n}u] * there${p};`)
      }`,
      )}
      ${each(wide, (n) => `sum${n} += ${list(places, (p) => (isVector ? `d${p}[${n}]` : `d${p}_${n}`), ' + ')};`)}
      ${all(
        (tap, i, n) =>
          `a${tap}_${i}_${n} = a${tap}_${i}_${n}${list(places, (p) => ` + v${named(columnOf(p, tap))}_${i} * ${isVector ? `d${p}[${n}]` : `d${p}_${n}`}`, '')};`,
        '\n',
      )}
    }
  }
  let filters = part * ${kernel * kernel}u * s.inC * s.outC;
  let results = array<f32, ${kernel * tall * wide}>(${all((tap, i, n) => `a${tap}_${i}_${n}`)});
  for (var input = firstInput; input < min(firstInput + ${tall}u, s.inC); input++) {
    for (var tap = 0u; tap < ${kernel}u; tap++) {
      let first = ((input - firstInput) * ${kernel}u + tap) * ${wide}u;
      let place = filters + ((ky * ${kernel}u + tap) * s.inC + input) * s.outC;
      for (var n = 0u; n < ${wide / width}u; n++) {
        let own = channel + n;
        if (own < s.outC) { dFilter[(place + own) / ${width}u] = ${isVector ? `${values}(${list(wide, (n) => `results[first + ${n}u]`)})` : 'results[first + n]'}; }
      }
    }
  }
  // In this row of taps every row of dy was met.
  if (ky == ${pad}u && g.x == 0u) {
    ${
      isVector
        ? `if (channel < s.outC) { dBias[(part * s.outC + channel) / ${wide}u] = ${values}(${list(wide, (n) => `sum${n}`)}); }`
        : each(wide, (n) => `if (channel + ${n}u < s.outC) { dBias[part * s.outC + channel + ${n}u] = sum${n}; }`)
    }
  }
}`;
}
