/**
 * Programs of our own on WebAssembly, of a thread each; the kernels beside this file call them. All of their arguments are addresses,
 * strides in bytes, and counts.
 * A matrix is turned in blocks of 4 × 4.
 */
import {
  add,
  assemble,
  type Code,
  constant,
  get,
  isBelow,
  less,
  load,
  load32,
  multiply,
  next,
  set,
  shuffle,
  store,
  store32,
  subtract,
  type WasmFunction,
  whilst,
} from './assembly.ts';
import { type ExponentialPrograms, exponentialPrograms } from './exponentials.ts';
import { type PanelPrograms, panelPrograms } from './panels.ts';
import { type RowPrograms, rowPrograms } from './rows.ts';
import { oneThread, severalThreads, type Threads, wasmThreads, withShares } from './threads.ts';

/** Blocks of 4 × 4 of a matrix, turned: along the rows first, so that few lines are written to at a time. */
const turn: WasmFunction = (() => {
  const [from, row, to, resultRow] = [0, 1, 2, 3].map(get) as [Code, Code, Code, Code];
  const [rowBlocks, columnBlocks] = [4, 5];
  const [left, place, target] = [6, 7, 8];
  const [rows, halves] = [
    [9, 10, 11, 12],
    [13, 14, 15, 16],
  ] as const;
  const both = (a: number, b: number, places: readonly [number, number, number, number]) =>
    shuffle(get(a), get(b), places);
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ] as const;
  const results = [
    both(halves[0], halves[2], [0, 1, 4, 5]),
    both(halves[0], halves[2], [2, 3, 6, 7]),
    both(halves[1], halves[3], [0, 1, 4, 5]),
    both(halves[1], halves[3], [2, 3, 6, 7]),
  ];
  return {
    parameters: 6,
    integers: 3,
    vectors: 8,
    body: [
      whilst(
        get(columnBlocks),
        set(left, get(rowBlocks)),
        set(place, from),
        set(target, to),
        whilst(
          get(left),
          ...rows.map((vector) => [...set(vector, load(get(place))), ...next(place, row)]),
          set(halves[0], both(rows[0], rows[1], low)),
          set(halves[1], both(rows[0], rows[1], high)),
          set(halves[2], both(rows[2], rows[3], low)),
          set(halves[3], both(rows[2], rows[3], high)),
          ...results.map((value, i) => store(add(get(target), multiply(resultRow, constant(i))), value)),
          next(target, constant(16)),
          set(left, subtract(get(left), constant(1))),
        ),
        set(0, add(from, constant(16))),
        set(2, add(to, multiply(resultRow, constant(4)))),
        set(columnBlocks, subtract(get(columnBlocks), constant(1))),
      ),
    ],
  };
})();

/** Rows of values that lie side by side. */
const copyRows: WasmFunction = (() => {
  const [from, row, to, resultRow, rows, words] = [0, 1, 2, 3, 4, 5] as const;
  const [at, into, left] = [6, 7, 8] as const;
  const both = (bytes: number) => [...next(at, constant(bytes)), ...next(into, constant(bytes))];
  return {
    parameters: 6,
    integers: 3,
    vectors: 0,
    body: [
      whilst(
        get(rows),
        set(at, get(from)),
        set(into, get(to)),
        set(left, get(words)),
        whilst(isBelow(constant(3), get(left)), store(get(into), load(get(at))), both(16), less(left, 4)),
        whilst(get(left), store32(get(into), load32(get(at))), both(4), less(left, 1)),
        next(from, get(row)),
        next(to, get(resultRow)),
        less(rows, 1),
      ),
    ],
  };
})();

/** Rows of single values. */
const copyApart: WasmFunction = (() => {
  const [from, row, step, to, resultRow, resultStep, rows, count] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [at, into, left] = [8, 9, 10] as const;
  return {
    parameters: 8,
    integers: 3,
    vectors: 0,
    body: [
      whilst(
        get(rows),
        set(at, get(from)),
        set(into, get(to)),
        set(left, get(count)),
        whilst(
          get(left),
          store32(get(into), load32(get(at))),
          next(at, get(step)),
          next(into, get(resultStep)),
          less(left, 1),
        ),
        next(from, get(row)),
        next(to, get(resultRow)),
        less(rows, 1),
      ),
    ],
  };
})();

export interface Programs extends PanelPrograms, RowPrograms, ExponentialPrograms {
  turn(from: number, row: number, to: number, resultRow: number, rowBlocks: number, columnBlocks: number): void;
  copyRows(from: number, row: number, to: number, resultRow: number, rows: number, words: number): void;
  copyApart(
    from: number,
    row: number,
    step: number,
    to: number,
    resultRow: number,
    resultStep: number,
    rows: number,
    count: number,
  ): void;
}

const all = {
  ...panelPrograms,
  turn,
  copyRows,
  copyApart,
  ...rowPrograms,
  ...exponentialPrograms,
};

/** Whether this machine has SIMD, which they need. */
export const hasPrograms = (): boolean => WebAssembly.validate(assemble(all, false));

/** On tfjs's memory, and on as many threads as may share it. @param allocate bytes of that memory; it is called once at most */
export function openPrograms(memory: WebAssembly.Memory, allocate: (bytes: number) => number): Threads<Programs> {
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const module = new WebAssembly.Module(assemble(isShared ? withShares(all) : all, isShared));
  const programs = new WebAssembly.Instance(module, { on: { memory } }).exports as unknown as Programs;
  const others = isShared ? wasmThreads() - 1 : 0;
  return others > 0
    ? severalThreads({ programs, names: Object.keys(all) as (keyof Programs)[], module, memory, allocate, others })
    : oneThread(programs);
}
