/** A number a pixel as colour: where two pictures differ, and where results of different seeds do. */
import type { Rgba8 } from './image.ts';
import { flip } from './metrics/flip.ts';

/** From nothing to the full scale, dark to bright and so also to be read in grey: "inferno" of matplotlib (CC0) at every eighth. */
export const heatStops: readonly string[] = [
  '#000004',
  '#210c4a',
  '#57106e',
  '#8a226a',
  '#bc3754',
  '#e45a31',
  '#f98e09',
  '#f9cb35',
  '#fcffa4',
];

const stops = heatStops.map((hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));

/** Colours of 256 shares of the full scale, RGB. */
const table = Uint8ClampedArray.from({ length: 256 * 3 }, (_, i) => {
  const place = (Math.floor(i / 3) / 255) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[below]?.[i % 3] ?? 0, stops[below + 1]?.[i % 3] ?? 0];
  return from + (to - from) * (place - below);
});

/** @param values one a pixel; `full` and more get the brightest colour */
export function heatMap(values: Float32Array, width: number, height: number, full: number): Rgba8 {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < values.length; i++) {
    const at = 3 * Math.round(255 * Math.min(1, Math.max(0, values[i] / full)));
    data.set(table.subarray(at, at + 3), 4 * i);
    data[4 * i + 3] = 255;
  }
  return { width, height, data };
}

/**
 * Mean of |Δ| over red, green and blue at each pixel, 8-bit levels.
 * @throws RangeError when the pictures differ in size
 */
export function differenceMap(a: Rgba8, b: Rgba8): Float32Array {
  if (a.width !== b.width || a.height !== b.height) throw new RangeError('Pictures of two sizes have no difference.');
  const out = new Float32Array(a.width * a.height);
  for (let i = 0, at = 0; i < out.length; i++, at += 4) {
    let sum = 0;
    for (let c = at; c < at + 3; c++) sum += Math.abs(a.data[c] - b.data[c]);
    out[i] = sum / 3;
  }
  return out;
}

export interface ErrorMap {
  readonly picture: Rgba8;
  /** 8-bit levels, or FLIP's 0 … 1. */
  readonly mean: number;
  readonly most: number;
}

/**
 * Where two pictures differ, in colours.
 * @param full 8-bit levels of the brightest colour; flip: the FLIP error instead, up to 1
 * @throws RangeError when the pictures differ in size
 */
export function errorMap(a: Rgba8, b: Rgba8, full: number | 'flip'): ErrorMap {
  const values = full === 'flip' ? flip(a, b).map : differenceMap(a, b);
  let [sum, most] = [0, 0];
  for (const value of values) {
    sum += value;
    most = Math.max(most, value);
  }
  return { picture: heatMap(values, a.width, a.height, full === 'flip' ? 1 : full), mean: sum / values.length, most };
}

/** Mean and spread of pictures of one size, pixel by pixel (Welford): two floats a value, however many pictures. */
export class PixelSpread {
  readonly #mean: Float32Array;
  readonly #squares: Float32Array;
  #count = 0;

  constructor(width: number, height: number) {
    this.#mean = new Float32Array(width * height * 3);
    this.#squares = new Float32Array(width * height * 3);
  }

  add({ data }: Rgba8): void {
    this.#count++;
    for (let i = 0; i < this.#mean.length; i++) {
      const value = data[4 * Math.floor(i / 3) + (i % 3)];
      const delta = value - this.#mean[i];
      this.#mean[i] += delta / this.#count;
      this.#squares[i] += delta * (value - this.#mean[i]);
    }
  }

  /** Variance over the pictures (n − 1), the mean of the three colours, at each pixel; squared 8-bit levels. */
  variance(): Float32Array {
    const out = new Float32Array(this.#mean.length / 3);
    if (this.#count < 2) return out;
    for (let i = 0; i < this.#squares.length; i++) {
      out[Math.floor(i / 3)] += this.#squares[i] / (3 * (this.#count - 1));
    }
    return out;
  }
}
