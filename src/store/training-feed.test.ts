import { describe, expect, it } from 'vitest';
import type { Frame } from '../protocol/train.ts';
import { ImageHistory } from './training-feed.ts';

const closed = new Set<number>();
const frame = (step: number, side = 64): Frame => {
  const atlas = { width: side, height: side, close: () => closed.add(step) } as unknown as ImageBitmap;
  return { step, atlas, places: [], histograms: [], fixed: null };
};

describe('ImageHistory', () => {
  it('keeps the first, the last and fewer the older they are, and closes what goes', () => {
    const history = new ImageHistory();
    for (let step = 0; step < 5000; step++) history.push(frame(step));
    const steps = history.frames.map(({ step }) => step);
    expect(steps.length).toBe(160);
    expect([steps[0], steps.at(-1)]).toEqual([0, 4999]);
    expect(closed.size).toBe(5000 - 160);
    expect(steps.some((step) => closed.has(step))).toBe(false);
    const among = (from: number, to: number) => steps.filter((step) => step >= from && step < to).length;
    // Each tenfold of age has about as many as the next.
    expect(among(4900, 4990)).toBeGreaterThan(25);
    expect(among(4000, 4900)).toBeGreaterThan(25);
    expect(among(0, 4000)).toBeGreaterThan(10);
    for (let i = 1; i < steps.length; i++) {
      const [before, after] = [steps[i - 1], steps[i]];
      expect(after - before).toBeLessThanOrEqual(Math.max(2, 0.2 * (5000 - before)));
    }
  });

  it('has the last frame that is not after a step', () => {
    const history = new ImageHistory();
    expect(history.at(3)).toBeNull();
    for (const step of [2, 4, 8]) history.push(frame(step));
    expect([0, 2, 3, 7, 8, 99].map((step) => history.at(step)?.step)).toEqual([2, 2, 2, 4, 8, 8]);
  });

  it('forgets what a rewound run does again', () => {
    const history = new ImageHistory();
    for (const step of [0, 1, 2, 3]) history.push(frame(step));
    history.push(frame(2));
    expect(history.frames.map(({ step }) => step)).toEqual([0, 1, 2]);
  });

  it('keeps fewer frames of large pictures', () => {
    const history = new ImageHistory();
    for (let step = 0; step < 50; step++) history.push(frame(step, 1024));
    expect(history.frames.length).toBe(16);
  });
});
