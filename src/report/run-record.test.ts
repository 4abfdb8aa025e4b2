import { expect, it } from 'vitest';
import { readCheckpointSummary } from './run-record.ts';

it('the record of a checkpoint has a date that there is: no page could name another', () => {
  const summary = { step: 4, bytes: 3, pinned: false, psnrY: null, psnrStep: null };
  const last = { ...summary, saved: 8.64e15 };
  expect(new Date(readCheckpointSummary(last).saved).toISOString()).toBe('+275760-09-13T00:00:00.000Z');
  expect(() => readCheckpointSummary({ ...summary, saved: last.saved + 1 })).toThrow(
    'The record of the run is damaged.',
  );
});
