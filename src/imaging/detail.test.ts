import { describe, expect, it } from 'vitest';
import { blendDetail } from './detail.ts';
import { RandomStream } from './random.ts';

const picture = (seed: number, alpha = 255) => {
  const random = new RandomStream(seed);
  const data = new Uint8ClampedArray(7 * 5 * 4).map((_, i) => (i % 4 === 3 ? alpha : random.uint32() & 255));
  return { width: 7, height: 5, data };
};

describe('blendDetail', () => {
  const [faithful, detailed] = [picture(1), picture(2, 128)];

  it('is the faithful picture at 0 and the detailed one at 100, to the bit', () => {
    const colours = ({ data }: { data: Uint8ClampedArray }) => [...data].filter((_, i) => i % 4 !== 3);
    expect(colours(blendDetail(faithful, detailed, 0))).toEqual(colours(faithful));
    expect(blendDetail(faithful, detailed, 100)).toEqual(detailed);
  });

  it('goes from one to the other in even steps, rounded', () => {
    const middle = blendDetail(faithful, detailed, 25).data;
    for (let i = 0; i < middle.length; i++) {
      if (i % 4 === 3) expect(middle[i]).toBe(128);
      else
        expect(
          Math.abs((middle[i] ?? 0) - (0.75 * (faithful.data[i] ?? 0) + 0.25 * (detailed.data[i] ?? 0))),
        ).toBeLessThanOrEqual(0.5);
    }
  });

  it('refuses pictures of two sizes', () => {
    expect(() => blendDetail({ ...faithful, width: 5, height: 7 }, detailed, 50)).toThrow('5 × 7 px');
  });
});
