import { describe, expect, it } from 'vitest';
import type { CompareResult, CompareScores, SweepRow } from '../../../protocol/compare.ts';
import { formatValue, ranksOf } from '../../../report/columns.ts';
import type { CompareMethod } from '../../../report/methods.ts';
import { metricsOf, seedRange, workCells } from './metrics.ts';

const result = (method: CompareMethod, psnrY: number | null, lpips = 0.1): CompareResult => ({
  method,
  settings: { preset: 'compact', seed: 1, colourLock: 'off' },
  fault: null,
  ms: 1,
  megapixelsPerSecond: 1,
  peakBytes: null,
  parameters: null,
  scores: psnrY === null ? { niqe: 5 } : { psnrRgb: psnrY, psnrY, ssimY: 0.5, msSsim: null, lpips, niqe: 5 },
});
const ranks = (id: string, results: readonly CompareResult[]) => {
  const metric = metricsOf(results).find((other) => other.id === id);
  const values = results.map(({ method, scores }) => ({ of: method, value: scores && metric?.of(scores) }));
  return metric && Object.fromEntries(ranksOf(values, metric.better));
};

describe('ranksOf', () => {
  it('marks the best two, by each metric’s own direction', () => {
    const results = [result('nearest', 20, 0.4), result('bicubic', 24, 0.3), result('ours', 23, 0.2)];
    expect(ranks('psnrY', results)).toEqual({ bicubic: 1, ours: 2 });
    expect(ranks('lpips', results)).toEqual({ ours: 1, bicubic: 2 });
  });

  it('lets equal values share a place', () => {
    expect(ranks('psnrY', [result('nearest', 5), result('ours', 5), result('sinsr', 4)])).toEqual({
      nearest: 1,
      ours: 1,
      sinsr: 2,
    });
    expect(ranks('msSsim', [result('nearest', 5), result('ours', 5)])).toEqual({});
    expect(ranks('psnrY', [result('nearest', 5), result('ours', null)])).toEqual({});
  });

  it('ranks and writes a result that equals the truth', () => {
    const results = [result('nearest', 30), result('bicubic', Number.POSITIVE_INFINITY), result('ours', 31)];
    expect(ranks('psnrY', results)).toEqual({ bicubic: 1, ours: 2 });
    const [psnr] = metricsOf(results);
    expect(formatValue(psnr?.of(results[1]?.scores as never), { digits: 3 })).toBe('∞');
  });

  it('has the no-reference score alone without the truth', () => {
    expect(metricsOf([result('ours', null)]).map(({ id }) => id)).toEqual(['niqe']);
  });
});

const row = (psnrY?: number): SweepRow => ({ seed: 0, ms: 1, scores: { psnrY } });
const of = ({ psnrY }: CompareScores) => psnrY ?? null;

describe('seedRange', () => {
  it('is over the seeds that were measured', () => {
    expect(seedRange({ of }, [row(1), row(2), row(6), row()])).toEqual({ least: 1, mean: 3, most: 6 });
    expect(seedRange({ of }, [row()])).toBeNull();
  });
});

describe('workCells', () => {
  it('says a pace as people write it, however fast interpolation is', () => {
    const pace = (megapixelsPerSecond: number) => workCells({ ...result('nearest', 20), megapixelsPerSecond })[1];
    expect([0.0123, 4.53, 123.4].map(pace)).toEqual(['0.012', '4.5', '123']);
  });
});
