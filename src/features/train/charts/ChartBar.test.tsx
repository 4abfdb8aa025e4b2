import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../paper/config.ts';
import { metricsColumns, shortest } from '../../../report/run-metrics.ts';
import { Curves } from '../../../store/curves/curves.ts';
import { curvesCsv, curvesJsonLines } from './ChartBar.tsx';

const curves = new Curves();
for (const step of [0, 1]) {
  const row = { step, 'losses.distill': 0.1 / (step + 1), 'timing.whole': 123.456 } as Record<string, number>;
  curves.push(
    Float64Array.from(metricsColumns, (name) => row[name] ?? Number.NaN),
    0,
  );
}
const source = { curves, annotations: [{ step: 1, text: 'Learning rate 0.1 → 0.2' }] };

describe('exported numbers', () => {
  it('are a table with configuration, seed, notes and names before them', () => {
    const [head = '', names = '', ...rows] = curvesCsv(source, defaultConfig).join('').trimEnd().split('\n');
    expect(JSON.parse(head.slice(2))).toMatchObject({ config: { seed: 42 }, annotations: source.annotations });
    expect(names.split(',')).toEqual([...metricsColumns]);
    const cells = rows.map((row) => row.split(','));
    expect(cells.map((row) => row.length)).toEqual([metricsColumns.length, metricsColumns.length]);
    const distill = metricsColumns.indexOf('losses.distill');
    expect(cells.map((row) => row[distill])).toEqual(['0.1', '0.05']);
    expect(cells[0]?.[metricsColumns.indexOf('losses.gt')]).toBe('');
  });

  it('are lines of JSON', () => {
    const [head, ...rows] = curvesJsonLines(source, defaultConfig)
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(head).toMatchObject({ config: { seed: 42 }, columns: metricsColumns, annotations: source.annotations });
    expect(rows[1]).toEqual({ step: 1, 'losses.distill': 0.05, 'timing.whole': 123.456 });
  });

  it('are as short as they can be and still the same', () => {
    const value = Math.fround(Math.PI * 1e-7);
    expect(Math.fround(Number(shortest(value)))).toBe(value);
    expect(shortest(Math.fround(0.3))).toBe('0.3');
    expect(shortest(16_777_215)).toBe('16777215');
  });
});
