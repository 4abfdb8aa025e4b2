import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../paper/config.ts';
import { MetricsLog, mostRows, packRow } from './metrics-log.ts';
import { metricsColumns, readRowLines, rowLines } from './run-metrics.ts';

const row = (step: number) =>
  packRow(
    {
      step,
      losses: { distill: 0.5 },
      scores: { lrFake: -1 },
      accuracies: { lrFake: 1 },
      pixelStd: { yHat: 0.25 },
      termGrads: {},
      termShares: {},
      gradNorms: { student: 3 },
      heldOut: { psnrY: 24 },
    },
    { whole: 20 },
  );
const at = (values: Float64Array, column: (typeof metricsColumns)[number]) => values[metricsColumns.indexOf(column)];

describe('packRow', () => {
  it('puts each number in its column, and none where nothing was measured', () => {
    const values = row(4);
    expect(values.length).toBe(metricsColumns.length);
    const known = [
      'step',
      'losses.distill',
      'scores.lrFake',
      'accuracies.lrFake',
      'pixelStd.yHat',
      'heldOut.psnrY',
      'gradNorms.student',
      'timing.whole',
    ] as const;
    expect(known.map((column) => at(values, column))).toEqual([4, 0.5, -1, 1, 0.25, 24, 3, 20]);
    expect(values.filter((value) => !Number.isNaN(value)).length).toBe(known.length);
  });
});

describe('RowHistory', () => {
  it('comes back from its file, and forgets what is beyond a checkpoint', async () => {
    const history = new MetricsLog();
    for (let step = 0; step < 5; step++) history.push(row(step));
    for (const step of [2, 4]) history.note({ step, text: 'Weight of D_H 0.02 → 1' });
    const again = await MetricsLog.read(history.file());
    expect(again.values()).toEqual(history.values());
    expect(again.annotations).toEqual(history.annotations);
    expect(again.cut(3)).toBe(2);
    expect(again.values().length).toBe(3 * metricsColumns.length);
    expect(again.annotations.length).toBe(1);
  });

  it('reads a file of another version by the names of its columns', async () => {
    const header = { columns: ['losses.gone', 'step', 'losses.distill'], annotations: [{ step: 'x' }, null] };
    const file = new Blob([`${JSON.stringify(header)}\n`, Float32Array.of(9, 0, 0.5, 9, 1, 0.25)]);
    const history = await MetricsLog.read(file);
    const [first, second] = [history.values(), history.values().subarray(metricsColumns.length)];
    expect([at(first, 'step'), at(second, 'step'), at(second, 'losses.distill')]).toEqual([0, 1, 0.25]);
    expect(first.subarray(0, metricsColumns.length).filter((value) => !Number.isNaN(value)).length).toBe(2);
    expect(history.annotations).toEqual([]);
  });

  it('keeps a long run whole, its older half ever more coarsely, with what was measured now and then', () => {
    const history = new MetricsLog();
    for (let step = 0; step < 2.5 * mostRows; step++) {
      const values = new Float64Array(metricsColumns.length).fill(Number.NaN);
      values[0] = step;
      // On the iterations of which every second one goes first.
      if (step % 50 === 0) values[metricsColumns.indexOf('heldOut.psnrY')] = step;
      history.push(values);
    }
    const rows = [...history.each()];
    expect(rows.length).toBeLessThanOrEqual(mostRows);
    const steps = rows.map((values) => values[0]);
    expect(steps.every((step, i) => i === 0 || step > steps[i - 1])).toBe(true);
    expect(steps[0]).toBeLessThan(128);
    expect(steps.slice(-mostRows / 3).every((step, i, all) => i === 0 || step === all[i - 1] + 1)).toBe(true);
    const measured = history.last('heldOut.psnrY', mostRows);
    const gaps = measured.slice(1).map((value, i) => value - measured[i]);
    expect([measured[0], Math.max(...gaps), Math.min(...gaps)]).toEqual([50, 100, 50]);
  });

  it('has no rows where the file is damaged or missing', async () => {
    const header = `${JSON.stringify({ columns: ['step', 'losses.gt'], annotations: [] })}\n`;
    for (const parts of [[new Uint8Array(13)], ['{"columns":[]}\n'], ['\n'], [header, new Uint8Array(12)]]) {
      expect((await MetricsLog.read(new Blob(parts))).values().length).toBe(0);
    }
    expect((await MetricsLog.read(null)).values().length).toBe(0);
  });
});

describe('rows as lines of JSON', () => {
  const lines = (rows: readonly Float64Array[]) =>
    [...rowLines(rows, { config: defaultConfig, annotations: [] })].join('');
  const read = (text: string) => {
    const rows: Float64Array[] = [];
    readRowLines(text, (values) => rows.push(values));
    return rows;
  };

  it('come back, also with the PSNR of held-out pictures that bicubic gives exactly', () => {
    const exact = row(4).map((value, i) =>
      metricsColumns[i] === 'heldOut.bicubicPsnrY' ? Number.POSITIVE_INFINITY : value,
    );
    expect(read(lines([row(3), exact]))).toEqual([row(3), exact]);
  });

  it('are refused where a value is another thing', () => {
    const text = lines([row(3)]);
    for (const wrong of ['"24"', '1e39', 'true', '[]'])
      expect(() => read(text.replace('"heldOut.psnrY":24', `"heldOut.psnrY":${wrong}`))).toThrow(/Line 2/);
    expect(() => read(text.replace('"step":3', '"step":null'))).toThrow(/Line 2/);
  });
});
