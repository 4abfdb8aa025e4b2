/** The rows of a profile add up, whatever is told together. */
import { describe, expect, it } from 'vitest';
import type { TileProfile } from '../../protocol/diagnosis.ts';
import { milliseconds, programRows } from './Profile.tsx';

const program = (name: string, ms: number, isOwn = true): TileProfile['programs'][number] => ({
  name,
  isOwn,
  count: 2,
  ms,
  flops: isOwn ? 2e6 * ms : 0,
  bytes: 1e6 * ms,
  share: isOwn ? 0.25 : null,
});
const profile = (programs: TileProfile['programs']): TileProfile => ({
  side: 64,
  ms: 10,
  peak: { flopsPerSecond: 8e9, bytesPerSecond: 1e9 },
  phases: [],
  programs,
});

describe('programRows', () => {
  it("tells share and rate of ours, and only the time of tfjs's, together", () => {
    expect(programRows(profile([program('a', 6), program('Xe', 3, false), program('Ye', 1, false)]))).toEqual([
      { name: 'a', runs: 2, ms: 6, ofAll: '60 %', rate: '2.0 GFLOP/s', ofPeak: '25 %' },
      { name: 'TensorFlow.js’s own programs', runs: 4, ms: 4, ofAll: '40 %', rate: '', ofPeak: '' },
    ]);
  });

  it('adds up what is not shown', () => {
    const many = Array.from({ length: 15 }, (_, i) => program(`p${i}`, 1));
    const rows = programRows(profile(many));
    expect(rows).toHaveLength(13);
    expect(rows.at(-1)).toMatchObject({ name: 'Our other programs', runs: 6, ms: 3, ofAll: '20 %' });
  });

  it('is empty where nothing ran', () => expect(programRows(profile([]))).toEqual([]));
});

it('the profile’s milliseconds have three digits', () => {
  expect([1.234, 12.34, 123.4].map(milliseconds)).toEqual(['1.23 ms', '12.3 ms', '123 ms']);
});
