import { describe, expect, it } from 'vitest';
import { namedStream } from '../imaging/random.ts';
import { bootstrap, intervalText, pairedDifferences, verdictOf } from './bootstrap.ts';
import { psnrColumn } from './columns.ts';

const normals = (count: number, mean: number, name: string) => {
  const random = namedStream(1, name);
  return Array.from({ length: count }, () => mean + random.normal());
};

describe('the paired bootstrap', () => {
  it('has the interval that the standard error gives, for normal differences', () => {
    const values = normals(400, 0.5, 'normal');
    const { mean, low, high } = bootstrap([values]);
    expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 400, 12);
    expect(high - low).toBeCloseTo((2 * 1.96) / Math.sqrt(400), 1);
    expect((low + high) / 2).toBeCloseTo(mean, 1);
  });

  it('holds 0 in nearly all sets without a difference', () => {
    const kept = Array.from({ length: 40 }, (_, index) => bootstrap([normals(20, 0, `set ${index}`)]));
    const within = kept.filter((interval) => verdictOf(interval, 'higher') === 'not shown').length;
    expect(within).toBeGreaterThanOrEqual(34);
  });

  it('is wider where training seeds disagree than where they agree', () => {
    const pictures = normals(64, 0, 'pictures');
    const shifted = (by: number) => pictures.map((value) => value * 0.1 + by);
    const [agree, disagree] = [
      [0.2, 0.2, 0.2],
      [-0.2, 0.2, 0.6],
    ].map((means) => bootstrap(means.map(shifted)));
    expect(agree && verdictOf(agree, 'higher')).toBe('yes');
    expect(disagree && verdictOf(disagree, 'higher')).toBe('not shown');
  });

  it('says yes, no and not shown by the better direction', () => {
    const interval = { mean: -0.2, low: -0.3, high: -0.1 };
    expect(verdictOf(interval, 'lower')).toBe('yes');
    expect(verdictOf(interval, 'higher')).toBe('no');
    expect(verdictOf({ ...interval, high: 0.1 }, 'lower')).toBe('not shown');
    expect(intervalText(interval, 2, ' dB')).toBe('−0.20 dB [−0.30, −0.10]');
  });

  it('refuses an empty set and rows of different lengths', () => {
    expect(() => bootstrap([])).toThrow('a value a picture');
    expect(() => bootstrap([[1, 2], [1]])).toThrow('a value a picture');
  });

  it('takes the pictures that both methods have a finite value for', () => {
    const of = (values: Readonly<Record<string, number>>) => ({
      images: Object.entries(values).map(([name, psnrY]) => ({ name, psnrY, width: 1, height: 1, ms: 1 })),
    });
    const [first, second] = [of({ a: 25, b: Number.POSITIVE_INFINITY, c: 20 }), of({ c: 21, a: 24, b: 30, d: 9 })];
    expect(pairedDifferences(first, second, psnrColumn)).toEqual([[1, -1]]);
    expect(pairedDifferences(first, of({ x: 1 }), psnrColumn)).toEqual([]);
  });

  it('pairs noise seed with noise seed, and a method without noise with each', () => {
    const images = (...values: number[]) =>
      values.map((psnrY, i) => ({ name: `${i}`, psnrY, width: 1, height: 1, ms: 1 }));
    const ours = {
      images: images(25, 26),
      seeds: [
        { seed: 2, images: images(24, 26) },
        { seed: 3, images: images(27, Number.NaN) },
      ],
    };
    const sinsr = { images: images(24, 24), seeds: [{ seed: 3, images: images(20, 20) }] };
    expect(pairedDifferences(ours, sinsr, psnrColumn)).toEqual([[1], [7]]);
    expect(pairedDifferences(ours, { images: images(20, 20) }, psnrColumn)).toEqual([[5], [4], [7]]);
    const two = { ...ours, seeds: ours.seeds.slice(0, 1) };
    expect(pairedDifferences(two, { images: images(20, 20) }, psnrColumn)).toEqual([
      [5, 6],
      [4, 6],
    ]);
    // Seeds that disagree widen the interval.
    const wide = bootstrap(
      pairedDifferences(
        { images: images(20.1, 20.1), seeds: [{ seed: 2, images: images(19.9, 19.9) }] },
        { images: images(20, 20) },
        psnrColumn,
      ),
    );
    expect(verdictOf(wide, 'higher')).toBe('not shown');
  });
});
