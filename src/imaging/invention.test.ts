import { describe, expect, it } from 'vitest';
import type { Rgba8 } from './image.ts';
import { inventionOf } from './invention.ts';

const flat = (value: number, width: number, height: number): Rgba8 => ({
  width,
  height,
  data: new Uint8ClampedArray(width * height * 4).fill(value),
});

describe('inventionOf', () => {
  it('is nothing where result, faithful picture and LR picture agree', () => {
    const { map, facts } = inventionOf(flat(90, 8, 4), flat(90, 8, 4), flat(90, 2, 1), 4);
    expect([...map]).toEqual([0, 0]);
    expect(facts).toEqual({ mean: 0, most: 0, againstInput: 0 });
  });

  it('sees detail that the faithful picture lacks, and says how far the result contradicts its input', () => {
    const detailed = flat(100, 8, 4);
    // Stripes on the left, whose mean stays; a brighter right half.
    for (let i = 0; i < 32; i++) {
      const x = i % 8;
      detailed.data.fill(x < 4 ? 100 + (x % 2 === 0 ? 12 : -12) : 130, 4 * i, 4 * i + 3);
    }
    const { map, facts } = inventionOf(detailed, flat(100, 8, 4), flat(100, 2, 1), 4);
    expect([...map]).toEqual([12, 30]);
    expect(facts).toEqual({ mean: 21, most: 30, againstInput: 15 });
    expect([...inventionOf(detailed, detailed, flat(100, 2, 1), 4).map]).toEqual([0, 0]);
  });

  it('refuses sizes that do not belong together', () => {
    expect(() => inventionOf(flat(1, 8, 4), flat(1, 8, 4), flat(1, 2, 2), 4)).toThrow(RangeError);
  });
});
