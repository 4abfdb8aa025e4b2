/**
 * The kernels on WebAssembly that are copies: slices, parts, joins, borders, turns, of values of four bytes.
 * tfjs's slices first copy all of the tensor that they are cut from out of the heap; its others go value by value or along
 * the last axis alone, three values at a time in a map of colours.
 */
import * as tf from '@tensorflow/tfjs-core';
import { openPrograms, type Programs } from './programs.ts';
import type { Threads } from './threads.ts';

/** tfjs's module, as Emscripten makes it with threads and without. */
interface WasmModule {
  readonly HEAPU8: Uint8Array;
  readonly wasmMemory?: WebAssembly.Memory;
  readonly asm?: { readonly memory?: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** tfjs's backend, as far as kernels need it. */
export interface WasmBackend extends tf.KernelBackend {
  readonly wasm: WasmModule;
  /** Allocates. */
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } };
}

const opened = new WeakMap<WasmModule, Threads<Programs>>();

/** The threads of our programs on a backend's memory. @throws where a new version of tfjs keeps that elsewhere */
export function threadsOn({ wasm }: WasmBackend): Threads<Programs> {
  const known = opened.get(wasm);
  if (known) return known;
  const memory = wasm.wasmMemory ?? wasm.asm?.memory;
  if (!memory) throw new Error('The memory of the WebAssembly backend is not where it was: adapt gpu/wasm.');
  const threads = openPrograms(memory, (bytes) => wasm._malloc(bytes));
  opened.set(wasm, threads);
  return threads;
}

export const product = (sizes: readonly number[]): number => sizes.reduce((all, n) => all * n, 1);

/** Memory for the time of some work, also where that fails. @param use gets its address */
export function withMemory<T>({ wasm }: WasmBackend, bytes: number, use: (address: number) => T): T {
  const address = wasm._malloc(bytes);
  try {
    return use(address);
  } finally {
    wasm._free(address);
  }
}

/** Where a tensor begins, bytes. */
export const addressOf = ({ dataIdMap }: WasmBackend, { dataId }: tf.TensorInfo): number =>
  dataIdMap.get(dataId).memoryOffset;

/** Some of a tensor's values: the first one's place, and how far apart neighbours along each axis are. */
interface View {
  readonly at: number;
  readonly strides: readonly number[];
}

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, i) => product(shape.slice(i + 1)));

/** All of a tensor; values of four bytes. */
const viewOf = (backend: WasmBackend, t: tf.TensorInfo): View => ({
  at: addressOf(backend, t) / 4,
  strides: stridesOf(t.shape),
});

/** A view from another place on. */
const from = ({ at, strides }: View, begin: readonly number[]): View => ({
  at: begin.reduce((place, n, axis) => place + n * (strides[axis] as number), at),
  strides,
});

/** Copies values of the sizes' axes from view to view: rows of those that lie side by side in both. */
function copy(backend: WasmBackend, sizes: readonly number[], source: View, target: View): void {
  if (product(sizes) === 0) return;
  const axes: { size: number; source: number; target: number }[] = [];
  for (const [i, size] of sizes.entries()) {
    if (size === 1) continue;
    const axis = { size, source: source.strides[i] as number, target: target.strides[i] as number };
    const outer = axes.at(-1);
    const isOneRow = outer?.source === size * axis.source && outer.target === size * axis.target;
    if (outer && isOneRow) Object.assign(outer, { ...axis, size: size * outer.size });
    else axes.push(axis);
  }
  const inner = axes.pop() ?? { size: 1, source: 1, target: 1 };
  const rows = axes.pop() ?? { size: 1, source: 0, target: 0 };
  const threads = threadsOn(backend);
  const outer = product(axes.map(({ size }) => size));
  const parts = Math.min(rows.size, Math.ceil(threads.shares / outer));
  threads.run(outer * parts, (programs, item) => {
    const firstOf = (part: number) => Math.floor((part * rows.size) / parts);
    const [first, end] = [firstOf(item % parts), firstOf((item % parts) + 1)];
    let [a, b] = [source.at + first * rows.source, target.at + first * rows.target];
    let rest = Math.floor(item / parts);
    for (const axis of axes) {
      const place = rest % axis.size;
      rest = Math.floor(rest / axis.size);
      a += place * axis.source;
      b += place * axis.target;
    }
    const [from, row, to, resultRow] = [4 * a, 4 * rows.source, 4 * b, 4 * rows.target];
    if (inner.source === 1 && inner.target === 1) programs.copyRows(from, row, to, resultRow, end - first, inner.size);
    else programs.copyApart(from, row, 4 * inner.source, to, resultRow, 4 * inner.target, end - first, inner.size);
  });
}

const cut = (backend: WasmBackend, x: tf.TensorInfo, begin: readonly number[], size: number[]): tf.TensorInfo => {
  const y = backend.makeOutput(size, x.dtype);
  copy(backend, size, from(viewOf(backend, x), begin), viewOf(backend, y));
  return y;
};

export function slice(backend: WasmBackend, x: tf.TensorInfo, attributes: tf.SliceAttrs): tf.TensorInfo {
  const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attributes.begin, attributes.size);
  return cut(backend, x, begin, size);
}

/** A shape, or a place, with another number at one axis. */
const withAxis = (shape: readonly number[], axis: number, length: number): number[] =>
  shape.map((side, i) => (i === axis ? length : side));

export function split(backend: WasmBackend, x: tf.TensorInfo, attributes: tf.SplitVAttrs): tf.TensorInfo[] {
  const { shape } = x;
  const axis = tf.util.parseAxisParam(attributes.axis, shape)[0] as number;
  const origin = shape.map(() => 0);
  let first = 0;
  return tf.backend_util.prepareSplitSize(x as tf.Tensor, attributes.numOrSizeSplits, axis).map((length) => {
    const part = cut(backend, x, withAxis(origin, axis, first), withAxis(shape, axis, length));
    first += length;
    return part;
  });
}

