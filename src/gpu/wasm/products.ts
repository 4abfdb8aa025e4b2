/**
 * Products of matrices on WebAssembly where tfjs's are slow: of several, as attention has them, and of turned ones, which it
 * multiplies value by value; the filter's gradient of a convolution, which it has not; and sums along columns, for which it
 * turns the matrix first.
 */
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, product, threadsOn, type WasmBackend, withMemory } from './copies.ts';
import { panel } from './panels.ts';
import type { Programs } from './programs.ts';
import { onThreads } from './threads.ts';

/** One matrix of a tensor of them: rows, columns, and how far apart they lie, bytes. */
function matrixOf({ shape }: tf.TensorInfo, isTurned: boolean) {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [count, bytes] = [product(shape.slice(0, -2)), 4 * rows * columns];
  return isTurned
    ? { count, bytes, rows: columns, columns: rows, row: 4, column: 4 * columns }
    : { count, bytes, rows, columns, row: 4 * columns, column: 4 };
}

/** The right matrices of products. */
interface Right {
  readonly rows: number;
  readonly columns: number;
  /** Bytes from one to the next. */
  readonly row: number;
  readonly column: number;
}

/** Where a right matrix is, and from what byte of the result on the product with it, whose rows are as long. */
interface Places {
  readonly at: number;
  readonly into: number;
}

/**
 * Multiplies by matrices, a packed panel of their columns at a time, panels side by side on all threads.
 * @param shape of all products
 * @param rows of each product
 * @param run writes the products of all rows of the left matrix with the panel to `to` and on, rows `row` bytes apart
 */
function byPanels(
  backend: WasmBackend,
  shape: number[],
  right: Right,
  rows: number,
  places: readonly Places[],
  run: (programs: Programs, matrix: number, packed: number, to: number, row: number) => void,
): tf.TensorInfo {
  const threads = threadsOn(backend);
  const [panels, rest] = [Math.ceil(right.columns / panel), right.columns % panel];
  const bytes = 4 * panel * (right.rows + (rest > 0 ? rows : 0));
  const row = 4 * right.columns;
  return withMemory(backend, threads.shares * bytes, (memory) => {
    const y = backend.makeOutput(shape, 'float32');
    const start = addressOf(backend, y);
    threads.run(places.length * panels, (programs, item, share) => {
      const [matrix, first] = [Math.floor(item / panels), (item % panels) * panel];
      const { at, into } = places[matrix] as Places;
      const columns = Math.min(panel, right.columns - first);
      const [packed, to] = [memory + share * bytes, start + into + 4 * first];
      programs.pack(at + first * right.column, right.row, right.column, columns, right.rows, packed);
      if (columns === panel) {
        run(programs, matrix, packed, to, row);
        return;
      }
      /** Results of the last columns, which fill no panel. */
      const beside = packed + 4 * panel * right.rows;
      run(programs, matrix, packed, beside, 4 * panel);
      programs.copyRows(beside, 4 * panel, to, row, rows, columns);
    });
    return y;
  });
}

/** Each a·b. Nothing where tfjs's own goes by XNNPACK on all threads, or where both are of several and they don't go in pairs. */
export function matrixProducts(
  backend: WasmBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: tf.BatchMatMulAttrs,
): tf.TensorInfo | undefined {
  const [left, right] = [matrixOf(a, transposeA), matrixOf(b, transposeB)];
  const isPlain = left.count === 1 && right.count === 1 && !transposeA && !transposeB;
  const batches = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const count = product(batches);
  const isPaired = [left, right].every((each) => each.count === count || each.count === 1);
  const isEmpty = left.bytes * right.bytes * left.count * right.count === 0;
  if (isPlain || !isPaired || isEmpty || left.columns !== right.rows) return undefined;
  const [from, at] = [a, b].map((t) => addressOf(backend, t)) as [number, number];
  const [leftBytes, rightBytes] = [left, right].map(({ count, bytes }) => (count === 1 ? 0 : bytes)) as [
    number,
    number,
  ];
  const places = Array.from({ length: count }, (_, n) => ({
    at: at + n * rightBytes,
    into: 4 * n * left.rows * right.columns,
  }));
  const shape = [...batches, left.rows, right.columns];
  return byPanels(backend, shape, right, left.rows, places, (programs, n, packed, to, row) => {
    const first = from + n * leftBytes;
    programs.multiplyPanel(first, left.row, left.column, 0, 0, packed, to, row, left.rows, left.columns, 1, 1);
  });
}

