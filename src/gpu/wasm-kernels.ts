/**
 * Kernels of our own on tfjs's WebAssembly backend, in place of its own that take many times as long. Its slices first copy
 * all of the tensor that they are cut from out of the heap; then they, as its joins, copy along the last axis alone, three
 * values at a time in a map of colours. Its products of several matrices, and of turned ones, go value by value.
 */
import * as tf from '@tensorflow/tfjs-core';
import { openProducts, type ProductModule, panel } from './wasm-products.ts';

/** tfjs's module, as Emscripten makes it with threads and without. */
interface WasmModule {
  readonly HEAPU8: Uint8Array;
  readonly wasmMemory?: WebAssembly.Memory;
  readonly asm?: { readonly memory?: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** tfjs's backend, as far as kernels need it. */
interface WasmBackend extends tf.KernelBackend {
  readonly wasm: WasmModule;
  /** Allocates. */
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } };
}

/** A part of a tensor: along each axis, where it begins and how long it is. */
interface Box {
  readonly shape: readonly number[];
  readonly begin: readonly number[];
  readonly size: readonly number[];
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, n) => all * n, 1);

/** Values of the heap, as wide as the tensor's. Allocating may make the heap anew: to be asked for after it. */
const heapOf = ({ wasm }: WasmBackend, { dtype }: tf.TensorInfo): Uint8Array | Int32Array =>
  dtype === 'bool' ? wasm.HEAPU8 : new Int32Array(wasm.HEAPU8.buffer);

/** Where a tensor begins in it. */
const placeOf = ({ dataIdMap }: WasmBackend, { dataId, dtype }: tf.TensorInfo): number =>
  dataIdMap.get(dataId).memoryOffset / (dtype === 'bool' ? 1 : 4);

/** Below that many values a loop takes less time than a call. */
const shortRun = 32;

/**
 * Copies a box of a tensor to where it lies by itself, or back, run by run: as many values as lie side by side in both.
 * @param whole, packed where tensor and box begin
 */
function copyBox(
  values: Uint8Array | Int32Array,
  { shape, begin, size }: Box,
  whole: number,
  packed: number,
  isBack: boolean,
): void {
  if (product(size) === 0) return;
  let axis = Math.max(0, shape.length - 1);
  while (axis > 0 && size[axis] === shape[axis]) axis--;
  const run = product(size.slice(axis));
  const strides = shape.map((_, i) => product(shape.slice(i + 1)));
  let beside = packed;
  const visit = (i: number, at: number): void => {
    const stride = strides[i] ?? 1;
    let place = at + (begin[i] ?? 0) * stride;
    if (i < axis) {
      for (let n = 0; n < (size[i] as number); n++, place += stride) visit(i + 1, place);
      return;
    }
    const [from, to] = isBack ? [beside, place] : [place, beside];
    if (run < shortRun) for (let n = 0; n < run; n++) values[to + n] = values[from + n] as number;
    else values.copyWithin(to, from, from + run);
    beside += run;
  };
  visit(0, whole);
}

function cut(backend: WasmBackend, x: tf.TensorInfo, begin: readonly number[], size: number[]): tf.TensorInfo {
  const y = backend.makeOutput(size, x.dtype);
  copyBox(heapOf(backend, x), { shape: x.shape, begin, size }, placeOf(backend, x), placeOf(backend, y), false);
  return y;
}

function slice(backend: WasmBackend, x: tf.TensorInfo, attributes: tf.SliceAttrs): tf.TensorInfo {
  const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attributes.begin, attributes.size);
  return cut(backend, x, begin, size);
}

function split(backend: WasmBackend, x: tf.TensorInfo, { numOrSizeSplits, axis }: tf.SplitVAttrs): tf.TensorInfo[] {
  const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
  let first = 0;
  return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map((length) => {
    const begin = x.shape.map((_, i) => (i === along ? first : 0));
    first += length;
    return cut(
      backend,
      x,
      begin,
      x.shape.map((side, i) => (i === along ? length : side)),
    );
  });
}

function concat(backend: WasmBackend, parts: readonly tf.TensorInfo[], axis: number): tf.TensorInfo {
  const shapes = parts.map(({ shape }) => shape);
  const y = backend.makeOutput(tf.backend_util.computeOutShape(shapes, axis), (parts[0] as tf.TensorInfo).dtype);
  const [values, whole] = [heapOf(backend, y), placeOf(backend, y)];
  let first = 0;
  for (const part of parts) {
    const begin = y.shape.map((_, i) => (i === axis ? first : 0));
    copyBox(values, { shape: y.shape, begin, size: part.shape }, whole, placeOf(backend, part), true);
    first += part.shape[axis] as number;
  }
  return y;
}

/** Of each of tfjs's modules; null where it can't be had. */
const productModules = new WeakMap<WasmModule, ProductModule | null>();

