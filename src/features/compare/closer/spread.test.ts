import { describe, expect, it } from 'vitest';
import type { CompareScores, SweepRow } from '../../../protocol/compare.ts';
import { spreadOf } from './spread.ts';

const row = (psnrY?: number): SweepRow => ({ seed: 0, ms: 1, scores: { psnrY } });
const of = ({ psnrY }: CompareScores) => psnrY ?? null;

describe('spreadOf', () => {
  it('is over the seeds that were measured', () => {
    expect(spreadOf({ of }, [row(1), row(2), row(6), row()])).toEqual({ least: 1, mean: 3, most: 6 });
    expect(spreadOf({ of }, [row()])).toBeNull();
  });
});
