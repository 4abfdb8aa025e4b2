import { describe, expect, it } from 'vitest';
import type { CompareState, PreparedInput } from '../engine/compare-protocol.ts';
import { applyToCompare, initialCompare } from './compare.ts';

const input = (id: string, width = 40): PreparedInput => ({
  id,
  width,
  height: 30,
  hasTruth: true,
  hasReference: false,
  learned: null,
  steps: [],
});
const told = (prepared: PreparedInput | null) => {
  const state = { inputs: [], selected: null, prepared, methods: [], models: [], results: [], fault: null };
  return { type: 'compare-state', state: state satisfies CompareState } as const;
};

describe('the view of a comparison', () => {
  const first = applyToCompare(initialCompare, told(input('a')));
  const zoomed = { ...first, view: { ...first.view, fit: false, zoom: 8, aim: { x: 3, y: 4 } } };

  it('shows another input whole, with the loupe in its middle', () => {
    expect(first.view).toMatchObject({ fit: true, aim: { x: 20, y: 15 } });
    expect(applyToCompare(zoomed, told(input('b', 60))).view).toMatchObject({ fit: true, aim: { x: 30, y: 15 } });
  });

  it('stays where it is while the same input is degraded anew', () => {
    const again = applyToCompare(applyToCompare(zoomed, told(null)), told(input('a')));
    expect(again.view).toEqual(zoomed.view);
  });
});
