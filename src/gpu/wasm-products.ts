/**
 * Products of many small matrices on WebAssembly, as attention has them: tfjs multiplies those value by value. Eight columns
 * of the right matrix at a time are packed; four rows of the left one run along them with the results in registers.
 */
import {
  add,
  addFours,
  assemble,
  type Code,
  constant,
  get,
  isBelow,
  load,
  load32,
  loadSplat,
  multiply,
  multiplyFours,
  set,
  store,
  store32,
  subtract,
  type WasmFunction,
  whilst,
  zeros,
} from './wasm-assembly.ts';

/** Columns that are packed side by side. */
export const panel = 8;
const panelBytes = 4 * panel;

/** Columns of a matrix side by side, row after row; those beyond its last one are 0. */
const pack: WasmFunction = (() => {
  const [from, row, column, columns, depth, to] = [0, 1, 2, 3, 4, 5].map(get) as [Code, Code, Code, Code, Code, Code];
  const [at, i] = [6, 7];
  return {
    parameters: 6,
    integers: 2,
    vectors: 0,
    body: [
      whilst(
        depth,
        set(at, from),
        store(to, zeros),
        store(to, zeros, 16),
        set(i, constant(0)),
        whilst(
          isBelow(get(i), columns),
          store32(add(to, multiply(get(i), constant(4))), load32(get(at))),
          set(at, add(get(at), column)),
          set(i, add(get(i), constant(1))),
        ),
        set(0, add(from, row)),
        set(5, add(to, constant(panelBytes))),
        set(4, subtract(depth, constant(1))),
      ),
    ],
  };
})();

/** Rows of the left matrix times a panel. Strides are bytes: between rows, and along the sum. */
const multiplyPanel: WasmFunction = (() => {
  const [a, rowStride, step, b, c, resultStride, rows, depth] = [0, 1, 2, 3, 4, 5, 6, 7].map(get) as Code[] as [
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
    Code,
  ];
  const [place, left] = [8, 9];
  const pointers = [10, 11, 12, 13];
  const [b0, b1, value, sums] = [14, 15, 16, 17];
  const block = (count: number): Code => {
    const each = (text: (row: number) => Code) => pointers.slice(0, count).flatMap((_, row) => text(row));
    const sum = (row: number, half: number) => sums + 2 * row + half;
    const grow = (row: number, half: number, by: number) =>
      set(sum(row, half), addFours(get(sum(row, half)), multiplyFours(get(value), get(by))));
    const times = multiply(rowStride, constant(count));
    return whilst(
      isBelow(constant(count - 1), rows),
      each((row) => [
        ...set(pointers[row] as number, row === 0 ? a : add(get(pointers[row - 1] as number), rowStride)),
        ...set(sum(row, 0), zeros),
        ...set(sum(row, 1), zeros),
      ]),
      set(place, b),
      set(left, depth),
      whilst(
        get(left),
        set(b0, load(get(place))),
        set(b1, load(get(place), 16)),
        each((row) => {
          const pointer = pointers[row] as number;
          return [
            ...set(value, loadSplat(get(pointer))),
            ...grow(row, 0, b0),
            ...grow(row, 1, b1),
            ...set(pointer, add(get(pointer), step)),
          ];
        }),
        set(place, add(get(place), constant(panelBytes))),
        set(left, subtract(get(left), constant(1))),
      ),
      set(place, c),
      each((row) => [
        ...store(get(place), get(sum(row, 0))),
        ...store(get(place), get(sum(row, 1)), 16),
        ...set(place, add(get(place), resultStride)),
      ]),
      set(0, add(a, times)),
      set(4, get(place)),
      set(6, subtract(rows, constant(count))),
    );
  };
  return { parameters: 8, integers: 6, vectors: 3 + 2 * pointers.length, body: [block(pointers.length), block(1)] };
})();

/** All arguments are addresses, byte strides and counts. */
export interface ProductModule {
  pack(from: number, row: number, column: number, columns: number, depth: number, to: number): void;
  multiplyPanel(
    a: number,
    row: number,
    step: number,
    panel: number,
    c: number,
    resultRow: number,
    rows: number,
    depth: number,
  ): void;
}

/** On tfjs's memory. null: this machine has no SIMD */
export function openProducts(memory: WebAssembly.Memory): ProductModule | null {
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const bytes = assemble({ pack, multiplyPanel }, isShared);
  if (!WebAssembly.validate(bytes)) return null;
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { on: { memory } })
    .exports as unknown as ProductModule;
}
