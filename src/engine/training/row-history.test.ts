import { describe, expect, it } from 'vitest';
import { columns } from '../training-protocol.ts';
import { packRow, RowHistory } from './row-history.ts';

const row = (step: number) =>
  packRow({ step, losses: { distill: 0.5 }, scores: { lrFake: -1 }, gradNorms: { student: 3 } }, { whole: 20 });
const at = (values: Float64Array, column: (typeof columns)[number]) => values[columns.indexOf(column)];

describe('packRow', () => {
  it('puts each number in its column, and none where nothing was measured', () => {
    const values = row(4);
    expect(values.length).toBe(columns.length);
    const known = ['step', 'losses.distill', 'scores.lrFake', 'gradNorms.student', 'timing.whole'] as const;
    expect(known.map((column) => at(values, column))).toEqual([4, 0.5, -1, 3, 20]);
    expect(values.filter((value) => !Number.isNaN(value)).length).toBe(known.length);
  });
});

describe('RowHistory', () => {
  it('comes back from its file, and forgets what is beyond a checkpoint', async () => {
    const history = new RowHistory();
    for (let step = 0; step < 5; step++) history.push(row(step));
    const again = await RowHistory.read(new Blob([history.pack()]));
    expect(again.pack()).toEqual(history.pack());
    expect(again.cut(3)).toBe(2);
    expect(again.pack().length).toBe(3 * columns.length);
  });

  it('has no rows where the file is damaged or missing', async () => {
    expect((await RowHistory.read(new Blob([new Uint8Array(13)]))).pack().length).toBe(0);
    expect((await RowHistory.read(null)).pack().length).toBe(0);
  });
});
