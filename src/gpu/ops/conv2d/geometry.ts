/** The shape of a convolution, and what of it is written into a program's text. */
import { activationText } from '../activation/index.ts';

/** [B, H, W, C] */
export type Shape = readonly [number, number, number, number];

export interface Geometry {
  /** [B, H, W, Cin] and [B, h, w, Cout]. */
  readonly input: Shape;
  readonly output: Shape;
  /** Side of the filter. */
  readonly kernel: number;
  readonly stride: number;
  /** The input is taken to have spread − 1 rows and columns of zeros behind each of its own: the gradient of a stride. */
  readonly spread: number;
  /** Each of the input's pixels counts as that many in both directions: nearest-neighbour enlargement before the filter. */
  readonly enlarged: number;
  /** Rows and columns of zeros before the input, enlarged. */
  readonly pad: number;
  /** The filter is [k, k, Cout, Cin] and counts as turned by 180°: that of the convolution whose gradient this is. */
  readonly turned: boolean;
}

/** A product of rows: a 1×1 convolution has no rows of pixels that matter. */
function flat(shape: Shape): Shape {
  return [1, 1, shape[0] * shape[1] * shape[2], shape[3]];
}

/** The same convolution with its pixels in one row, where that is the same. */
export function flattened(geometry: Geometry): Geometry {
  const { input, output, kernel, stride, spread, enlarged, pad } = geometry;
  const isProduct = kernel === 1 && stride === 1 && spread === 1 && enlarged === 1 && pad === 0;
  return isProduct ? { ...geometry, input: flat(input), output: flat(output) } : geometry;
}

/** The input's gradient as a convolution of dy with the filter turned; of the enlarged input where that is. */
export function inputGradientOf({ input, output, kernel, stride, enlarged, pad }: Geometry): Geometry {
  const [batch, height, width, channels] = input;
  return {
    input: output,
    output: [batch, height * enlarged, width * enlarged, channels],
    kernel,
    stride: 1,
    spread: stride,
    enlarged: 1,
    pad: kernel - 1 - pad,
    turned: true,
  };
}

/** Multiplications and additions; the zeros between a spread input's values take none. */
export const flopsOf = ({ input, output, kernel, spread }: Geometry): number =>
  2 * output.reduce((product, n) => product * n, 1) * (kernel / spread) ** 2 * input[3];

export const sizesOf = ({ input, output }: Geometry): number[] => [...input, ...output];

/** Order of `sizesOf`. */
export const sizesStruct =
  'struct Sizes { batch: u32, inH: u32, inW: u32, inC: u32, outB: u32, outH: u32, outW: u32, outC: u32';

export function nameOf(what: string, { kernel, stride, spread, enlarged, pad, turned }: Geometry): string {
  const unlikeOne = { stride, spread, enlarged };
  const factors = Object.entries(unlikeOne).map(([name, factor]) => (factor > 1 ? ` ${name} ${factor}` : ''));
  return `${what} ${kernel}×${kernel}${factors.join('')} pad ${pad}${turned ? ' turned' : ''}`;
}

/** 0 … count − 1, each as text. */
export const list = (count: number, text: (i: number) => string, between = ', '): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(between);

/** The same, a line each. */
export const each = (count: number, text: (i: number) => string): string => list(count, text, '\n');

/** Floor division and remainder of whole numbers of either sign. */
export const divide = (a: number, b: number): readonly [number, number] => [Math.floor(a / b), ((a % b) + b) % b];

/**
 * The last step of a convolution on its sums: none; a value for each channel is added; that and another map; the sum with its
 * value goes through an activation, scaled and shifted before by each picture's own values for a channel where it is modulated.
 */
export type Ending = 'nothing' | 'bias' | 'bias, residual' | 'bias, silu' | 'bias, gelu' | 'bias, modulation, silu';

/** Storage of a filter's values. */
export type Precision = 'f32' | 'f16';

/**
 * The declarations of a forward convolution's memory, and of what its ending calls.
 * @param x, filters, rest what each of them counts in
 */
export function forwardBindings(ending: Ending, x: string, filters: string, rest: string): string {
  const parts = ending.split(', ');
  const read = ['x', 'filters', ...['bias', 'residual', 'modulation'].filter((name) => parts.includes(name))];
  const activation = (['silu', 'gelu'] as const).find((name) => parts.includes(name));
  const lines = read.map(
    (name, i) =>
      `@group(0) @binding(${i}) var<storage, read> ${name}: array<${name === 'x' ? x : name === 'filters' ? filters : rest}>;`,
  );
  return `${filters.includes('f16') ? 'enable f16;\n' : ''}${lines.join('\n')}
@group(0) @binding(${read.length}) var<storage, read_write> y: array<${rest}>;
@group(0) @binding(${read.length + 1}) var<uniform> s: Sizes;
${activation ? activationText(activation, rest) : ''}`;
}

/**
 * The expression that is written for a sum.
 * @param channel, at where it stands, in values; picture which it is of; width values that are written at once
 */
export function ended(
  ending: Ending,
  sum: string,
  channel: string,
  at: string,
  picture: string,
  width: number,
): string {
  const index = (place: string) => (width === 1 ? place : `(${place}) / ${width}u`);
  const added = `${sum} + bias[${index(channel)}]`;
  switch (ending) {
    case 'nothing':
      return sum;
    case 'bias':
      return added;
    case 'bias, residual':
      return `${added} + residual[${index(at)}]`;
    case 'bias, silu':
    case 'bias, gelu':
      return `activated(${added})`;
    case 'bias, modulation, silu': {
      const scale = `${picture} * 2u * s.outC + ${channel}`;
      return `activated((${added}) * (1.0 + modulation[${index(scale)}]) + modulation[${index(`${scale} + s.outC`)}])`;
    }
  }
}
