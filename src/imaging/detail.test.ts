import { describe, expect, it } from 'vitest';
import { blendDetail, protectedShare, protectMask } from './detail.ts';
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

  it('stays faithful where it is protected, and passes over softly', () => {
    const flat = (value: number, width: number, height: number) => ({
      width,
      height,
      data: new Uint8ClampedArray(width * height * 4).map((_, i) => (i % 4 === 3 ? 255 : value)),
    });
    // A row of three LR pixels, the last of them protected.
    const protect = { width: 3, height: 1, data: Uint8Array.of(0, 0, 255) };
    const { data } = blendDetail(flat(0, 12, 4), flat(200, 12, 4), 100, protect);
    expect(Array.from({ length: 12 }, (_, x) => data[4 * (12 + x)])).toEqual([
      200, 200, 200, 200, 200, 200, 175, 125, 75, 25, 0, 0,
    ]);
    expect(blendDetail(faithful, detailed, 100, { width: 7, height: 5, data: new Uint8Array(35) })).toEqual(detailed);
  });

  it('takes a picture as a mask, as large as the LR picture or the result, and refuses others', () => {
    const white = { width: 4, height: 8, data: new Uint8ClampedArray(4 * 8 * 4).fill(255, 0, 64) };
    expect(protectMask(white, { width: 1, height: 2 }, 4)).toEqual({
      width: 1,
      height: 2,
      data: Uint8Array.of(255, 0),
    });
    expect(protectedShare(protectMask(white, white, 4))).toBe(0.5);
    expect(() => protectMask(white, { width: 2, height: 4 }, 4)).toThrow('has to be 2 × 4 or 8 × 16 px');
  });

  it('refuses pictures of two sizes', () => {
    expect(() => blendDetail({ ...faithful, width: 5, height: 7 }, detailed, 50)).toThrow('5 × 7 px');
  });
});
