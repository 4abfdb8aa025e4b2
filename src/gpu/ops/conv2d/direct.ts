/**
 * Convolutions for software adapters: no shared memory, whose barriers are slow there. Neighbouring threads have
 * neighbouring channels; everything else about a workgroup is the same for all of its threads. A thread holds a block of
 * results in registers.
 *
 * llvmpipe pays for a load once for each thread, even where all threads read the same value. So each thread reads one of
 * some neighbouring channels of the input, and all take them from it in turn (subgroups); a device without subgroups has
 * each thread read all of them.
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
  list,
  nameOf,
  type Precision,
  sizesOf,
  sizesStruct,
} from './geometry.ts';

/** Threads of a workgroup: as many as software adapters run at once. */
export const lanes = 8;

/** Results of a thread. */
interface Block {
  /** Pixels: the more, the less often a filter's value is read. */
  readonly rows: number;
  readonly strip: number;
  /** Neighbouring channels. */
  readonly wide: number;
  /** Whether these are read and written at once: a vector costs less than as many values. */
  readonly isVector: boolean;
  /** Channels of the input that the threads read at once. */
  readonly depth: number;
}

/** A thread's channels. */
export function channelsOf(channels: number): Pick<Block, 'wide' | 'isVector'> {
  const wide = Math.min(4, Math.ceil(channels / lanes));
  return { wide, isVector: wide % 2 === 0 && channels % wide === 0 };
}

function blockOf({ input, output, spread }: Geometry): Block {
  const [, height, width, channels] = output;
  const strip = width >= 16 ? 16 : 8;
  // Of two rows under one row of taps a spread input has one alone.
  const rows = strip === 8 && height > 1 && spread === 1 ? 2 : 1;
  const depth = Math.min(lanes, input[3]);
  return { rows, strip, depth, ...channelsOf(channels) };
}

/**
 * y = x ∗ filter, and its ending. Bound: x, filter, bias, residual or modulation, y; without those that it has not.
 * @param shares whether the threads of a workgroup take values from each other, as all of one subgroup can
 */
export function forwardDirect(geometry: Geometry, ending: Ending, precision: Precision, shares: boolean) {
  const { output } = geometry;
  const block = blockOf(geometry);
  const { rows, strip, wide } = block;
  const program: Program = {
    name: `${nameOf('convolution, direct,', geometry)}, ${rows}×${strip}×${wide} of ${block.depth}${block.isVector ? ', vectors' : ''}${shares ? ', shared' : ''}, ${ending}, ${precision}`,
    code: () => forwardText(geometry, block, ending, precision, shares),
  };
  const workgroups = [
    Math.ceil(output[2] / strip),
    output[0] * Math.ceil(output[1] / rows),
    Math.ceil(output[3] / (lanes * wide)),
  ] as const;
  return { program, sizes: sizesOf(geometry), workgroups };
}

/** Directives and builtins of programs whose threads take values from each other. */
export const directives = 'enable subgroups;\ndiagnostic(off, subgroup_uniformity);';
export const builtins = '@builtin(subgroup_invocation_id) own: u32';

