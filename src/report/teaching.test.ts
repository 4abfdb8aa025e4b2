import { describe, expect, it } from 'vitest';
import { meanScores, taughtVerdict, verdictText } from './teaching.ts';

const crops = (psnrY: readonly number[], lpips: readonly (number | null)[]) =>
  psnrY.map((value, i) => ({ psnrY: value, lpips: lpips[i] ?? null }));
const before = crops([24, 25, 26, 27, 28, 29], [0.3, 0.31, 0.32, 0.33, 0.34, 0.35]);
const shifted = (psnrY: number, lpips: number) =>
  before.map((score) => ({ psnrY: score.psnrY + psnrY, lpips: (score.lpips ?? 0) + lpips }));

describe('the verdict on a taught upscaler', () => {
  it.each([
    [0.2, -0.02, 'better'],
    [0.2, 0, 'better'],
    [-0.2, 0.02, 'worse'],
    [0.2, 0.02, 'mixed'],
    [0, 0, 'no difference shown'],
  ] as const)('of %f dB and %f LPIPS is %s', (psnrY, lpips, overall) => {
    expect(taughtVerdict(before, shifted(psnrY, lpips))?.overall).toBe(overall);
  });

  it.each([
    [0.2, -0.02, 'Better at your pictures by 0.20 dB of PSNR-Y and 0.0200 of LPIPS.'],
    [0, -0.02, 'Better at your pictures by 0.0200 of LPIPS.'],
    [-0.2, 0, 'Not better: worse at your pictures by 0.20 dB of PSNR-Y.'],
    [0.2, 0.02, 'Mixed: better at your pictures by 0.20 dB of PSNR-Y, worse by 0.0200 of LPIPS.'],
    [0, 0, 'Not better: no difference is shown.'],
  ])('of %f dB and %f LPIPS is said: %s', (psnrY, lpips, text) => {
    const verdict = taughtVerdict(before, shifted(psnrY, lpips));
    expect(verdict && verdictText(verdict)).toBe(text);
  });

  it('claims nothing where crops disagree, or are fewer than five', () => {
    const mixed = before.map(({ psnrY, lpips }, i) => ({ psnrY: psnrY + (i % 2 ? 0.3 : -0.25), lpips }));
    expect(taughtVerdict(before, mixed)).toMatchObject({
      overall: 'no difference shown',
      psnrY: { verdict: 'not shown' },
    });
    expect(taughtVerdict(before.slice(0, 4), shifted(1, -0.1).slice(0, 4))?.overall).toBe('no difference shown');
  });

  it('has the means and their difference', () => {
    const verdict = taughtVerdict(before, shifted(0.5, -0.01));
    expect(verdict?.psnrY).toMatchObject({ before: 26.5, after: 27 });
    expect(verdict?.psnrY?.interval.mean).toBeCloseTo(0.5, 12);
    expect(verdict?.lpips?.interval.mean).toBeCloseTo(-0.01, 12);
    expect(verdict?.crops).toBe(6);
  });

  it('does without LPIPS where it was not measured, and is none of different crops', () => {
    const blind = before.map(({ psnrY }) => ({ psnrY, lpips: null }));
    expect(taughtVerdict(blind, shifted(0.5, 0))).toMatchObject({ lpips: null, overall: 'better' });
    expect(meanScores(blind)).toEqual({ psnrY: 26.5, lpips: null });
    expect(taughtVerdict(before, before.slice(1))).toBeNull();
    expect(taughtVerdict([], [])).toBeNull();
  });

  it('leaves out of PSNR the crops that are equal to the truth, whose PSNR is infinite', () => {
    const blank = { psnrY: Number.POSITIVE_INFINITY, lpips: 0 };
    const verdict = taughtVerdict([...before, blank], [...shifted(0.5, -0.01), blank]);
    expect(verdict?.psnrY).toMatchObject({ before: 26.5, after: 27, verdict: 'yes' });
    expect(meanScores([...before, blank]).psnrY).toBe(26.5);
    expect(meanScores([blank]).psnrY).toBe(Number.POSITIVE_INFINITY);
    const equal = taughtVerdict([blank], [blank]);
    expect(equal).toMatchObject({ psnrY: null, overall: 'no difference shown' });
    expect(equal && verdictText(equal)).toBe('Not better: no difference is shown.');
  });
});
