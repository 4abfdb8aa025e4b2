import { describe, expect, it } from 'vitest';
import { noiseRgba } from '../../tests/support/test-images.ts';
import { differenceMap, heatMap, heatStops, PixelSpread } from './heat-map.ts';
import type { Rgba8 } from './image.ts';

const grey = (value: number): Rgba8 => ({
  width: 1,
  height: 1,
  data: new Uint8ClampedArray([value, value, value, 255]),
});
const hex = ({ data }: Rgba8) =>
  `#${[...data.subarray(0, 3)].map((value) => value.toString(16).padStart(2, '0')).join('')}`;

describe('heatMap', () => {
  it('goes from the first colour to the last', () => {
    expect(hex(heatMap(Float32Array.of(0), 1, 1, 8))).toBe(heatStops[0]);
    expect(hex(heatMap(Float32Array.of(8), 1, 1, 8))).toBe(heatStops.at(-1));
    expect(hex(heatMap(Float32Array.of(99), 1, 1, 8))).toBe(heatStops.at(-1));
  });

  it('is brighter for more, so it reads in grey as well', () => {
    const values = Float32Array.from({ length: 65 }, (_, i) => i);
    const { data } = heatMap(values, 65, 1, 64);
    const luma = [...values.keys()].map(
      (i) => 0.2126 * (data[4 * i] ?? 0) + 0.7152 * (data[4 * i + 1] ?? 0) + 0.0722 * (data[4 * i + 2] ?? 0),
    );
    expect(luma).toEqual([...luma].sort((a, b) => a - b));
  });
});

describe('differenceMap', () => {
  it('is the mean over the colours', () => {
    const other: Rgba8 = { width: 1, height: 1, data: new Uint8ClampedArray([13, 10, 4, 0]) };
    expect([...differenceMap(grey(10), other)]).toEqual([3]);
  });

  it('refuses two sizes', () => {
    expect(() => differenceMap(grey(1), noiseRgba(2, 1, 0))).toThrow(RangeError);
  });
});

describe('PixelSpread', () => {
  it('has the variance of what was added', () => {
    const spread = new PixelSpread(1, 1);
    expect([...spread.variance()]).toEqual([0]);
    for (const value of [10, 20, 60]) spread.add(grey(value));
    expect(spread.variance()[0]).toBeCloseTo(700, 3);
  });
});
