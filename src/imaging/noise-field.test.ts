import { describe, expect, it } from 'vitest';
import { fillNoise, normalAt } from './noise-field.ts';
import { RandomStream } from './random.ts';

function field(
  seed: number,
  y: number,
  x: number,
  height: number,
  width: number,
  channels: number,
  draw = 0,
): Float32Array {
  const out = new Float32Array(height * width * channels);
  fillNoise(out, seed, y, x, height, width, channels, draw);
  return out;
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] ** 2;
    bb += b[i] ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describe('fillNoise', () => {
  it('draws fields that have nothing to do with each other', () => {
    const [first, second, third] = [0, 1, 2].map((draw) => field(42, 0, 0, 40, 40, 6, draw));
    for (const [a, b] of [
      [first, second],
      [first, third],
      [second, third],
    ]) {
      expect(Math.abs(correlation(a, b))).toBeLessThan(0.04);
    }
  });

  it('gives every place the same value in every window, also at negative coordinates', () => {
    const random = new RandomStream(11);
    const [top, left, side] = [-20, -15, 40];
    for (const channels of [3, 4, 6]) {
      const whole = field(42, top, left, side, side, channels);
      for (let i = 0; i < 50; i++) {
        const [height, width] = [1 + random.integer(12), 1 + random.integer(12)];
        const [y, x] = [random.integer(side - height), random.integer(side - width)];
        const window = field(42, top + y, left + x, height, width, channels);
        for (let row = 0; row < height; row++) {
          const from = ((y + row) * side + x) * channels;
          const expected = whole.subarray(from, from + width * channels);
          expect(window.subarray(row * width * channels, (row + 1) * width * channels)).toEqual(expected);
        }
      }
    }
  });

  it('does not depend on how many channels are asked for', () => {
    const [three, six] = [field(1, 5, 5, 1, 1, 3), field(1, 5, 5, 1, 1, 6)];
    expect(six.subarray(0, 3)).toEqual(three);
  });

  it('is what normalAt gives', () => {
    const values = field(7, -2, 3, 2, 2, 4);
    expect(values[(1 * 2 + 0) * 4 + 2]).toBe(normalAt(7, -1, 3, 2));
  });

  it('is standard normal', () => {
    const values = field(2026, -64, -64, 256, 256, 4);
    const power = (n: number) => values.reduce((sum, value) => sum + value ** n, 0) / values.length;
    expect(Math.abs(power(1))).toBeLessThan(0.006);
    expect(Math.abs(power(2) - 1)).toBeLessThan(0.01);
    expect(Math.abs(power(3))).toBeLessThan(0.03);
    expect(Math.abs(power(4) - 3)).toBeLessThan(0.08);
    const within = (limit: number) => values.reduce((count, value) => count + (Math.abs(value) < limit ? 1 : 0), 0);
    expect(within(1) / values.length).toBeCloseTo(0.6827, 2);
    expect(within(2) / values.length).toBeCloseTo(0.9545, 2);
  });

  it('is independent between places, channels and seeds', () => {
    const side = 128;
    const base = field(1, 0, 0, side, side, 4);
    const channel = (c: number) => base.filter((_, i) => i % 4 === c);
    const others = [
      field(2, 0, 0, side, side, 4),
      field(1 + 2 ** 32, 0, 0, side, side, 4),
      field(1, 1, 0, side, side, 4),
      field(1, 0, 1, side, side, 4),
      field(1, -side, -side, side, side, 4),
    ];
    for (const other of others) expect(Math.abs(correlation(base, other))).toBeLessThan(0.02);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < a; b++) expect(Math.abs(correlation(channel(a), channel(b)))).toBeLessThan(0.03);
    }
  });

  it('refuses wrong lengths, fractions and seeds', () => {
    const fill = (length: number, seed: number, y: number) => () =>
      fillNoise(new Float32Array(length), seed, y, 0, 2, 2, 3);
    expect(fill(12, 1, 0)).not.toThrow();
    expect(fill(11, 1, 0)).toThrow(RangeError);
    expect(fill(12, 0.1, 0)).toThrow(RangeError);
    expect(fill(12, 1, 0.5)).toThrow(RangeError);
  });
});
