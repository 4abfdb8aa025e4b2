/**
 * Programs of our own on WebAssembly, of a thread each; the kernels beside this file call them. All of their arguments are addresses,
 * strides in bytes, and counts.
 *
 * A product of small matrices packs eight columns of the right one at a time; four rows of the left one run along them with
 * the results in registers. A matrix is turned in blocks of 4 × 4.
 */
import {
  add,
  assemble,
  type Code,
  constant,
  fours,
  get,
  isBelow,
  load,
  load32,
  loadSplat,
  multiply,
  set,
  shuffle,
  store,
  store32,
  subtract,
  type WasmFunction,
  whilst,
  zeros,
} from './assembly.ts';
import { type ExponentialPrograms, exponentialPrograms } from './exponentials.ts';
import { type RowPrograms, rowPrograms } from './rows.ts';
import { oneThread, severalThreads, type Threads, wasmThreads, withShares } from './threads.ts';

/** Columns that are packed side by side. */
export const panel = 8;
const panelBytes = 4 * panel;

const next = (local: number, by: Code) => set(local, add(get(local), by));
const less = (local: number, by: number) => set(local, subtract(get(local), constant(by)));

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

/**
 * Rows of the left matrix times a panel. The sum goes along the places of lines of images, whose values in the left matrix are
 * a step apart, and a jump more from line to line and from image to image; those of the panel follow each other.
 * @param begin with 0; with a row, whose address is the last parameter; or with what the result is
 */
function panelProduct(begin: 'zeros' | 'row' | 'result'): WasmFunction {
  const parameters = begin === 'row' ? 13 : 12;
  const [a, rowStride, step, lineJump, imageJump, b, c, resultStride, rows, places, lines, images, start] = [
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  ] as const;
  const [place, left, linesLeft, imagesLeft] = [0, 1, 2, 3].map((i) => parameters + i) as [
    number,
    number,
    number,
    number,
  ];
  const pointers = [4, 5, 6, 7].map((i) => parameters + i);
  const [b0, b1, value, sums] = [8, 9, 10, 11].map((i) => parameters + i) as [number, number, number, number];
  const first = (row: number, half: number): Code => {
    if (begin === 'zeros') return zeros;
    return load(begin === 'row' ? get(start) : add(get(c), multiply(get(resultStride), constant(row))), 16 * half);
  };
  const block = (count: number): Code => {
    const own = pointers.slice(0, count);
    const each = (text: (pointer: number, row: number) => Code) => own.flatMap(text);
    const sum = (row: number, half: number) => sums + 2 * row + half;
    const grow = (row: number, half: number, by: number) =>
      set(sum(row, half), fours.add(get(sum(row, half)), fours.multiply(get(value), get(by))));
    const along = whilst(
      get(left),
      set(b0, load(get(place))),
      set(b1, load(get(place), 16)),
      each((pointer, row) => [
        ...set(value, loadSplat(get(pointer))),
        ...grow(row, 0, b0),
        ...grow(row, 1, b1),
        ...next(pointer, get(step)),
      ]),
      next(place, constant(panelBytes)),
      less(left, 1),
    );
    return whilst(
      isBelow(constant(count - 1), get(rows)),
      each((pointer, row) => [
        ...set(pointer, row === 0 ? get(a) : add(get(pointer - 1), get(rowStride))),
        ...set(sum(row, 0), first(row, 0)),
        ...set(sum(row, 1), first(row, 1)),
      ]),
      set(place, get(b)),
      set(imagesLeft, get(images)),
      whilst(
        get(imagesLeft),
        set(linesLeft, get(lines)),
        whilst(
          get(linesLeft),
          set(left, get(places)),
          along,
          each((pointer) => next(pointer, get(lineJump))),
          less(linesLeft, 1),
        ),
        each((pointer) => next(pointer, get(imageJump))),
        less(imagesLeft, 1),
      ),
      each((_, row) => [
        ...store(get(c), get(sum(row, 0))),
        ...store(get(c), get(sum(row, 1)), 16),
        ...next(c, get(resultStride)),
      ]),
      next(a, multiply(get(rowStride), constant(count))),
      less(rows, count),
    );
  };
  return { parameters, integers: 8, vectors: 3 + 2 * pointers.length, body: [block(pointers.length), block(1)] };
}

const multiplyPanel = panelProduct('zeros');
const multiplyPanelOnto = panelProduct('row');
const multiplyPanelMore = panelProduct('result');

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

export interface Programs extends RowPrograms, ExponentialPrograms {
  pack(from: number, row: number, column: number, columns: number, depth: number, to: number): void;
  multiplyPanel(
    a: number,
    row: number,
    step: number,
    lineJump: number,
    imageJump: number,
    panel: number,
    c: number,
    resultRow: number,
    rows: number,
    places: number,
    lines: number,
    images: number,
  ): void;
  /** The same, onto a row at `start`. */
  multiplyPanelOnto(...given: [...product: Parameters<Programs['multiplyPanel']>, start: number]): void;
  /** The same, onto the result so far. */
  multiplyPanelMore(...given: Parameters<Programs['multiplyPanel']>): void;
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
  pack,
  multiplyPanel,
  multiplyPanelOnto,
  multiplyPanelMore,
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
