/**
 * Convolutions for software adapters: no shared memory, whose barriers are slow there. Neighbouring threads have
 * neighbouring channels; everything else about a workgroup is the same for all of its threads, so that values of the
 * picture are read once for all of them. A thread holds a strip of results in registers.
 *
 * Whether a column lies inside is one unsigned comparison: && is a branch, and SwiftShader's compiler takes minutes for a
 * loop with one for each column.
 */
import type { Program } from '../../pipelines.ts';
import {
  divide,
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

/** Threads of a workgroup: as many as software adapters run at once. */
const lanes = 8;
/** Pixels of a thread, side by side: the more, the less often a filter's value is read. */
const stripOf = (width: number): number => (width >= 16 ? 16 : 8);
/** Channels of a thread, `lanes` apart. */
const channelsOf = (channels: number): number => Math.min(4, Math.ceil(channels / lanes));

/** y = x ∗ filter, and its ending. Bound: x, filter, bias, residual or modulation, y; without those that it has not. */
export function forwardDirect(geometry: Geometry, ending: Ending, precision: Precision) {
  const { output } = geometry;
  const [strip, wide] = [stripOf(output[2]), channelsOf(output[3])];
  const program: Program = {
    name: `${nameOf('convolution, direct,', geometry)}, ${strip}, ${wide}, ${ending}, ${precision}`,
    code: () => forwardText(geometry, strip, wide, ending, precision),
  };
  const workgroups = [
    Math.ceil(output[2] / strip),
    output[0] * output[1],
    Math.ceil(output[3] / (lanes * wide)),
  ] as const;
  return { program, sizes: sizesOf(geometry), workgroups };
}

function forwardText(
  { kernel, stride, spread, enlarged, pad, turned }: Geometry,
  strip: number,
  wide: number,
  ending: Ending,
  precision: Precision,
): string {
  // Columns of the input that the strip needs, counted from the strip's first; without the zeros between them. A strip
  // starts at a whole column, enlarged or not.
  const taps: { pixel: number; tap: number; column: number }[] = [];
  for (let pixel = 0; pixel < strip; pixel++) {
    for (let tap = 0; tap < kernel; tap++) {
      const [column, rest] = divide(pixel * stride + tap - pad, spread * enlarged);
      if (rest === 0 || enlarged > 1) taps.push({ pixel, tap, column });
    }
  }
  const columns = [...new Set(taps.map(({ column }) => column))].sort((a, b) => a - b);
  const filterAt = (tap: number, n: number) =>
    turned ? `f - ${tap}u * s.inC * s.outC + ${n * lanes}u * s.inC` : `f + ${tap}u * s.inC * s.outC + ${n * lanes}u`;
  const named = (column: number) => (column < 0 ? `m${-column}` : `${column}`);
  const results = (text: (pixel: number, n: number) => string) =>
    each(strip, (pixel) => each(wide, (n) => text(pixel, n)));
  return `
${forwardBindings(ending, 'f32', precision, 'f32')}
${sizesStruct} }
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let batch = g.y / s.outH;
  let row = g.y % s.outH;
  let firstColumn = i32(g.x * ${strip}u) * ${stride} / ${spread * enlarged};
  let channel = g.z * ${lanes * wide}u + lane;
  ${results((pixel, n) => `var a${pixel}_${n} = 0.0;`)}
  for (var ky = 0; ky < ${kernel}; ky++) {
    let at = i32(row) * ${stride} + ky - ${pad};
    ${spread > 1 ? `if (at % ${spread} != 0) { continue; }` : ''}
    let inRow = at / ${spread * enlarged};
    if (at < 0 || inRow >= i32(s.inH)) { continue; }
    let rowStart = (batch * s.inH + u32(inRow)) * s.inW;
    ${columns
      .map(
        (column) => `
    let c${named(column)} = firstColumn + ${column};
    let in${named(column)} = f32(u32(c${named(column)}) < s.inW);
    let b${named(column)} = (rowStart + u32(clamp(c${named(column)}, 0, i32(s.inW) - 1))) * s.inC;`,
      )
      .join('')}
    var f = ${
      turned
        ? `(${kernel * kernel - 1}u - u32(ky) * ${kernel}u) * s.inC * s.outC + min(channel, s.outC - 1u) * s.inC`
        : `u32(ky) * ${kernel}u * s.inC * s.outC + channel`
    };
    for (var i = 0u; i < s.inC; i++) {
      ${columns.map((column) => `let v${named(column)} = x[b${named(column)} + i] * in${named(column)};`).join('\n')}
      ${each(kernel, (tap) =>
        each(wide, (n) => {
          const used = taps.filter((t) => t.tap === tap);
          if (used.length === 0) return '';
          const sums = used.map(({ pixel, column }) => `a${pixel}_${n} += v${named(column)} * w;`);
          return `{ let w = f32(filters[${filterAt(tap, n)}]); ${sums.join(' ')} }`;
        }),
      )}
      f += ${turned ? '1u' : 's.outC'};
    }
  }
  // In a loop: written out, so many guarded writes take compilers seconds.
  let results = array<f32, ${strip * wide}>(${Array.from({ length: strip * wide }, (_, i) => `a${i % strip}_${Math.floor(i / strip)}`).join(', ')});
  for (var i = 0u; i < ${strip * wide}u; i++) {
    let column = g.x * ${strip}u + i % ${strip}u;
    let own = channel + i / ${strip}u * ${lanes}u;
    if (column < s.outW && own < s.outC) {
      let out = (g.y * s.outW + column) * s.outC + own;
      y[out] = ${ended(ending, 'results[i]', 'own', 'out', 'batch', 1)};
    }
  }
}`;
}

/** Input channels of a thread. */
const inputsOf = (kernel: number): number => (kernel === 1 ? 8 : 4);
/** Output channels of a thread, `lanes` apart. */
const outputsOf = (kernel: number, channels: number): number =>
  Math.min(kernel === 1 ? 4 : 2, Math.ceil(channels / lanes));

/**
 * dW and db, in \`parts\` each of some rows of dy.
 * Bound: x, dy, then [parts, k, k, Cin, Cout] and [parts, Cout].
 */
export function filterGradientDirect(geometry: Geometry, parts: number) {
  const { input, output, kernel } = geometry;
  const [tall, wide] = [inputsOf(kernel), outputsOf(kernel, output[3])];
  const rows = output[0] * output[1];
  const program: Program = {
    name: `${nameOf('filter gradient, direct,', geometry)}, ${wide}`,
    code: () => filterGradientText(geometry, tall, wide),
  };
  const blocks = [Math.ceil(input[3] / tall), Math.ceil(output[3] / (lanes * wide))] as const;
  return {
    program,
    sizes: [...sizesOf(geometry), Math.ceil(rows / parts)],
    workgroups: [blocks[0], blocks[1], kernel * parts] as const,
  };
}

/** Workgroups without parts: what is there to run at once. */
export const filterGradientBlocks = ({ input, output, kernel }: Geometry): number =>
  Math.ceil(input[3] / inputsOf(kernel)) * Math.ceil(output[3] / (lanes * outputsOf(kernel, output[3]))) * kernel;

function filterGradientText({ kernel, stride, enlarged, pad }: Geometry, tall: number, wide: number): string {
  const window = (text: (tap: number, i: number) => string) => each(kernel, (tap) => each(tall, (i) => text(tap, i)));
  const allOf = (text: (tap: number, i: number, n: number) => string) =>
    Array.from({ length: kernel * tall * wide }, (_, r) =>
      text(Math.floor(r / (tall * wide)), Math.floor(r / wide) % tall, r % wide),
    );
  const read = (tap: number, column: string) => `
      { let c = ${column};
        let inside = f32(u32(c) < width);
        let at = (rowStart + u32(clamp(c, 0, i32(width) - 1)) / ${enlarged}u) * s.inC;
        ${each(tall, (i) => `v${tap}_${i} = x[at + i${i}] * inside;`)} }`;
  return `
${sizesStruct}, rows: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dFilter: array<f32>;
@group(0) @binding(3) var<storage, read_write> dBias: array<f32>;
@group(0) @binding(4) var<uniform> s: Sizes;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let part = g.z / ${kernel}u;
  let ky = g.z % ${kernel}u;
  let firstInput = g.x * ${tall}u;
  ${each(tall, (i) => `let i${i} = min(firstInput + ${i}u, s.inC - 1u);`)}
  let channel = g.y * ${lanes * wide}u + lane;
  ${window((tap, i) => each(wide, (n) => `var a${tap}_${i}_${n} = 0.0;`))}
  ${each(wide, (n) => `var sum${n} = 0.0;`)}
  let width = s.inW * ${enlarged}u;
  let end = min(s.outB * s.outH, (part + 1u) * s.rows);
  for (var r = part * s.rows; r < end; r++) {
    let inRow = i32(r % s.outH) * ${stride} + i32(ky) - ${pad};
    if (inRow < 0 || inRow >= i32(s.inH) * ${enlarged}) { continue; }
    let rowStart = (r / s.outH * s.inH + u32(inRow) / ${enlarged}u) * s.inW;
    ${window((tap, i) => `var v${tap}_${i} = 0.0;`)}
    ${each(Math.max(0, kernel - stride), (tap) => read(tap + stride, `${tap} - ${pad}`))}
    for (var c = 0u; c < s.outW; c++) {
      ${each(Math.max(0, kernel - stride), (tap) => each(tall, (i) => `v${tap}_${i} = v${tap + stride}_${i};`))}
      ${each(Math.min(kernel, stride), (j) => {
        const tap = Math.max(0, kernel - stride) + j;
        return read(tap, `i32(c) * ${stride} + ${tap - pad}`);
      })}
      let start = (r * s.outW + c) * s.outC + channel;
      ${each(
        wide,
        (n) => `
      { let d = dy[start + ${n * lanes}u];
        sum${n} += d;
        ${window((tap, i) => `a${tap}_${i}_${n} += v${tap}_${i} * d;`)} }`,
      )}
    }
  }
  let filters = part * ${kernel * kernel}u * s.inC * s.outC;
  let results = array<f32, ${kernel * tall * wide}>(${allOf((tap, i, n) => `a${tap}_${i}_${n}`).join(', ')});
  for (var r = 0u; r < ${kernel * tall * wide}u; r++) {
    let input = firstInput + r / ${wide}u % ${tall}u;
    let own = channel + r % ${wide}u * ${lanes}u;
    if (input < s.inC && own < s.outC) {
      dFilter[filters + ((ky * ${kernel}u + r / ${tall * wide}u) * s.inC + input) * s.outC + own] = results[r];
    }
  }
  // In this row of taps every row of dy was met.
  if (ky == ${pad}u && g.x == 0u) {
    ${each(wide, (n) => `if (channel + ${n * lanes}u < s.outC) { dBias[part * s.outC + channel + ${n * lanes}u] = sum${n}; }`)}
  }
}`;
}