function forwardText(
  { kernel, stride, spread, enlarged, pad, turned }: Geometry,
  { rows, strip, wide, depth, isVector }: Block,
  ending: Ending,
  precision: Precision,
  shares: boolean,
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
  const named = (row: number, column: number) => `${row}_${column < 0 ? `m${-column}` : column}`;
  const places = (text: (place: string, row: number, column: number) => string) =>
    each(rows, (row) => columns.map((column) => text(named(row, column), row, column)).join('\n'));
  const pixels = rows * strip;
  const values = (of: string) => (isVector ? `vec${wide}<${of}>` : of);
  const width = isVector ? wide : 1;
  const filtersAsVector = isVector && !turned;
  const filterAt = (tap: number, n: number) =>
    turned ? `f - ${tap}u * s.inC * s.outC + ${n}u * s.inC` : `f + ${tap}u * s.inC * s.outC + ${n}u`;
  // All of them first: between two loads compilers put results out of their registers.
  const filters = each(kernel, (tap) =>
    filtersAsVector
      ? `let w${tap} = ${values('f32')}(filters[(${filterAt(tap, 0)}) / ${wide}u]);`
      : each(wide, (n) => `let w${tap}_${n} = f32(filters[${filterAt(tap, n)}]);`),
  );
  const sum = (row: number, pixel: number, n: number) => {
    const used = taps.filter((t) => t.pixel === pixel);
    const products = used.map(
      ({ tap, column }) => ` + v${named(row, column)} * ${filtersAsVector ? `w${tap}[${n}]` : `w${tap}_${n}`}`,
    );
    const result = `a${row * strip + pixel}_${n}`;
    return `${result} = ${result}${products.join('')};`;
  };
  const sums = each(rows, (row) => each(strip, (pixel) => list(wide, (n) => sum(row, pixel, n), ' ')));
  const next = `f += ${turned ? '1u' : 's.outC'};`;
  const along = shares
    ? `
    for (var i = 0u; i < s.inC; i += ${depth}u) {
      let mine = min(i + own, s.inC - 1u);
      let isThere = f32(i + own < s.inC);
      ${places((place) => `let x${place} = x[b${place} + mine] * in${place} * isThere;`)}
      for (var j = 0u; j < ${depth}u; j++) {
        ${places((place) => `let v${place} = subgroupShuffle(x${place}, j);`)}
        ${filters}
        ${sums}
        ${next}
      }
    }`
    : `
    for (var i = 0u; i < s.inC; i++) {
      ${places((place) => `let v${place} = x[b${place} + i] * in${place};`)}
      ${filters}
      ${sums}
      ${next}
    }`;
  const written = isVector ? `${values('f32')}(${list(wide, (n) => `results[first + ${n}u]`)})` : 'results[first + n]';
  return `
${shares ? directives : ''}
${forwardBindings(ending, 'f32', filtersAsVector ? values(precision) : precision, values('f32'))}
${sizesStruct} }
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) g: vec3<u32>, @builtin(local_invocation_index) lane: u32${shares ? `, ${builtins}` : ''}) {
  let bands = (s.outH + ${rows - 1}u) / ${rows}u;
  let batch = g.y / bands;
  let row = g.y % bands * ${rows}u;
  let firstColumn = i32(g.x * ${strip}u) * ${stride} / ${spread * enlarged};
  let channel = (g.z * ${lanes}u + lane) * ${wide}u;
  ${each(pixels, (p) => list(wide, (n) => `var a${p}_${n} = 0.0;`, ' '))}
  for (var ky = 0; ky < ${kernel}; ky++) {
    ${each(
      rows,
      (r) => `
    let at${r} = i32(row + ${r}u) * ${stride} + ky - ${pad};
    let inRow${r} = at${r} / ${spread * enlarged};
    let inside${r} = (at${r} >= 0) & (inRow${r} < i32(s.inH))${spread > 1 ? ` & (at${r} % ${spread} == 0)` : ''};
    let rowStart${r} = (batch * s.inH + u32(clamp(inRow${r}, 0, i32(s.inH) - 1))) * s.inW;`,
    )}
    if (!(${list(rows, (r) => `inside${r}`, ' | ')})) { continue; }
    ${places(
      (place, r, column) => `
    let c${place} = firstColumn + ${column};
    let in${place} = f32(inside${r} & (u32(c${place}) < s.inW));
    let b${place} = (rowStart${r} + u32(clamp(c${place}, 0, i32(s.inW) - 1))) * s.inC;`,
    )}
    var f = ${
      turned
        ? `(${kernel * kernel - 1}u - u32(ky) * ${kernel}u) * s.inC * s.outC + min(channel, s.outC - 1u) * s.inC`
        : `u32(ky) * ${kernel}u * s.inC * s.outC + channel`
    };
    ${along}
  }
  // In loops whose length compilers can't tell: written out, so many guarded writes take them seconds.
  let results = array<f32, ${pixels * wide}>(${list(pixels * wide, (i) => `a${Math.floor(i / wide)}_${i % wide}`)});
  let start = g.x * ${strip}u;
  for (var outRow = row; outRow < min(row + ${rows}u, s.outH); outRow++) {
    for (var column = start; column < min(start + ${strip}u, s.outW); column++) {
      let first = ((outRow - row) * ${strip}u + column - start) * ${wide}u;
      let place = ((batch * s.outH + outRow) * s.outW + column) * s.outC;
      for (var n = 0u; n < ${wide / width}u; n++) {
        let own = channel + n;
        let out = place + own;
        if (own < s.outC) { y[out / ${width}u] = ${ended(ending, written, 'own', 'out', 'batch', width)}; }
      }
    }
  }
}`;
}