/** Places of dy that are multiplied before the next, for their panel to stay in a core's fastest cache, 16 kB. */
const bandPlaces = 512;
/** Calls of an item, far less than it may have. */
const mostProducts = 1024;

interface Band {
  readonly image: number;
  readonly line: number;
  readonly images: number;
  readonly lines: number;
}

/** Cuts a map into parts of lines, or into whole images where those are small. @param taps products of each part */
function bandsOf(images: number, lines: number, places: number, taps: number, wanted = bandPlaces): Band[] {
  const together = Math.max(1, Math.floor(wanted / (lines * places)));
  const each = Math.min(lines, Math.max(1, Math.floor(wanted / places)));
  const bands: Band[] = [];
  for (let image = 0; image < images; image += together) {
    for (let line = 0; line < lines; line += each) {
      bands.push({ image, line, images: Math.min(together, images - image), lines: Math.min(each, lines - line) });
    }
  }
  const isFew = bands.length * taps <= mostProducts || bands.length === 1;
  return isFew ? bands : bandsOf(images, lines, places, taps, 2 * wanted);
}

/**
 * dL/dW of a convolution: of each tap the product of the values that it met, turned, with dy.
 * @param x [B, H, W, Cin], its zeros around it; dy [B, h, w, Cout]; size [k, k, Cin, Cout]
 */
export function filterGradient(
  backend: WasmBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  size: readonly [number, number, number, number],
  stride: number,
): tf.TensorInfo {
  const [kernelHeight, kernelWidth, inputs, outputs] = size;
  const [, tall, wide] = x.shape as [number, number, number, number];
  const [images, lines, places] = dy.shape as [number, number, number, number];
  const [from, at] = [x, dy].map((t) => addressOf(backend, t)) as [number, number];
  const pixel = 4 * inputs;
  const step = stride * pixel;
  // From image to image all of its lines are done: a band of several has whole ones.
  const jumps = [stride * wide * pixel - places * step, (tall - stride * lines) * wide * pixel] as const;
  const right = { rows: images * lines * places, columns: outputs, row: 4 * outputs, column: 4 };
  const taps = kernelHeight * kernelWidth;
  const bands = bandsOf(images, lines, places, taps);
  return byPanels(backend, [...size], right, taps * inputs, [{ at, into: 0 }], (programs, _, packed, to, row) => {
    for (const [n, band] of bands.entries()) {
      const multiply = n === 0 ? programs.multiplyPanel : programs.multiplyPanelMore;
      const corner = from + (band.image * tall + stride * band.line) * wide * pixel;
      const part = packed + 4 * panel * (band.image * lines + band.line) * places;
      for (let tap = 0; tap < taps; tap++) {
        const first = corner + (Math.floor(tap / kernelWidth) * wide + (tap % kernelWidth)) * pixel;
        const target = to + tap * inputs * row;
        multiply(first, 4, step, ...jumps, part, target, row, inputs, places, band.lines, band.images);
      }
    }
  });
}

/** Over the first axes. Nothing for others, which tfjs does well. */
export function sum(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { axis, keepDims }: tf.SumAttrs,
): tf.TensorInfo | undefined {
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const isFirst = axes.length < x.shape.length && axes.every((at, i) => at === i);
  const kept = x.shape.slice(axes.length);
  const [rows, columns] = [product(x.shape) / product(kept), product(kept)];
  if (x.dtype !== 'float32' || !isFirst || columns % 4 !== 0 || rows * columns === 0) return undefined;
  const y = backend.makeOutput([...(keepDims ? axes.map(() => 1) : []), ...kept], 'float32');
  sumColumns(backend, addressOf(backend, x), addressOf(backend, y), rows, columns);
  return y;
}

/** Each column's sum over all rows. @param columns whole fours */
export function sumColumns(backend: WasmBackend, from: number, to: number, rows: number, columns: number): void {
  onThreads(threadsOn(backend), columns / 4, (programs, first, length) =>
    programs.sumRows(from + 16 * first, to + 16 * first, rows, length, 4 * columns),
  );
}
