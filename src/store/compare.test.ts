import { describe, expect, it } from 'vitest';
import type { CompareInput, CompareState, Degradation, PreparedInput } from '../protocol/compare.ts';
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
const empty = { inputs: [], selected: null, methods: [], models: [], results: [], fault: null, revision: 0 };
const told = (prepared: PreparedInput | null, more: Partial<CompareState> = {}) =>
  ({ type: 'compare-state', state: { ...empty, prepared, ...more } satisfies CompareState }) as const;

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

describe('choices that the engine has not heard of', () => {
  const degraded = (name: Degradation['name']): CompareInput => ({
    id: 'a',
    name: 'a.png',
    kind: 'single',
    degradation: { name, seed: 0 },
  });

  it('stay on screen while a result of before them comes', () => {
    const before = { methods: ['bicubic'], inputs: [degraded('given')], revision: 1 } as const;
    const now = { ...empty, prepared: null, methods: ['bicubic', 'ours'], inputs: [degraded('bicubic')] } as const;
    const chosen = { ...initialCompare, state: now, revision: 3 };
    const late = applyToCompare(chosen, told(input('a'), { ...before, revision: 2 }));
    expect(late.state).toMatchObject({ methods: ['bicubic', 'ours'], inputs: [degraded('bicubic')] });
    expect(late.state?.prepared?.id).toBe('a');
    const heard = applyToCompare(late, told(input('a'), { ...before, revision: 3 }));
    expect(heard.state).toMatchObject({ methods: ['bicubic'], inputs: [degraded('given')] });
  });

  it('are counted anew with a new engine', () => {
    expect(applyToCompare({ ...initialCompare, revision: 3 }, { type: 'restored', count: 0 }).revision).toBe(0);
  });
});
