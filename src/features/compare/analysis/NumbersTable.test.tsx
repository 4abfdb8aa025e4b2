// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { render } from '../../../../tests/support/render.tsx';
import type { CompareResult, CompareState } from '../../../protocol/compare.ts';
import { defaultOptions } from '../../../protocol/upscale.ts';
import { metricsVersion } from '../../../report/columns.ts';
import { NumbersTable } from './NumbersTable.tsx';

const { preset, seed, colourLock } = defaultOptions;
const result = (method: CompareResult['method'], psnrY: number, rest: Partial<CompareResult> = {}): CompareResult => ({
  method,
  settings: { preset, seed, colourLock },
  fault: null,
  ms: 85,
  megapixelsPerSecond: 1,
  peakBytes: null,
  parameters: null,
  scores: { psnrY, psnrRgb: psnrY - 1, ssimY: 0.9, msSsim: null, lpips: 0.2, niqe: null },
  metrics: metricsVersion,
  ...rest,
});

const table = (...results: CompareResult[]) =>
  render(<NumbersTable />, (_, emit) => {
    const methods = results.map(({ method }) => method);
    const state = { inputs: [], selected: 'a', prepared: null, models: [], revision: 0, fault: null };
    emit({ type: 'compare-state', state: { ...state, methods, results } as unknown as CompareState });
  });
const cell = (method: string | RegExp, metric: string) => {
  const row = screen.getByRole('rowheader', { name: method }).closest('tr') as HTMLElement;
  return row.querySelector(`[data-metric="${metric}"]`);
};

describe('NumbersTable', () => {
  it('marks the best and the second best of each metric', () => {
    table(result('nearest', 22), result('bicubic', 24), result('ours', 25));
    expect(cell('ours', 'psnrY')?.getAttribute('data-rank')).toBe('1');
    expect(cell('bicubic', 'psnrY')?.getAttribute('data-rank')).toBe('2');
    expect(cell('nearest', 'psnrY')?.getAttribute('data-rank')).toBeNull();
  });

  it('has a dash and its reason for a metric that a picture is too small for', () => {
    table(result('bicubic', 24), result('ours', 25));
    expect(cell('ours', 'msSsim')?.textContent).toBe('—');
    expect(cell('ours', 'msSsim')?.getAttribute('title')).toMatch(/^MS-SSIM takes /);
    expect(screen.getByText(/the picture is too small/)).toBeTruthy();
  });

  it('follows the dial between l2 and ours, and asks for one blend at a time', () => {
    const { sent, emit } = table(result('l2', 25), result('ours', 24));
    const dial = screen.getByRole('slider', { name: 'Detail' });
    for (const value of [80, 60, 40]) fireEvent.change(dial, { target: { value } });
    expect(sent).toEqual([{ type: 'compare-blend', detail: 80 }]);
    emit({ type: 'compare-blended', detail: 80, scores: { psnrY: 24.2 } });
    expect(sent.at(-1)).toEqual({ type: 'compare-blend', detail: 40 });
    emit({ type: 'compare-blended', detail: 40, scores: { psnrY: 25.25 } });
    expect(sent).toHaveLength(2);
    expect(cell('L2–ours at 40 %', 'psnrY')?.textContent).toBe('25.250 best');
    expect(cell('L2–ours at 40 %', 'lpips')?.textContent).toBe('—');
    emit({ type: 'compare-picture', layer: 'ours', bitmap: { close() {} } as unknown as ImageBitmap });
    expect(sent).toHaveLength(3);
    emit({ type: 'compare-cleared' });
    expect(screen.queryByRole('rowheader', { name: /at 40 %/ })).toBeNull();
  });

  it('has no dial where an end is missing', () => {
    table(result('bicubic', 24), result('ours', 25));
    expect(screen.queryByRole('slider')).toBeNull();
  });

  it('says which results come from other settings or metrics, and leaves failed ones out', () => {
    table(
      result('ours', 25, { settings: { preset, seed: seed + 1, colourLock } }),
      result('sinsr', 24, { metrics: metricsVersion - 1 }),
      result('bicubic', 23, { fault: 'Memory ran out.' }),
    );
    expect(screen.getByRole('rowheader', { name: /^ours seed 43, other settings/ })).toBeTruthy();
    expect(screen.getByRole('rowheader', { name: /^SinSR measured with other metrics/ })).toBeTruthy();
    expect(within(screen.getByRole('table')).queryByText('bicubic')).toBeNull();
  });

  it('explains the metrics that have a column, and no other', () => {
    const scores = { niqe: 4 } as CompareResult['scores'];
    const { container } = table(result('bicubic', 24, { scores }), result('ours', 25, { scores }));
    expect(container.textContent).toContain('NIQE rates the result alone');
    expect(container.textContent).not.toContain('LPIPS');
  });

  it('is not there before there is a result', () => {
    expect(table().container.textContent).toBe('');
  });
});
