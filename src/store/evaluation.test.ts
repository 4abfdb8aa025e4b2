import { describe, expect, it } from 'vitest';
import type { EvaluationState } from '../protocol/evaluate.ts';
import { applyToEvaluation, initialEvaluation, loadKeptSets, saveKeptSets, withSet } from './evaluation.ts';

const state: EvaluationState = {
  setup: { set: 'degraded', degradation: 'bicubic', methods: ['bicubic'] },
  revision: 0,
  pictures: { hr: { count: 0, bytes: 0 }, lr: { count: 0, bytes: 0 } },
  set: { count: 0, notes: [], fault: null },
  offered: ['bicubic', 'lanczos'],
  teacherSteps: null,
  files: [],
  results: [],
  reading: null,
  running: true,
  done: 0,
  total: 0,
  left: [],
  fault: null,
  kept: true,
};
const told = (change: Partial<EvaluationState>) =>
  ({ type: 'evaluation-state', state: { ...state, ...change } }) as const;
const progress = { type: 'evaluation-progress', method: 'bicubic', done: 1, total: 2, etaSeconds: 3 } as const;

describe('an evaluation on the page', () => {
  it('keeps changes that the engine has not heard of yet', () => {
    const changed = {
      ...initialEvaluation,
      state: { ...state, setup: { ...state.setup, set: 'pairs' as const } },
      revision: 2,
    };
    const older = applyToEvaluation(changed, told({ revision: 1, done: 1 }));
    expect([older.state?.setup.set, older.state?.done]).toEqual(['pairs', 1]);
    const newer = applyToEvaluation(changed, told({ revision: 2 }));
    expect(newer.state?.setup.set).toBe('degraded');
  });

  it('holds the pictures that were looked at last, and none of another set', () => {
    const blob = new Blob();
    const look = (name: string) => ({ type: 'evaluation-pictures', name, lr: blob, truth: null, outputs: [] }) as const;
    let evaluation = { ...initialEvaluation, state };
    for (let i = 0; i < 20; i++) evaluation = { ...applyToEvaluation(evaluation, look(`${i}`)), state };
    expect(Object.keys(evaluation.pictures)).toHaveLength(12);
    expect(evaluation.pictures['19']?.lr).toBe(blob);
  });

  it('believes a new engine, which counts changes from the start', () => {
    const changed = { ...initialEvaluation, state, revision: 5 };
    const restarted = applyToEvaluation(changed, { type: 'restored', count: 0 });
    const setup = { ...state.setup, set: 'pairs' as const };
    expect(applyToEvaluation(restarted, told({ setup })).state?.setup.set).toBe('pairs');
  });

  it('shows progress while it runs', () => {
    const running = applyToEvaluation(applyToEvaluation(initialEvaluation, told({})), progress);
    expect(running.progress).toEqual({ method: 'bicubic', done: 1, total: 2, etaSeconds: 3 });
    expect(applyToEvaluation(running, told({ running: false })).progress).toBeNull();
  });
});

const row = { name: 'a.png', psnrY: 24, width: 8, height: 8, ms: 1 };
const set = (name: string, psnrY = 24) => ({
  name,
  methods: [{ method: 'ours' as const, psnrY, msPerMegapixel: 2, images: [row] }],
  directions: { MUSIQ: 'higher' as const },
});

describe('the sets that Evaluate keeps', () => {
  it('are means alone, and there after a reload; a newer one takes the place of its name', () => {
    let stored: string | null = null;
    saveKeptSets(() => ({ setItem: (_, text) => (stored = text) }), withSet(withSet([], set('A')), set('B')));
    expect(stored).not.toContain('a.png');
    const loaded = loadKeptSets(() => ({ getItem: () => stored }));
    expect(loaded.map(({ name, directions }) => [name, directions])).toEqual([
      ['A', { MUSIQ: 'higher' }],
      ['B', { MUSIQ: 'higher' }],
    ]);
    expect(withSet(loaded, set('A', 25)).map(({ name, methods }) => `${name} ${methods[0]?.psnrY}`)).toEqual([
      'B 24',
      'A 25',
    ]);
  });

  it.each([null, 'x', '{}', '[3, {"name": "A"}, {"name": 3}]'])('are none where %j is stored', (text) => {
    expect(loadKeptSets(() => ({ getItem: () => text }))).toEqual([]);
  });

  it('live with the tab where storage is blocked', () => {
    const blocked = () => {
      throw new Error('blocked');
    };
    expect(loadKeptSets(blocked)).toEqual([]);
    expect(() => saveKeptSets(blocked, [set('A')])).not.toThrow();
  });
});
