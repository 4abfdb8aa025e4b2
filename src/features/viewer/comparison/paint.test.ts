import { describe, expect, it } from 'vitest';
import { initialCompareView } from '../../../store/view.ts';
import { gridFor, layOut } from './paint.ts';

const square = { width: 64, height: 64 };

describe('gridFor', () => {
  it('makes the most of the viewport', () => {
    expect(gridFor(6, square, { width: 1200, height: 800 })).toEqual({ columns: 3, rows: 2 });
    expect(gridFor(6, square, { width: 360, height: 900 })).toEqual({ columns: 2, rows: 3 });
    expect(gridFor(2, { width: 200, height: 50 }, { width: 1000, height: 800 })).toEqual({ columns: 1, rows: 2 });
  });
});

describe('layOut', () => {
  const viewport = { width: 1000, height: 500 };
  const lay = (change: Partial<typeof initialCompareView>) =>
    layOut({ ...initialCompareView, ...change }, ['bicubic', 'ours'], ['bicubic', 'ours', 'truth'], square, viewport);

  it('gives every picture a pane of one size, apart from each other', () => {
    const { panes } = lay({ mode: 'side-by-side' });
    expect(new Set(panes.map(({ width, height }) => `${width}×${height}`)).size).toBe(1);
    for (const pane of panes) expect(pane.x + pane.width).toBeLessThanOrEqual(1000);
    const [first, second] = panes;
    expect((first?.x ?? 0) + (first?.width ?? 0)).toBeLessThan(second?.x ?? 0);
  });

  it('shows the right picture whole while it is held, else what the mode says', () => {
    const layers = (change: Partial<typeof initialCompareView>) =>
      lay(change).panes[0]?.parts.map(({ layer }) => layer);
    expect(layers({ mode: 'slider' })).toEqual(['bicubic', 'ours']);
    expect(layers({ mode: 'blink' })).toEqual(['bicubic']);
    expect(layers({ mode: 'blink', held: true })).toEqual(['ours']);
    expect(layers({ mode: 'difference' })).toEqual(['difference']);
  });
});
