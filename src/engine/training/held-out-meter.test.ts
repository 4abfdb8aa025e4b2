/** The meter of held-out pictures, where one of them can't be had for now. */
import { expect, it } from 'vitest';
import { defaultConfig } from '../../paper/config.ts';
import type { TrainingRun } from '../../training/run.ts';
import type { Lpips } from '../runtime/metrics.ts';
import { HeldOutMeter } from './held-out-meter.ts';

it('opens LPIPS’s network once, however often it is tried', async () => {
  let [opened, freed] = [0, 0];
  const openLpips = async () => {
    opened++;
    return { measure: null, dispose: () => freed++ } as unknown as Lpips;
  };
  const pictures = { count: 1, picture: () => Promise.reject(new Error('It is gone.')) };
  const learners = new Map([['student', {}]]);
  const run = { config: { ...defaultConfig, heldOutEvery: 1 }, models: {}, learners } as unknown as TrainingRun;
  const meter = new HeldOutMeter(run, pictures, openLpips);
  for (const step of [1, 2]) await expect(meter.numbers(step)).rejects.toThrow('It is gone.');
  meter.dispose();
  expect([opened, freed]).toEqual([1, 1]);
});
