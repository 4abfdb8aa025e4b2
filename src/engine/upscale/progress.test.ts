import { describe, expect, it } from 'vitest';
import { WorkClock } from './tiled-upscale.ts';

describe('WorkClock', () => {
  it('knows nothing before the first tile and no band after one', () => {
    const clock = new WorkClock();
    expect(clock.estimate(10)).toEqual({ etaSeconds: null, etaBand: null });
    clock.add(500);
    expect(clock.estimate(10)).toEqual({ etaSeconds: 5, etaBand: null });
  });

  it('has mean × tiles left, and a band of zero for equal tiles', () => {
    const clock = new WorkClock();
    for (let i = 0; i < 5; i++) clock.add(200);
    expect(clock.estimate(10).etaSeconds).toBeCloseTo(2, 12);
    expect(clock.estimate(10).etaBand).toBeCloseTo(0, 12);
  });

  it('has a band from the spread that narrows as tiles come in', () => {
    const [few, many] = [new WorkClock(), new WorkClock()];
    for (let i = 0; i < 4; i++) few.add(i % 2 ? 100 : 300);
    for (let i = 0; i < 400; i++) many.add(i % 2 ? 100 : 300);
    expect(few.estimate(100).etaBand).toBeGreaterThan(many.estimate(100).etaBand ?? 0);
    expect(many.estimate(100).etaBand).toBeGreaterThan(0);
  });

  it('goes by the work that is in a piece', () => {
    const clock = new WorkClock();
    for (const work of [3, 1, 5, 2]) clock.add(40 * work, work);
    expect(clock.mean).toBeCloseTo(40, 12);
    expect(clock.estimate(7).etaSeconds).toBeCloseTo(0.28, 12);
    expect(clock.estimate(7).etaBand).toBeCloseTo(0, 6);
  });

  it('gives one band whatever the unit of work', () => {
    const [pieces, pixels] = [new WorkClock(), new WorkClock()];
    for (const milliseconds of [90, 130, 110, 100]) {
      pieces.add(milliseconds);
      pixels.add(milliseconds, 64);
    }
    const [a, b] = [pieces.estimate(10), pixels.estimate(640)];
    expect(b.etaSeconds).toBeCloseTo(a.etaSeconds ?? 0, 12);
    expect(b.etaBand).toBeCloseTo(a.etaBand ?? 0, 12);
  });
});
