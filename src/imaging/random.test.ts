import { describe, expect, it } from 'vitest';
import { type Counter, namedStream, philox, RandomStream } from './random.ts';

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
