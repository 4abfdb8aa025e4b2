import { describe, expect, it } from 'vitest';
import { DebiasedAverage, metricsColumns } from '../../report/run-metrics.ts';
import { Curves, halfLife } from './curves.ts';

const row = (values: Partial<Record<(typeof metricsColumns)[number], number>>) =>
  Float64Array.from(metricsColumns, (name) => values[name] ?? Number.NaN);

describe('Curves', () => {
  it('have every column, the pace, and an iteration by its number', () => {
    const curves = new Curves();
    for (const step of [10, 11, 15]) curves.push(row({ step, 'losses.gHR': step / 2, 'timing.whole': 250 }), 0);
    expect(curves.get('losses.gHR').extremes(0, 3)).toEqual({ low: 5, high: 7.5 });
    expect(curves.span).toEqual([11, 16]);
    expect(curves.get('pace').at(1)).toBe(4);
    expect([9, 11, 12, 15, 16, 99].map((step) => curves.indexOf(step))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('are smoothed alike whether asked for before or after', () => {
    const [early, late] = [new Curves(), new Curves()];
    early.smoothed('losses.gLR', 0.9);
    for (let step = 0; step < 50; step++) {
      for (const curves of [early, late]) curves.push(row({ step, 'losses.gLR': Math.sin(step) }), 0);
    }
    const [a, b] = [early, late].map((curves) => curves.smoothed('losses.gLR', 0.9));
    for (let index = 0; index < 50; index++) expect(a?.at(index)).toBe(b?.at(index));
    expect(late.smoothed('losses.gLR', 0)).toBe(late.get('losses.gLR'));
    expect(late.smoothed('losses.gLR', 0.5).at(49)).not.toBe(b?.at(49));
  });
});

describe('DebiasedAverage', () => {
  it('is the value itself of a constant from the first on', () => {
    const average = new DebiasedAverage(0.99);
    for (let i = 0; i < 5; i++) expect(average.next(7)).toBeCloseTo(7, 12);
  });

  it('weighs by age, and leaves out what is missing', () => {
    const average = new DebiasedAverage(0.5);
    expect(average.next(1)).toBe(1);
    expect(average.next(Number.NaN)).toBeNaN();
    expect(average.next(4)).toBe((0.5 * 1 + 1 * 4) / 1.5);
  });

  it('changes nothing with a decay of 0', () => {
    const average = new DebiasedAverage(0);
    expect([3, -2, 8].map((value) => average.next(value))).toEqual([3, -2, 8]);
  });
});

describe('halfLife', () => {
  it('is what it says', () => {
    expect(halfLife(0.5)).toBe(1);
    expect(0.9 ** halfLife(0.9)).toBeCloseTo(0.5, 12);
    expect(halfLife(0)).toBe(0);
  });
});
