import { describe, expect, it, vi } from 'vitest';
import { Pyramid } from './pyramid.ts';

/** The same numbers each time, some of them none. */
function* numbers(count: number): Generator<number> {
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    yield state % 50 === 0 ? Number.NaN : Math.fround(state / 2 ** 20 - 1000);
  }
}

function plain(values: readonly number[], from: number, to: number) {
  const range = values.slice(from, to).filter((value) => !Number.isNaN(value));
  return range.length === 0 ? null : { low: Math.min(...range), high: Math.max(...range) };
}

describe('Pyramid', () => {
  it.each([
    ['while it grows', 3000, 4096],
    ['after it went around', 20_000, 4096],
    ['when it is small', 500, 64],
  ])('has the exact extremes of any range, %s', (_, count, capacity) => {
    const pyramid = new Pyramid(capacity);
    const values = [...numbers(count)];
    for (const value of values) pyramid.push(value);
    expect([pyramid.length, pyramid.first]).toEqual([count, Math.max(0, count - capacity)]);
    const kept = count - pyramid.first;
    for (let i = 0; i < 400; i++) {
      const from = pyramid.first + ((i * 7919) % kept);
      const to = from + 1 + ((i * 104729) % (count - from));
      expect(pyramid.extremes(from, to)).toEqual(plain(values, from, to));
    }
    expect(pyramid.extremes(pyramid.first, count)).toEqual(plain(values, pyramid.first, count));
    expect(pyramid.at(count - 2)).toBe(values[count - 2]);
  });

  it('has nothing where nothing is', () => {
    const pyramid = new Pyramid(64);
    expect([pyramid.extremes(0, 10), pyramid.at(0)]).toEqual([null, Number.NaN]);
    pyramid.push(Number.NaN);
    expect(pyramid.extremes(0, 1)).toBeNull();
    for (const value of numbers(100)) pyramid.push(value);
    expect(pyramid.at(36)).toBeNaN();
    expect(pyramid.at(101)).toBeNaN();
  });

  it('looks at a few blocks only, however long the range', () => {
    const pyramid = new Pyramid();
    for (let i = 0; i < 100_000; i++) pyramid.push(i);
    const min = vi.spyOn(Math, 'min');
    const found = pyramid.extremes(7, 99_999);
    // Once at the start, then once a block.
    const blocks = min.mock.calls.length;
    min.mockRestore();
    expect(found).toEqual({ low: 7, high: 99_998 });
    expect(blocks).toBeLessThan(80);
  });
});