export function concat(backend: WasmBackend, parts: readonly tf.TensorInfo[], axis: number): tf.TensorInfo {
  const shapes = parts.map(({ shape }) => shape);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const y = backend.makeOutput(shape, (parts[0] as tf.TensorInfo).dtype);
  const [whole, origin] = [viewOf(backend, y), shape.map(() => 0)];
  let first = 0;
  for (const part of parts) {
    copy(backend, part.shape, viewOf(backend, part), from(whole, withAxis(origin, axis, first)));
    first += part.shape[axis] as number;
  }
  return y;
}

/** Along these axes from last to first. */
export function reverse(backend: WasmBackend, x: tf.TensorInfo, { dims }: tf.ReverseAttrs): tf.TensorInfo {
  const y = backend.makeOutput(x.shape, x.dtype);
  const axes = tf.util.parseAxisParam(dims, x.shape);
  const whole = viewOf(backend, x);
  const last = from(
    whole,
    x.shape.map((side, i) => (axes.includes(i) ? side - 1 : 0)),
  );
  const strides = whole.strides.map((stride, i) => (axes.includes(i) ? -stride : stride));
  copy(backend, x.shape, { ...last, strides }, viewOf(backend, y));
  return y;
}

/** Floats alone. */
export function pad(backend: WasmBackend, x: tf.TensorInfo, { paddings, constantValue }: tf.PadV2Attrs): tf.TensorInfo {
  const shape = x.shape.map(
    (side, i) => side + (paddings[i] as [number, number])[0] + (paddings[i] as [number, number])[1],
  );
  const y = backend.makeOutput(shape, x.dtype);
  const whole = viewOf(backend, y);
  // The output's memory may have made the heap anew.
  new Float32Array(backend.wasm.HEAPU8.buffer).fill(constantValue, whole.at, whole.at + product(shape));
  copy(
    backend,
    x.shape,
    viewOf(backend, x),
    from(
      whole,
      paddings.map(([before]) => before),
    ),
  );
  return y;
}

/** Axes of a turn without those of one place, and with those as one that stay side by side. */
function foldedTurn(shape: readonly number[], perm: readonly number[]): { sizes: number[]; order: string } {
  const axes = perm.filter((axis) => shape[axis] !== 1);
  const kept = [...axes].sort((a, b) => a - b);
  const groups: number[][] = [];
  for (const axis of axes) {
    const last = groups.at(-1);
    if (last && kept.indexOf(axis) === kept.indexOf(last.at(-1) as number) + 1) last.push(axis);
    else groups.push([axis]);
  }
  const before = [...groups].sort(([a], [b]) => (a as number) - (b as number));
  return {
    sizes: before.map((group) => product(group.map((axis) => shape[axis] as number))),
    order: groups.map((group) => before.indexOf(group)).join(),
  };
}

/** Below that side a matrix is turned value by value as fast. */
const leastSide = 8;

/** Nothing for turns that neither turn matrices nor move rows: tfjs does those as fast. */
export function transpose(backend: WasmBackend, x: tf.TensorInfo, perm: readonly number[]): tf.TensorInfo | undefined {
  const shape = perm.map((axis) => x.shape[axis] as number);
  const { sizes, order } = foldedTurn(x.shape, perm);
  const [rows, columns] = sizes.slice(-2) as [number, number];
  const isMatrix = (order === '1,0' || order === '0,2,1') && Math.min(rows, columns) >= leastSide;
  const movesRows = order.endsWith(`${sizes.length - 1}`) && columns >= leastSide;
  if (!isMatrix && !movesRows) return undefined;
  const y = backend.makeOutput(shape, x.dtype);
  if (isMatrix) turnMatrices(backend, x, y, sizes);
  else {
    const whole = viewOf(backend, x);
    const strides = perm.map((axis) => whole.strides[axis] as number);
    copy(backend, shape, { ...whole, strides }, viewOf(backend, y));
  }
  return y;
}

/** Those of the last two sizes. Few of them are cut into strips of columns. */
function turnMatrices(backend: WasmBackend, x: tf.TensorInfo, y: tf.TensorInfo, sizes: readonly number[]): void {
  const [rows, columns] = sizes.slice(-2) as [number, number];
  const count = product(sizes.slice(0, -2));
  const [from, to] = [addressOf(backend, x), addressOf(backend, y)];
  const threads = threadsOn(backend);
  const width = 4 * Math.ceil(columns / 4 / Math.ceil(threads.shares / Math.max(1, count)));
  const strips = Math.ceil(columns / width);
  const [row, resultRow] = [4 * columns, 4 * rows];
  threads.run(count * strips, (programs, item) => {
    const skipped = 4 * Math.floor(item / strips) * rows * columns;
    const first = (item % strips) * width;
    const last = Math.min(columns, first + width);
    const [wholeRows, wholeLast] = [rows & ~3, last & ~3];
    const at = (i: number, column: number) => from + skipped + i * row + 4 * column;
    const into = (i: number, column: number) => to + skipped + column * resultRow + 4 * i;
    programs.turn(at(0, first), row, into(0, first), resultRow, wholeRows / 4, (wholeLast - first) / 4);
    const apart = (i: number, column: number, height: number, length: number) =>
      programs.copyApart(at(i, column), row, 4, into(i, column), 4, resultRow, height, length);
    apart(wholeRows, first, rows - wholeRows, last - first);
    apart(0, wholeLast, wholeRows, last - wholeLast);
  });
}
