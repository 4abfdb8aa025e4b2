import { describe, expect, it, vi } from 'vitest';
import { metricsColumns } from '../../../report/run-metrics.ts';
import { ChartView } from '../../../store/chart-view.ts';
import { Curves } from '../../../store/curves/curves.ts';
import { Pyramid } from '../../../store/curves/pyramid.ts';
import { chartGroups } from './groups.ts';
import { linesOf, numberText, tickText } from './legend.ts';
import { chartData, decimate, type Line, type Source, shownRange, spanOf } from './lines.ts';

const curves = (losses: Readonly<Record<number, number>>): Curves => {
  const all = new Curves();
  for (const [step, loss] of Object.entries(losses)) {
    const row: Record<string, number> = { step: Number(step), 'losses.student': loss };
    all.push(
      metricsColumns.map((name) => row[name] ?? Number.NaN),
      0,
    );
  }
  return all;
};
const long = curves({ 0: 4, 1: 3, 2: 2, 3: 1 });
const other = curves({ 1: 8, 2: 7 });
const source = { curves: long, overlays: { of: (run: string) => (run === 'b' ? other : null) } } as unknown as Source;
const line = (run: string | null): Line => ({ curve: 'losses.student', run, colour: 'red', isDashed: false });
const rough = new ChartView();
rough.change({ smoothing: 0 });

describe('the lines of several runs', () => {
  it('share their iterations; where a run has none, it has no value', () => {
    const [x, open, kept] = chartData([line(null), line('b')], source, rough, 100);
    expect(x).toEqual([1, 2, 3, 4]);
    expect(open).toEqual([4, 3, 2, 1]);
    expect([...(kept ?? [])].map((value) => value ?? null)).toEqual([null, 8, 7, null]);
  });

  it('keep their places while the curves of one are not here yet', () => {
    const [x, open, missing, kept] = chartData([line(null), line('gone'), line('b')], source, rough, 100);
    expect(open).toEqual([4, 3, 2, 1]);
    expect([...(missing ?? [])]).toEqual([null, null, null, null]);
    expect(kept?.[1]).toBe(8);
    expect(x).toHaveLength(4);
  });

  it('are smoothed each by itself', () => {
    const chartView = new ChartView();
    chartView.change({ smoothing: 0.5 });
    const data = chartData([line(null), line('b')], source, chartView, 100);
    expect(data).toHaveLength(5);
    expect(data[4]?.[1]).toBe(8);
    expect(data[4]?.[2]).toBeCloseTo((0.5 * 8 + 7) / 1.5, 5);
  });

  it('span what any of them has', () => {
    expect(spanOf([other, long])).toEqual([1, 4]);
    expect(spanOf([new Curves()])).toEqual([0, 0]);
    expect(shownRange([other, long], { ...rough.now, tail: 2 })).toEqual([3, 4]);
  });
});

describe('a chart of training curves', () => {
  const [student] = chartGroups;
  const psnr = chartGroups.find(({ title }) => title.includes('PSNR'));
  if (!student || !psnr) throw new Error('The charts are others now.');
  const run = (id: string, isOpen: boolean, colour: string) => ({
    run: id,
    name: id,
    colour,
    isDashed: false,
    isOpen,
  });

  it('has all curves of the open run, or one of each run with a colour of its own', () => {
    expect(linesOf(student, [run('a', true, 'black')], 'losses.distill').map(({ curve }) => curve)).toEqual(
      student.series.map(({ curve }) => curve),
    );
    const lines = linesOf(student, [run('a', true, 'black'), run('b', false, 'blue')], 'losses.distill');
    expect(lines.map(({ run: of, curve, colour, name }) => [of, curve, colour, name])).toEqual([
      [null, 'losses.distill', 'black', 'a'],
      ['b', 'losses.distill', 'blue', 'b'],
    ]);
  });

  it('keeps its reference, of the first run', () => {
    const lines = linesOf(psnr, [run('b', false, 'blue'), run('c', false, 'red')], 'heldOut.psnrY');
    expect(lines.map(({ run: of, curve }) => [of, curve])).toEqual([
      ['b', 'heldOut.psnrY'],
      ['c', 'heldOut.psnrY'],
      ['b', 'heldOut.bicubicPsnrY'],
    ]);
  });
});

const pyramid = (values: Iterable<number>) => {
  const made = new Pyramid();
  for (const value of values) made.push(value);
  return made;
};
const count = 100_000;
const steps = pyramid(Array.from({ length: count }, (_, i) => i));

describe('decimate', () => {
  it('hides no extreme of 100,000 points, and makes no more points than there are pixels', () => {
    const values = Array.from({ length: count }, (_, i) => Math.sin(i / 1000));
    values[31_415] = 50;
    values[77_777] = -50;
    const { x, y } = decimate(steps, [pyramid(values)], 0, count, 400);
    expect(x.length).toBe(800);
    expect(y[0]?.length).toBe(800);
    const drawn = y[0] as number[];
    expect([Math.max(...drawn), Math.min(...drawn)]).toEqual([50, -50]);
    // Each within its own pixel.
    const at = x[drawn.indexOf(50)] ?? 0;
    expect(Math.abs(at - 31_415)).toBeLessThanOrEqual(count / 400);
    expect(x.every((value, i) => i === 0 || value >= x[i - 1])).toBe(true);
  });

  it('costs by the pixels, not by the points', () => {
    const curve = pyramid(Array.from({ length: count }, (_, i) => i % 97));
    const reads = vi.spyOn(curve, 'at');
    const ranges = vi.spyOn(curve, 'extremes');
    decimate(steps, [curve], 0, count, 300);
    expect([reads.mock.calls.length, ranges.mock.calls.length]).toEqual([600, 300]);
  });

  it('leaves points as they are where there is room for them', () => {
    const { x, y } = decimate(steps, [pyramid([1, Number.NaN, 3])], 0, 3, 400);
    expect([x, y]).toEqual([[0, 1, 2], [[1, null, 3]]]);
  });
});

describe('numbers beside the charts', () => {
  it('are legible at every size', () => {
    expect([0.123456, 12.34567, 18_240.4, -100_000].map(numberText)).toEqual(['0.1235', '12.35', '18,240', '-100,000']);
    expect([null, 0, 0.05, 0.0001, 1e-7, 2500, 100_000, 2_500_000].map(tickText)).toEqual([
      '',
      '0',
      '0.05',
      '0.0001',
      '1e-7',
      '2,500',
      '100K',
      '2.5M',
    ]);
  });
});
