import { describe, expect, it } from 'vitest';
import { columns } from '../training-protocol.ts';
import { packRow, RowHistory } from './row-history.ts';

const row = (step: number) =>
  packRow(
    {
      step,
      losses: { distill: 0.5 },
      scores: { lrFake: -1 },
      accuracies: { lrFake: 1 },
      spreads: { low: 0.25 },
      gradNorms: { student: 3 },
      heldOut: { psnrY: 24 },
    },
    { whole: 20 },
  );
const at = (values: Float64Array, column: (typeof columns)[number]) => values[columns.indexOf(column)];

describe('packRow', () => {
  it('puts each number in its column, and none where nothing was measured', () => {
    const values = row(4);
    expect(values.length).toBe(columns.length);
    const known = [
      'step',
      'losses.distill',
      'scores.lrFake',
      'accuracies.lrFake',
      'spreads.low',
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
    const history = new RowHistory();
    for (let step = 0; step < 5; step++) history.push(row(step));
    for (const step of [2, 4]) history.note({ step, text: 'Weight of D_H 0.02 → 1' });
    const again = await RowHistory.read(history.file());
    expect(again.values()).toEqual(history.values());
    expect(again.annotations).toEqual(history.annotations);
    expect(again.cut(3)).toBe(2);
    expect(again.values().length).toBe(3 * columns.length);
    expect(again.annotations.length).toBe(1);
  });

  it('reads a file of another version by the names of its columns', async () => {
    const header = { columns: ['losses.gone', 'step', 'losses.distill'], annotations: [{ step: 'x' }, null] };
    const file = new Blob([`${JSON.stringify(header)}\n`, Float32Array.of(9, 0, 0.5, 9, 1, 0.25)]);
    const history = await RowHistory.read(file);
    const [first, second] = [history.values(), history.values().subarray(columns.length)];
    expect([at(first, 'step'), at(second, 'step'), at(second, 'losses.distill')]).toEqual([0, 1, 0.25]);
    expect(first.subarray(0, columns.length).filter((value) => !Number.isNaN(value)).length).toBe(2);
    expect(history.annotations).toEqual([]);
  });

  it('has no rows where the file is damaged or missing', async () => {
    const header = `${JSON.stringify({ columns: ['step', 'losses.gt'], annotations: [] })}\n`;
    for (const parts of [[new Uint8Array(13)], ['{"columns":[]}\n'], ['\n'], [header, new Uint8Array(12)]]) {
      expect((await RowHistory.read(new Blob(parts))).values().length).toBe(0);
    }
    expect((await RowHistory.read(null)).values().length).toBe(0);
  });
});