function productsOn(module: WasmModule): ProductModule | null {
  let products = productModules.get(module);
  if (products === undefined) {
    const memory = module.wasmMemory ?? module.asm?.memory;
    products = memory ? openProducts(memory) : null;
    productModules.set(module, products);
  }
  return products;
}

/** One matrix of a tensor of them: rows, columns, and how far apart they lie, values. */
function matrixOf({ shape }: tf.TensorInfo, isTurned: boolean) {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const count = product(shape.slice(0, -2));
  return isTurned
    ? { count, size: rows * columns, rows: columns, columns: rows, row: 1, column: columns }
    : { count, size: rows * columns, rows, columns, row: columns, column: 1 };
}

/** Each a·b. Nothing where tfjs's own goes by XNNPACK on all threads, or where the batches differ. */
function matrixProducts(
  backend: WasmBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
): tf.TensorInfo | undefined {
  const [left, right] = [matrixOf(a, transposeA), matrixOf(b, transposeB)];
  const isOne = left.count === 1 && right.count === 1;
  const isPaired = left.count === right.count || right.count === 1 || left.count === 1;
  const isEmpty = left.size * right.size * left.count * right.count === 0;
  if ((isOne && !transposeA && !transposeB) || !isPaired || isEmpty || left.columns !== right.rows) return undefined;
  const { wasm } = backend;
  const module = productsOn(wasm);
  if (!module) return undefined;
  const batches = left.count > right.count ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  const y = backend.makeOutput([...batches, left.rows, right.columns], 'float32');
  const [aAt, bAt, yAt] = [a, b, y].map((t) => 4 * placeOf(backend, t)) as [number, number, number];
  const [depth, panels] = [left.columns, Math.ceil(right.columns / panel)];
  const rest = right.columns % panel;
  const packed = wasm._malloc(4 * panel * (depth + (rest > 0 ? left.rows : 0)));
  /** Results of the last columns, where they fill no panel. */
  const beside = packed + 4 * panel * depth;
  for (let n = 0; n < Math.max(left.count, right.count); n++) {
    const first = aAt + 4 * left.size * (left.count === 1 ? 0 : n);
    const second = bAt + 4 * right.size * (right.count === 1 ? 0 : n);
    const result = yAt + 4 * left.rows * right.columns * n;
    for (let p = 0; p < panels; p++) {
      const isWhole = rest === 0 || p < panels - 1;
      const columns = isWhole ? panel : rest;
      module.pack(second + 4 * panel * p * right.column, 4 * right.row, 4 * right.column, columns, depth, packed);
      const to = result + 4 * panel * p;
      const [into, row] = isWhole ? [to, right.columns] : [beside, panel];
      module.multiplyPanel(first, 4 * left.row, 4 * left.column, packed, into, 4 * row, left.rows, depth);
      if (isWhole) continue;
      const values = new Int32Array(wasm.HEAPU8.buffer);
      for (let i = 0; i < left.rows; i++) {
        const [from, at] = [beside / 4 + i * panel, to / 4 + i * right.columns];
        values.copyWithin(at, from, from + rest);
      }
    }
  }
  wasm._free(packed);
  return y;
}

/** Puts a kernel before tfjs's; what it does not take (undefined) stays tfjs's. */
function replace(
  name: string,
  run: (
    backend: WasmBackend,
    inputs: Readonly<Record<string, tf.TensorInfo>>,
    attributes: tf.NamedAttrMap,
  ) => tf.TensorInfo | tf.TensorInfo[] | undefined,
): void {
  const stock = tf.getKernel(name, 'wasm');
  tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const own = run(call.backend as unknown as WasmBackend, call.inputs as never, (call.attrs ?? {}) as never);
      return own ?? stock.kernelFunc(call);
    },
  });
}

let replaced = false;

/** Puts them in tfjs's place; before the backend is used, once. Strings stay tfjs's. */
export function replaceWasmKernels(): void {
  if (replaced) return;
  replaced = true;
  const isText = ({ dtype }: tf.TensorInfo) => dtype === 'string';
  replace(tf.Slice, (backend, { x }, attributes) =>
    isText(x as tf.TensorInfo) ? undefined : slice(backend, x as tf.TensorInfo, attributes as unknown as tf.SliceAttrs),
  );
  replace(tf.SplitV, (backend, { x }, attributes) =>
    isText(x as tf.TensorInfo)
      ? undefined
      : split(backend, x as tf.TensorInfo, attributes as unknown as tf.SplitVAttrs),
  );
  replace(tf.Concat, (backend, inputs, { axis }) => {
    const parts = Object.values(inputs);
    const [first] = parts as [tf.TensorInfo];
    if (isText(first)) return undefined;
    return concat(backend, parts, tf.util.parseAxisParam(axis as number, first.shape)[0] as number);
  });
  replace(tf.BatchMatMul, (backend, { a, b }, attributes) =>
    matrixProducts(backend, a as tf.TensorInfo, b as tf.TensorInfo, attributes as unknown as tf.BatchMatMulAttrs),
  );
}
