/** The profiler: sums over runs, and on a GPU that every program is timed, named and counted once. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashed } from '../../tests/kernels/agreement.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import type { Backend } from './backend.ts';
import { countsBetween } from './counters.ts';
import { conv2d } from './ops/conv2d/index.ts';
import { measurePeak, shareOfPeak } from './peak.ts';
import { summary } from './profiler.ts';

describe('a profile of GPU programs', () => {
  const run = (name: string, phase: string) => ({ name, phase, isOwn: true, flops: 10, bytes: 4 });

  it('sums the runs of a program, slowest first, and spans phases', () => {
    const runs = [run('a', 'one'), run('b', 'one'), run('a', 'two')];
    const profile = summary(runs, [0, 1e6, 3e6, 8e6, 8e6, 9e6]);
    expect(profile.ms).toBe(9);
    expect(profile.programs).toEqual([
      { name: 'b', isOwn: true, count: 1, ms: 5, flops: 10, bytes: 4 },
      { name: 'a', isOwn: true, count: 2, ms: 2, flops: 20, bytes: 8 },
    ]);
    expect(profile.phases).toEqual([
      { name: 'one', start: 0, ms: 8, busyMs: 6 },
      { name: 'two', start: 8, ms: 1, busyMs: 1 },
    ]);
  });

  it('takes a clock that goes backwards for no time', () => {
    expect(summary([run('a', '')], [0, -5]).programs[0]?.ms).toBe(0);
  });
});

const adapter = await findAdapter('profiling');
const keepsTime = adapter?.features.has('timestamp-query');
if (!keepsTime) console.warn('No adapter that keeps time here: programs are not profiled.');

describe.runIf(keepsTime)('on a GPU', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openNodeBackend('webgpu');
  });
  afterAll(() => backend.dispose());

  const x = () => hashed([1, 9, 8, 12], 0) as tf.Tensor4D;
  const work = () =>
    tf.tidy(() => {
      const y = conv2d(x(), hashed([3, 3, 12, 20], 1) as tf.Tensor4D, hashed([20], 2) as tf.Tensor1D);
      return tf.square(y);
    });

  it("times ours and tfjs's programs by phase, and changes no result", async () => {
    const plain = work();
    const expected = await plain.data();
    const before = backend.counts();
    let result: tf.Tensor | undefined;
    const profile = await backend.profile?.((enter) => {
      enter('the only phase');
      result = work();
    });
    const { dispatches, maps } = countsBetween(before, backend.counts());
    expect(profile?.programs.reduce((sum, { count }) => sum + count, 0)).toBe(dispatches);
    expect(maps).toBe(1);
    const convolution = profile?.programs.find(({ name }) => name.startsWith('convolution'));
    expect(convolution).toMatchObject({ isOwn: true, count: 1, flops: 2 * 9 * 8 * 20 * 9 * 12 });
    expect(convolution?.bytes).toBeGreaterThanOrEqual(4 * (9 * 8 * 12 + 9 * 12 * 20 + 20 + 9 * 8 * 20));
    expect(profile?.programs.some(({ isOwn }) => !isOwn)).toBe(true);
    expect(profile?.phases.map(({ name }) => name)).toEqual(['the only phase']);
    expect(await result?.data()).toEqual(expected);
    tf.dispose([plain, result as tf.Tensor]);
  });

  it('listens no longer than asked, also after work that failed', async () => {
    await expect(
      backend.profile?.(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const after = work();
    await after.data();
    after.dispose();
    const nothing = await backend.profile?.(() => {});
    expect(nothing).toEqual({ ms: 0, phases: [], programs: [] });
  });

  it('knows peaks that no program passes', async () => {
    const peak = await measurePeak(backend);
    expect(peak.flopsPerSecond).toBeGreaterThan(1e6);
    expect(peak.bytesPerSecond).toBeGreaterThan(1e6);
    const half = { flops: peak.flopsPerSecond / 2, bytes: 0, ms: 1000 };
    expect(shareOfPeak(half, peak)).toBeCloseTo(0.5, 6);
  });
});
