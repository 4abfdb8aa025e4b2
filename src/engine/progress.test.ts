import { describe, expect, it } from 'vitest';
import { TileClock } from './progress.ts';

describe('TileClock', () => {
  it('knows nothing before the first tile and no band after one', () => {
    const clock = new TileClock();
    expect(clock.estimate(10)).toEqual({ etaSeconds: null, etaBand: null });
    clock.add(500);
    expect(clock.estimate(10)).toEqual({ etaSeconds: 5, etaBand: null });
  });

  it('has mean × tiles left, and a band of zero for equal tiles', () => {
    const clock = new TileClock();
    for (let i = 0; i < 5; i++) clock.add(200);
    expect(clock.estimate(10).etaSeconds).toBeCloseTo(2, 12);
    expect(clock.estimate(10).etaBand).toBeCloseTo(0, 12);
  });

  it('has a band from the spread that narrows as tiles come in', () => {
    const [few, many] = [new TileClock(), new TileClock()];
    for (let i = 0; i < 4; i++) few.add(i % 2 ? 100 : 300);
    for (let i = 0; i < 400; i++) many.add(i % 2 ? 100 : 300);
    expect(few.estimate(100).etaBand).toBeGreaterThan(many.estimate(100).etaBand ?? 0);
    expect(many.estimate(100).etaBand).toBeGreaterThan(0);
  });
});
