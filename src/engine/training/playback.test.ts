import { describe, expect, it } from 'vitest';
import { fullSpeed, type StopRules } from '../../protocol/train.ts';
import { endedBy, hasReached, isBelow, isPlateau, lossesNeeded } from './playback.ts';

const rules = (change: Partial<StopRules>): StopRules => ({ ...fullSpeed.until, ...change });
const constant = (value: number, count: number) => Array<number>(count).fill(value);
const course = { step: 5, minutes: 1, losses: constant(1, 400) };

describe('the rules that end a training run', () => {
  it('are all off at first', () => {
    expect(endedBy(fullSpeed.until, { step: 1e9, minutes: 1e9, losses: constant(0, 1000) })).toBeNull();
  });

  it('step: from that iteration on', () => {
    expect([hasReached(null, 5), hasReached(6, 5), hasReached(5, 5), hasReached(5, 6)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(endedBy(rules({ step: 5 }), course)).toBe('Stopped at iteration 5, as asked.');
  });

  it('minutes: when they are over', () => {
    expect(endedBy(rules({ minutes: 2 }), course)).toBeNull();
    expect(endedBy(rules({ minutes: 1 }), course)).toBe('Stopped after 1 minute, as asked.');
  });

  it('below: by the mean of the last iterations, not by a single easy one', () => {
    expect(isBelow(0.5, constant(0.4, 9))).toBe(false);
    expect(isBelow(0.5, [...constant(0.6, 9), 0])).toBe(false);
    expect(isBelow(0.5, [...constant(9, 50), ...constant(0.49, 10)])).toBe(true);
    expect(isBelow(null, constant(0, 10))).toBe(false);
    expect(endedBy(rules({ below: 2, loss: 'distill' }), course)).toBe(
      'Stopped because distill is below 2: 1.00 over the last 10 iterations.',
    );
  });

  it('plateau: when the loss falls by less than a hundredth, or rises', () => {
    const fall = (by: number) => [...constant(1, 20), ...constant(1 - by, 20)];
    expect(isPlateau(20, fall(0.02))).toBe(false);
    expect(isPlateau(20, fall(0.005))).toBe(true);
    expect(isPlateau(20, fall(-0.5))).toBe(true);
    expect(isPlateau(21, fall(0))).toBe(false);
    expect(isPlateau(null, fall(0))).toBe(false);
    // Adversarial losses are often negative: less is still better.
    expect(isPlateau(20, [...constant(-1, 20), ...constant(-1.5, 20)])).toBe(false);
    expect(endedBy(rules({ plateau: 100 }), course)).toMatch(/plateau: student fell by less than 1 %/);
  });

  it('need as many losses as they look at', () => {
    expect(lossesNeeded(rules({}))).toBe(10);
    expect(lossesNeeded(rules({ plateau: 100 }))).toBe(200);
  });
});
