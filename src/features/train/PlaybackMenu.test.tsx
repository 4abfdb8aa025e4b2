import { describe, expect, it } from 'vitest';
import { lossNames } from '../../paper/names.ts';
import { fullSpeed } from '../../protocol/train.ts';
import { playbackText, readNumber, watchedLosses } from './PlaybackMenu.tsx';

describe('how a run goes', () => {
  it('is said in a few words', () => {
    expect(playbackText(fullSpeed)).toBeNull();
    expect(playbackText({ ...fullSpeed, perSecond: 2 })).toBe('2/s');
    const until = { ...fullSpeed.until, step: 500, below: 0.1, loss: 'distill' as const };
    expect(playbackText({ ...fullSpeed, until, perSecond: 0.5 })).toBe('Until iteration 500 or ℒ_distill < 0.1, 0.5/s');
    expect(playbackText({ ...fullSpeed, until: { ...fullSpeed.until, minutes: 3, plateau: 100 } })).toBe(
      'Until 3 min or a plateau',
    );
  });

  it('may hang on any loss, each called as on the charts', () => {
    const offered = watchedLosses.flatMap(({ losses }) => losses.map(({ name }) => name));
    expect([...offered].sort()).toEqual([...lossNames].sort());
  });

  it('takes numbers in their range, nothing for none, and says what is wrong with others', () => {
    const range = { low: 1, high: 100, whole: true };
    expect([readNumber('7', range), readNumber(' ', range)]).toEqual([7, null]);
    for (const text of ['0', '101', '1.5', 'ten', 'NaN', 'Infinity']) {
      expect(() => readNumber(text, range)).toThrow(`whole number from 1 to 100, or empty; ${text} is not.`);
    }
  });
});
