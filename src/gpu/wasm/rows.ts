/**
 * Programs of our own on WebAssembly that take a row of values at a time, or a value: softmax, LayerNorm, GELU, sums of
 * columns. Rows are whole fours of values. Arguments are addresses, and counts of rows and fours; floats come as their bits.
 */
import {
  add,
  type Code,
  constant,
  floats,
  fours,
  get,
  load,
  multiply,
  set,
  shuffle,
  splatBits,
  store,
  subtract,
  type WasmFunction,
  whilst,
  zeros,
} from './assembly.ts';

const next = (local: number, bytes: number) => set(local, add(get(local), constant(bytes)));
const less = (local: number) => set(local, subtract(get(local), constant(1)));

/** The sum, or the greatest, of a vector's values in each of its places. */
const acrossAll = (vector: number, join: (a: Code, b: Code) => Code): Code => [
  ...set(vector, join(get(vector), shuffle(get(vector), get(vector), [2, 3, 0, 1]))),
  ...set(vector, join(get(vector), shuffle(get(vector), get(vector), [1, 0, 3, 2]))),
];

/** Coefficients of a polynomial, the highest power's first. */
const polynomial = (x: Code, coefficients: readonly number[]): Code =>
  coefficients
    .slice(1)
    .reduce<Code>(
      (sum, coefficient) => fours.add(fours.multiply(sum, x), floats(coefficient)),
      floats(coefficients[0] as number),
    );

/**
 * exp to 2 ulp, of a local in place: powers of two times a polynomial on ±½·ln 2, as Cephes's expf has it; what is below −87 counts
 * as that.
 * @param power a local of no other use
 */
