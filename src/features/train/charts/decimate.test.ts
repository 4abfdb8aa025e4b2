import { describe, expect, it, vi } from 'vitest';
import { Pyramid } from '../../../store/curves/pyramid.ts';
import { decimate } from './decimate.ts';

const pyramid = (values: Iterable<number>) => {
  const made = new Pyramid();
  for (const value of values) made.push(value);
  return made;
};
const count = 100_000;
const steps = pyramid(Array.from({ length: count }, (_, i) => i));

describe('decimate', () => {
  it('hides no extreme of 100,000 points, and makes no more points than there are pixels', () => {
    const values = Array.from({ length: count }, (_, i) => Math.sin(i / 1000));
    values[31_415] = 50;
    values[77_777] = -50;
    const { x, y } = decimate(steps, [pyramid(values)], 0, count, 400);
    expect(x.length).toBe(800);
    expect(y[0]?.length).toBe(800);
    const drawn = y[0] as number[];
    expect([Math.max(...drawn), Math.min(...drawn)]).toEqual([50, -50]);
    // Each within its own pixel.
    const at = x[drawn.indexOf(50)] ?? 0;
    expect(Math.abs(at - 31_415)).toBeLessThanOrEqual(count / 400);
    expect(x.every((value, i) => i === 0 || value >= (x[i - 1] as number))).toBe(true);
  });

  it('costs by the pixels, not by the points', () => {
    const curve = pyramid(Array.from({ length: count }, (_, i) => i % 97));
    const reads = vi.spyOn(curve, 'at');
    const ranges = vi.spyOn(curve, 'extremes');
    decimate(steps, [curve], 0, count, 300);
    expect([reads.mock.calls.length, ranges.mock.calls.length]).toEqual([600, 300]);
  });

  it('leaves points as they are where there is room for them', () => {
    const { x, y } = decimate(steps, [pyramid([1, Number.NaN, 3])], 0, 3, 400);
    expect([x, y]).toEqual([[0, 1, 2], [[1, null, 3]]]);
  });
});
