/**
 * Programs of our own on WebAssembly with an exponential: softmax of rows, which are whole fours of values, and GELU. Arguments
 * are addresses, and counts of rows and fours; floats come as their bits.
 */
import {
  type Code,
  floats,
  fours,
  get,
  less,
  load,
  next,
  set,
  splatBits,
  store,
  type WasmFunction,
  whilst,
  withSigns,
  zeros,
} from './assembly.ts';
import { acrossAll } from './rows.ts';

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

/** ½x(1 + erf(x/√2)), erf by Abramowitz and Stegun 7.1.26, as tfjs's; or dy times its slope. */
const geluOf = (isGradient: boolean): WasmFunction => {
  const [x, dy, y, count] = [0, 1, 2, 3] as const;
  const [value, size, bell, power, t] = [4, 5, 6, 7, 8] as const;
  // x·erf(x) is |x|·erf(|x|).
  const result = fours.multiply(floats(0.5), fours.add(get(value), fours.multiply(get(size), get(t))));
  const slope = fours.add(
    fours.multiply(floats(0.5), fours.add(floats(1), withSigns(get(t), get(value)))),
    fours.multiply(fours.multiply(get(value), floats(1 / Math.sqrt(2 * Math.PI))), get(bell)),
  );
  return {
    parameters: 4,
    integers: 0,
    vectors: 5,
    body: [
      whilst(
        get(count),
        set(value, load(get(x))),
        set(size, fours.absolute(get(value))),
        set(bell, fours.multiply(get(size), floats(Math.SQRT1_2))),
        set(t, fours.divide(floats(1), fours.add(floats(1), fours.multiply(get(bell), floats(0.3275911))))),
        set(bell, fours.multiply(fours.multiply(get(bell), get(bell)), floats(-1))),
        exponential(bell, power),
        set(
          t,
          fours.multiply(
            get(t),
            polynomial(get(t), [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]),
          ),
        ),
        // erf(|x|/√2), which rounding must not bring below 0.
        set(t, fours.greatest(zeros, fours.subtract(floats(1), fours.multiply(get(bell), get(t))))),
        store(get(y), isGradient ? fours.multiply(load(get(dy)), slope) : result),
        next(x, 16),
        isGradient ? next(dy, 16) : [],
        next(y, 16),
        less(count),
      ),
    ],
  };
};

export interface ExponentialPrograms {
  softmax(x: number, bias: number, scaleBits: number, rows: number, fours: number): void;
  /** Takes no dy. */
  gelu(x: number, dy: number, y: number, fours: number): void;
  geluGradient(x: number, dy: number, y: number, fours: number): void;
}

export const exponentialPrograms = { softmax, gelu: geluOf(false), geluGradient: geluOf(true) } as const;
