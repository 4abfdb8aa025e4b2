import { describe, expect, it } from 'vitest';
import { compareModes } from '../../../store/view.ts';
import { layPanes, paneAt } from './paint.ts';

describe('layPanes', () => {
  it('gives both sides the same size, so one transform serves both', () => {
    for (const viewport of [
      { width: 801, height: 600 },
      { width: 360, height: 641 },
    ]) {
      const [left, right] = layPanes('side-by-side', 0.5, viewport);
      expect([left?.width, left?.height]).toEqual([right?.width, right?.height]);
    }
  });

  it('stays within the viewport in every mode', () => {
    for (const mode of compareModes) {
      for (const pane of layPanes(mode, 0.3, { width: 777, height: 333 })) {
        expect(pane.x + pane.width).toBeLessThanOrEqual(777);
        expect(pane.y + pane.height).toBeLessThanOrEqual(333);
        expect(pane.parts[pane.parts.length - 1]?.end).toBe(1);
      }
    }
  });
});

describe('paneAt', () => {
  it('finds the pane under the pointer', () => {
    const panes = layPanes('side-by-side', 0.5, { width: 800, height: 600 });
    expect(paneAt(panes, { x: 10, y: 10 })).toBe(panes[0]);
    expect(paneAt(panes, { x: 790, y: 10 })).toBe(panes[1]);
    expect(paneAt(panes, { x: 400, y: 10 })).toBe(panes[0]);
  });
});
