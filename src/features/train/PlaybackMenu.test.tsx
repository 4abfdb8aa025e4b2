// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../tests/support/render.tsx';
import { lossNames } from '../../paper/names.ts';
import { fullSpeed } from '../../protocol/train.ts';
import { PlaybackMenu, playbackText, readNumber, watchedLosses } from './PlaybackMenu.tsx';

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

describe('PlaybackMenu', () => {
  const open = () => {
    const rendered = render(<PlaybackMenu />);
    fireEvent.click(screen.getByRole('button', { name: 'Run until and speed: no limit' }));
    return rendered;
  };
  const field = (name: string) => screen.getByRole<HTMLInputElement>('textbox', { name });

  it('sends a stop rule when its field is left, and says it on the button', () => {
    const { sent } = open();
    fireEvent.change(field('Until iteration'), { target: { value: '500' } });
    expect(sent).toEqual([]);
    fireEvent.blur(field('Until iteration'));
    expect(sent.at(-1)).toMatchObject({
      type: 'training-playback',
      playback: { until: { step: 500 }, perSecond: null },
    });
    expect(screen.getByText('Until iteration 500')).toBeTruthy();
  });

  it('keeps the rule that holds where a number can’t be', () => {
    const { sent } = open();
    fireEvent.change(field('Iterations per second'), { target: { value: 'fast' } });
    fireEvent.blur(field('Iterations per second'));
    expect(sent).toEqual([]);
    expect(field('Iterations per second').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText(/from 0\.01 to 1000, or empty; fast is not/)).toBeTruthy();
  });
});
