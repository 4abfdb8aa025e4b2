import { expect, it } from 'vitest';
import { historyLine } from './history.ts';

it('a line of the history has ratios and counts, and no times', () => {
  const counts = { dispatches: 14, submits: 1, buffers: 0, bytes: 0, maps: 0, writes: 2 };
  const rows = [{ name: 'a block', own: { ms: 32, ...counts }, stock: { ms: 98, ...counts }, ratio: 3.0625 }];
  const findings = new Map([
    ['plan', { ratios: { 'wasm 64×64': 0.98765 } }],
    ['growth', {}],
  ]);
  const measured = { adapter: 'x', preset: 'compact', size: 16, crop: 32, rows, findings };
  const line = historyLine(measured, { version: '1.2.3', commit: 'abc' });
  expect(line.endsWith('}\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    version: '1.2.3',
    commit: 'abc',
    adapter: 'x',
    preset: 'compact',
    size: 16,
    crop: 32,
    ratios: { 'a block': 3.06, 'plan: wasm 64×64': 0.988 },
    counts: { 'a block': counts },
  });
});
