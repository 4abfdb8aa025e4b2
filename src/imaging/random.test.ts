import { describe, expect, it } from 'vitest';
import { type Counter, fillNoise, namedStream, normalAt, philox, RandomStream } from './random.ts';

/** Mean, variance and the correlation of neighbours. */
function moments(values: Float64Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  let neighbours = 0;
  for (let i = 1; i < values.length; i++) neighbours += (values[i] - mean) * (values[i - 1] - mean);
  return { mean, variance, correlation: neighbours / (values.length - 1) / variance };
}

const word = 0xffffffffn;

/** The definition, word by word in big integers. */
function transcription(counter: Counter, key: bigint): number[] {
  let [a, b, c, d] = counter.map((value) => BigInt(value) & word);
  let [low, high] = [key & word, (key >> 32n) & word];
  for (let round = 0; round < 10; round++) {
    const [first, second] = [a * 0xd2511f53n, c * 0xcd9e8d57n];
    [a, b, c, d] = [(second >> 32n) ^ b ^ low, second & word, (first >> 32n) ^ d ^ high, first & word];
    [low, high] = [(low + 0x9e3779b9n) & word, (high + 0xbb67ae85n) & word];
  }
  return [a, b, c, d].map(Number);
}

describe('philox', () => {
  // Known answers published with Random123 for philox4x32 of 10 rounds.
  const ones: Counter = [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff];
  const zerosAnswer = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
  const onesAnswer = [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd];

  it('gives the known answers', () => {
    const out = new Uint32Array(4);
    philox(out, [0, 0, 0, 0], 0);
    expect([...out]).toEqual(zerosAnswer);
    philox(out, ones, -1);
    expect([...out]).toEqual(onesAnswer);
  });

  it('agrees with a transcription of the definition, which gives the known answers too', () => {
    expect(transcription([0, 0, 0, 0], 0n)).toEqual(zerosAnswer);
    expect(transcription(ones, 2n ** 64n - 1n)).toEqual(onesAnswer);
    // This key is beyond the safe integers that seeds are.
    const digitsOfPi: Counter = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
    expect(transcription(digitsOfPi, 0x299f31d0a4093822n)).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
    const random = new RandomStream(5);
    const out = new Uint32Array(4);
    for (let i = 0; i < 500; i++) {
      const counter: Counter = [random.uint32() | 0, random.uint32(), random.uint32(), random.uint32()];
      const seed = (random.uint32() - 2 ** 31) * 2 ** random.integer(21) + random.integer(1000);
      philox(out, counter, seed);
      expect([...out]).toEqual(transcription(counter, BigInt(seed)));
    }
  });
});

describe('RandomStream', () => {
  it('is uniform and normal', () => {
    const random = new RandomStream(1);
    const uniform = moments(Float64Array.from({ length: 200_000 }, () => random.uniform()));
    expect(uniform.mean).toBeCloseTo(0.5, 2);
    expect(uniform.variance).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(uniform.correlation)).toBeLessThan(0.01);
    const normal = moments(Float64Array.from({ length: 200_000 }, () => random.normal()));
    expect(Math.abs(normal.mean)).toBeLessThan(0.01);
    expect(normal.variance).toBeCloseTo(1, 1);
    expect(Math.abs(normal.correlation)).toBeLessThan(0.01);
  });

  it('repeats itself, and differs by seed and by stream', () => {
    const draw = (seed: number, stream?: number) => {
      const random = new RandomStream(seed, stream);
      return Array.from({ length: 20 }, (_, i) => (i % 3 ? random.uint32() : random.normal()));
    };
    expect(draw(3)).toEqual(draw(3));
    const all = [draw(3), draw(4), draw(-3), draw(3 + 2 ** 32), draw(3, 1)].map((values) => values.join());
    expect(new Set(all).size).toBe(all.length);
  });

  it('draws whole numbers in range', () => {
    const random = new RandomStream(9);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7000; i++) counts[random.integer(7)]++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(counts.length).toBe(7);
  });

  it('refuses a seed that is not a safe integer', () => {
    for (const seed of [0.5, Number.NaN, 2 ** 53]) expect(() => new RandomStream(seed)).toThrow(RangeError);
  });
});

describe('namedStream', () => {
  it('is a function of seed and name', () => {
    const draw = (seed: number, name: string) => namedStream(seed, name).uint32();
    expect(draw(3, 'blur')).toBe(draw(3, 'blur'));
    expect(new Set([draw(3, 'blur'), draw(3, 'noise'), draw(4, 'blur')]).size).toBe(3);
  });
});

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
