import { describe, expect, it } from 'vitest';
import { DebiasedAverage, halfLife } from './debiased-average.ts';

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
