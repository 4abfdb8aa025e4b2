import { describe, expect, it } from 'vitest';
import { type CompareLayer, type CompareResult, type CompareState, isCurrent } from '../../protocol/compare.ts';
import { metricsVersion } from '../../report/columns.ts';
import { layersOf } from './use-compare.ts';

const made = { preset: 'compact', seed: 1, colourLock: 'off' } as const;
const result = (method: CompareResult['method'], fault: string | null): CompareResult => ({
  method,
  settings: made,
  fault,
  ms: 1,
  megapixelsPerSecond: 1,
  peakBytes: null,
  parameters: null,
  scores: null,
  metrics: metricsVersion,
});

describe('layersOf', () => {
  it('leaves out what a method gave before it failed', () => {
    const there = new Map<CompareLayer, unknown>([
      ['lr', 1],
      ['bicubic', 1],
      ['ours', 1],
    ]);
    const results = [result('bicubic', null), result('ours', 'Memory ran out.')];
    const state = { methods: ['bicubic', 'ours', 'sinsr'], results } as unknown as CompareState;
    expect(layersOf({ state }, there)).toEqual(['lr', 'bicubic']);
  });
});

describe('isCurrent', () => {
  it('holds for what no setting changes', () => {
    const now = { ...made, seed: 2 };
    expect((['bicubic', 'esrgan-thick', 'ours'] as const).map((name) => isCurrent(result(name, null), now))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('has the blend for as long as both of its ends are chosen', () => {
    const there = new Map<CompareLayer, unknown>([
      ['l2', 1],
      ['ours', 1],
      ['blend', 1],
    ]);
    const layers = (...methods: CompareResult['method'][]) =>
      layersOf({ state: { methods, results: [] } as unknown as CompareState }, there);
    expect(layers('l2', 'ours')).toEqual(['l2', 'ours', 'blend']);
    expect(layers('bicubic', 'ours')).toEqual(['ours']);
  });
});
