/**
 * Products of matrices on WebAssembly, of a thread each: eight columns of the right one are packed side by side, and four rows of the
 * left one run along them with the results in registers.
 */
import {
  add,
  type Code,
  constant,
  fours,
  get,
  isBelow,
  less,
  load,
  load32,
  loadSplat,
  multiply,
  next,
  set,
  store,
  store32,
  subtract,
  type WasmFunction,
  whilst,
  zeros,
} from './assembly.ts';

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

export const panelPrograms = { pack, multiplyPanel, multiplyPanelOnto, multiplyPanelMore };

export interface PanelPrograms {
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
  multiplyPanelOnto(...given: [...product: Parameters<PanelPrograms['multiplyPanel']>, start: number]): void;
  /** The same, onto the result so far. */
  multiplyPanelMore(...given: Parameters<PanelPrograms['multiplyPanel']>): void;
}