const exponential = (x: number, power: number): Code => [
  ...set(x, fours.least(fours.greatest(get(x), floats(-87)), floats(88))),
  ...set(power, fours.nearest(fours.multiply(get(x), floats(Math.LOG2E)))),
  // ln 2 in two parts, of which the first has few digits: its product is exact.
  ...set(x, fours.subtract(get(x), fours.multiply(get(power), floats(0.693359375)))),
  ...set(x, fours.add(get(x), fours.multiply(get(power), floats(2.1219444e-4)))),
  ...set(
    x,
    fours.multiply(
      fours.powerOfTwo(get(power)),
      fours.add(
        fours.add(get(x), floats(1)),
        fours.multiply(
          fours.multiply(get(x), get(x)),
          polynomial(
            get(x),
            [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
          ),
        ),
      ),
    ),
  ),
];

/** softmax(scale·x + bias) of each row, in place; as many rows of a bias follow each other. */
const softmax: WasmFunction = (() => {
  const [x, bias, scale, rows, count] = [0, 1, 2, 3, 4] as const;
  const [place, left] = [5, 6] as const;
  const [value, power, most, sum] = [7, 8, 9, 10] as const;
  const along = (...body: readonly Code[]) => [
    ...set(place, get(x)),
    ...set(left, get(count)),
    ...whilst(get(left), ...body, next(place, 16), less(left)),
  ];
  return {
    parameters: 5,
    integers: 2,
    vectors: 4,
    body: [
      whilst(
        get(rows),
        set(most, floats(-3e38)),
        set(sum, zeros),
        along(
          set(value, fours.add(fours.multiply(load(get(place)), splatBits(get(scale))), load(get(bias)))),
          store(get(place), get(value)),
          set(most, fours.greatest(get(most), get(value))),
          next(bias, 16),
        ),
        acrossAll(most, fours.greatest),
        along(
          set(value, fours.subtract(load(get(place)), get(most))),
          exponential(value, power),
          store(get(place), get(value)),
          set(sum, fours.add(get(sum), get(value))),
        ),
        acrossAll(sum, fours.add),
        set(sum, fours.divide(floats(1), get(sum))),
        along(store(get(place), fours.multiply(load(get(place)), get(sum)))),
        set(x, get(place)),
        less(rows),
      ),
    ],
  };
})();

/** LayerNorm of each row: biased variance, then scale γ and shift β. `share` is 1 ÷ the row's length. */
const layerNorm: WasmFunction = (() => {
  const [x, y, gamma, beta, rows, count, eps, share] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [place, left] = [8, 9] as const;
  const [mean, squares, value] = [10, 11, 12] as const;
  const along = (...body: readonly Code[]) => [
    ...set(place, constant(0)),
    ...set(left, get(count)),
    ...whilst(get(left), ...body, next(place, 16), less(left)),
  ];
  const at = (local: number) => add(get(local), get(place));
  return {
    parameters: 8,
    integers: 2,
    vectors: 3,
    body: [
      whilst(
        get(rows),
        set(mean, zeros),
        set(squares, zeros),
        along(set(mean, fours.add(get(mean), load(at(x))))),
        acrossAll(mean, fours.add),
        set(mean, fours.multiply(get(mean), splatBits(get(share)))),
        along(
          set(value, fours.subtract(load(at(x)), get(mean))),
          set(squares, fours.add(get(squares), fours.multiply(get(value), get(value)))),
        ),
        acrossAll(squares, fours.add),
        set(squares, fours.root(fours.add(fours.multiply(get(squares), splatBits(get(share))), splatBits(get(eps))))),
        along(
          set(value, fours.divide(fours.subtract(load(at(x)), get(mean)), get(squares))),
          store(at(y), fours.add(fours.multiply(get(value), load(at(gamma))), load(at(beta)))),
        ),
        set(x, add(get(x), get(place))),
        set(y, add(get(y), get(place))),
        less(rows),
      ),
    ],
  };
})();

/** ½x(1 + erf(x/√2)), erf by Abramowitz and Stegun 7.1.26, as tfjs's. */
const gelu: WasmFunction = (() => {
  const [x, y, count] = [0, 1, 2] as const;
  const [value, size, series, power, t] = [3, 4, 5, 6, 7] as const;
  return {
    parameters: 3,
    integers: 0,
    vectors: 5,
    body: [
      whilst(
        get(count),
        set(value, load(get(x))),
        set(size, fours.absolute(get(value))),
        set(series, fours.multiply(get(size), floats(Math.SQRT1_2))),
        set(t, fours.divide(floats(1), fours.add(floats(1), fours.multiply(get(series), floats(0.3275911))))),
        set(series, fours.multiply(fours.multiply(get(series), get(series)), floats(-1))),
        exponential(series, power),
        set(
          t,
          fours.multiply(
            get(t),
            polynomial(get(t), [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]),
          ),
        ),
        set(series, fours.subtract(floats(1), fours.multiply(get(series), get(t)))),
        // x·erf(x) is |x|·erf(|x|).
        store(get(y), fours.multiply(floats(0.5), fours.add(get(value), fours.multiply(get(size), get(series))))),
        next(x, 16),
        next(y, 16),
        less(count),
      ),
    ],
  };
})();

/** Sums of columns, of all rows. */
const sumRows: WasmFunction = (() => {
  const [x, y, rows, count] = [0, 1, 2, 3] as const;
  const [place, left, columns] = [4, 5, 6] as const;
  const sum = 7;
  return {
    parameters: 4,
    integers: 3,
    vectors: 1,
    body: [
      set(columns, get(count)),
      whilst(
        get(columns),
        set(sum, zeros),
        set(place, get(x)),
        set(left, get(rows)),
        whilst(
          get(left),
          set(sum, fours.add(get(sum), load(get(place)))),
          set(place, add(get(place), multiply(get(count), constant(16)))),
          less(left),
        ),
        store(get(y), get(sum)),
        next(x, 16),
        next(y, 16),
        less(columns),
      ),
    ],
  };
})();

export interface RowPrograms {
  softmax(x: number, bias: number, scaleBits: number, rows: number, fours: number): void;
  layerNorm(
    x: number,
    y: number,
    gamma: number,
    beta: number,
    rows: number,
    fours: number,
    epsBits: number,
    shareBits: number,
  ): void;
  gelu(x: number, y: number, fours: number): void;
  sumRows(x: number, y: number, rows: number, fours: number): void;
}

/** A float as its bits. */
export const bitsOf = (value: number): number => new Int32Array(Float32Array.of(value).buffer)[0] as number;

export const rowPrograms = { softmax, layerNorm, gelu, sumRows } as const;
