import { describe, expect, it } from 'vitest';
import { initialCompareView, parseCompareView, shownPair } from './view.ts';

describe('parseCompareView', () => {
  it('takes what makes sense, field by field', () => {
    const parsed = parseCompareView({ mode: 'difference', smooth: 'yes', full: 64, left: 'truth', zoom: 9 });
    expect(parsed).toEqual({ ...initialCompareView, mode: 'difference', full: 64, left: 'truth' });
    for (const foreign of [null, 7, 'text', []]) expect(parseCompareView(foreign)).toEqual(initialCompareView);
  });
});

describe('shownPair', () => {
  it('shows what was chosen, and something else where that is not there', () => {
    const view = { left: 'bicubic', right: 'ours', mode: 'slider' } as const;
    expect(shownPair(view, ['lr', 'bicubic', 'ours', 'truth'])).toEqual(['bicubic', 'ours']);
    expect(shownPair(view, ['lr', 'truth'])).toEqual(['lr', 'truth']);
    expect(shownPair(view, ['lr'])).toEqual(['lr', 'lr']);
    expect(shownPair(view, [])).toBeNull();
    // Against bicubic by eye, against the truth by difference.
    expect(shownPair(view, ['lr', 'bicubic', 'sinsr'])).toEqual(['bicubic', 'sinsr']);
    const difference = { ...view, mode: 'difference' } as const;
    expect(shownPair(difference, ['lr', 'bicubic', 'ours', 'truth'])).toEqual(['ours', 'truth']);
    expect(shownPair({ ...difference, left: 'lr' }, ['lr', 'bicubic', 'ours', 'truth'])).toEqual(['lr', 'ours']);
  });
});
