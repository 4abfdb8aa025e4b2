/** Errors of flat patches: a shift of the whole, a pattern, and the border that does not count. */
import { describe, expect, it } from 'vitest';
import { flatError } from './flat.ts';

describe('flat colours', () => {
  const grey = [128, 128, 128] as const;
  const picture = (pixel: (x: number, y: number) => number) => {
    const data = new Uint8ClampedArray(64 * 64 * 4);
    for (let i = 0; i < 64 * 64; i++) data.fill(pixel(i % 64, Math.floor(i / 64)), 4 * i, 4 * i + 3);
    return { width: 64, height: 64, data };
  };

  it('tell a shift from a pattern', () => {
    const shifted = flatError(
      grey,
      picture(() => 132),
    );
    expect(shifted.shift).toBeGreaterThan(1);
    expect(shifted.pattern).toBeCloseTo(0, 6);
    const grid = flatError(
      grey,
      picture((x, y) => 128 + ((x + y) % 2 === 0 ? 4 : -4)),
    );
    expect(grid.shift).toBeCloseTo(0, 6);
    expect(grid.pattern).toBeGreaterThan(1);
    expect(grid.largestPattern).toBeGreaterThanOrEqual(grid.pattern);
  });

  it('leave the border out', () => {
    const framed = flatError(
      grey,
      picture((x, y) => (Math.min(x, y, 63 - x, 63 - y) < 16 ? 255 : 128)),
    );
    expect(framed).toEqual({ shift: 0, pattern: 0, largestPattern: 0 });
  });
});
