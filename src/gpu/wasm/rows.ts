/**
 * Programs of our own on WebAssembly that take a row of values at a time: LayerNorm, its gradients, sums of columns. Rows are whole fours of values. Arguments are addresses, and counts of rows and fours; floats come as their bits.
 */
import {
  add,
  type Code,
  constant,
  floats,
  fours,
  get,
  less,
  load,
  loadSplat,
  next,
  set,
  shuffle,
  splatBits,
  store,
  storeFirst,
  type WasmFunction,
  whilst,
  zeros,
} from './assembly.ts';

/** The sum, or the greatest, of a vector's values in each of its places. */
export const acrossAll = (vector: number, join: (a: Code, b: Code) => Code): Code => [
  ...set(vector, join(get(vector), shuffle(get(vector), get(vector), [2, 3, 0, 1]))),
  ...set(vector, join(get(vector), shuffle(get(vector), get(vector), [1, 0, 3, 2]))),
];

/** Walks along rows whose place is counted from their first value. */
const alongRow = (place: number, left: number, count: number, ...body: readonly Code[]): Code => [
  ...set(place, constant(0)),
  ...set(left, get(count)),
  ...whilst(get(left), ...body, next(place, 16), less(left)),
];

/**
 * LayerNorm of each row: biased variance, then scale γ and shift β. `share` is 1 ÷ the row's length. Keeps each row's mean and
 * 1/σ in `stats`.
 */
const layerNorm: WasmFunction = (() => {
  const [x, y, gamma, beta, stats, rows, count, eps, share] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const [place, left] = [9, 10] as const;
  const [mean, inverse, value] = [11, 12, 13] as const;
  const along = (...body: readonly Code[]) => alongRow(place, left, count, ...body);
  const at = (local: number) => add(get(local), get(place));
  const variance = fours.add(fours.multiply(get(inverse), splatBits(get(share))), splatBits(get(eps)));
  return {
    parameters: 9,
    integers: 2,
    vectors: 3,
    body: [
      whilst(
        get(rows),
        set(mean, zeros),
        set(inverse, zeros),
        along(set(mean, fours.add(get(mean), load(at(x))))),
        acrossAll(mean, fours.add),
        set(mean, fours.multiply(get(mean), splatBits(get(share)))),
        along(
          set(value, fours.subtract(load(at(x)), get(mean))),
          set(inverse, fours.add(get(inverse), fours.multiply(get(value), get(value)))),
        ),
        acrossAll(inverse, fours.add),
        set(inverse, fours.divide(floats(1), fours.root(variance))),
        along(
          set(value, fours.multiply(fours.subtract(load(at(x)), get(mean)), get(inverse))),
          store(at(y), fours.add(fours.multiply(get(value), load(at(gamma))), load(at(beta)))),
        ),
        storeFirst(get(stats), get(mean)),
        storeFirst(get(stats), get(inverse), 4),
        set(x, add(get(x), get(place))),
        set(y, add(get(y), get(place))),
        next(stats, 8),
        less(rows),
      ),
    ],
  };
})();

/** dL/dx of LayerNorm, by the `stats` of its forward pass. */
const layerNormGradient: WasmFunction = (() => {
  const [dy, x, gamma, stats, dx, rows, count, share] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [place, left] = [8, 9] as const;
  const [mean, inverse, plain, slanted, slope, normal] = [10, 11, 12, 13, 14, 15] as const;
  const at = (local: number) => add(get(local), get(place));
  const along = (...body: readonly Code[]) =>
    alongRow(
      place,
      left,
      count,
      set(slope, fours.multiply(load(at(dy)), load(at(gamma)))),
      set(normal, fours.multiply(fours.subtract(load(at(x)), get(mean)), get(inverse))),
      ...body,
    );
  const shared = (sum: number) => [
    ...acrossAll(sum, fours.add),
    ...set(sum, fours.multiply(get(sum), splatBits(get(share)))),
  ];
  const centred = fours.subtract(fours.subtract(get(slope), get(plain)), fours.multiply(get(normal), get(slanted)));
  return {
    parameters: 8,
    integers: 2,
    vectors: 6,
    body: [
      whilst(
        get(rows),
        set(mean, loadSplat(get(stats))),
        set(inverse, loadSplat(add(get(stats), constant(4)))),
        set(plain, zeros),
        set(slanted, zeros),
        along(
          set(plain, fours.add(get(plain), get(slope))),
          set(slanted, fours.add(get(slanted), fours.multiply(get(slope), get(normal)))),
        ),
        shared(plain),
        shared(slanted),
        along(store(at(dx), fours.multiply(get(inverse), centred))),
        ...[dy, x, dx].map((local) => set(local, at(local))),
        next(stats, 8),
        less(rows),
      ),
    ],
  };
})();

/** dL/dγ of LayerNorm, added to what is there. */
const layerNormScale: WasmFunction = (() => {
  const [dy, x, stats, dGamma, rows, count] = [0, 1, 2, 3, 4, 5] as const;
  const [place, left] = [6, 7] as const;
  const [mean, inverse, normal] = [8, 9, 10] as const;
  const at = (local: number) => add(get(local), get(place));
  return {
    parameters: 6,
    integers: 2,
    vectors: 3,
    body: [
      whilst(
        get(rows),
        set(mean, loadSplat(get(stats))),
        set(inverse, loadSplat(add(get(stats), constant(4)))),
        alongRow(
          place,
          left,
          count,
          set(normal, fours.multiply(fours.subtract(load(at(x)), get(mean)), get(inverse))),
          store(at(dGamma), fours.add(load(at(dGamma)), fours.multiply(load(at(dy)), get(normal)))),
        ),
        ...[dy, x].map((local) => set(local, at(local))),
        next(stats, 8),
        less(rows),
      ),
    ],
  };
})();

/** Sums of columns, of all rows. */
const sumRows: WasmFunction = (() => {
  const [x, y, rows, count, row] = [0, 1, 2, 3, 4] as const;
  const [place, left] = [5, 6] as const;
  const sum = 7;
  return {
    parameters: 5,
    integers: 2,
    vectors: 1,
    body: [
      whilst(
        get(count),
        set(sum, zeros),
        set(place, get(x)),
        set(left, get(rows)),
        whilst(
          get(left),
          set(sum, fours.add(get(sum), load(get(place)))),
          set(place, add(get(place), get(row))),
          less(left),
        ),
        store(get(y), get(sum)),
        next(x, 16),
        next(y, 16),
        less(count),
      ),
    ],
  };
})();

export interface RowPrograms {
  layerNorm(
    x: number,
    y: number,
    gamma: number,
    beta: number,
    stats: number,
    rows: number,
    fours: number,
    epsBits: number,
    shareBits: number,
  ): void;
  layerNormGradient(
    dy: number,
    x: number,
    gamma: number,
    stats: number,
    dx: number,
    rows: number,
    fours: number,
    shareBits: number,
  ): void;
  layerNormScale(dy: number, x: number, stats: number, dGamma: number, rows: number, fours: number): void;
  /** @param row bytes from one to the next */
  sumRows(x: number, y: number, rows: number, fours: number, row: number): void;
}

/** A float as its bits. */
export const bitsOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0] as number;

export const rowPrograms = {
  layerNorm,
  layerNormGradient,
  layerNormScale,
  sumRows,
} as const;
