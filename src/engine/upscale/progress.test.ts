import { describe, expect, it } from 'vitest';
import { Pace, WorkClock } from '../runtime/kernel-watch.ts';
import type { TileNetwork } from '../runtime/network-tiling.ts';
import { TiledUpscale } from './tiled-upscale.ts';

describe('a tile’s pixels and noise', () => {
  const image = { width: 24, height: 8, data: new Uint8ClampedArray(24 * 8 * 4).map((_, i) => i % 251) };
  const options = { preset: 'tiny', method: 'ours', seed: 3, colourLock: 'off' } as const;

  /** Tells when noise is drawn and when a tile runs, and keeps what it was given. */
  function network(log: string[], given = new Map<string, Float32Array>()): TileNetwork {
    return {
      tiling: { join: 'context', align: 8, context: 0 },
      latentChannels: 4,
      get noiseDraws() {
        log.push('noise');
        return 1;
      },
      async runTile({ data, width, height }, noise) {
        log.push('run');
        given.set(`${data}`, noise);
        await new Promise((resolve) => setTimeout(resolve));
        log.push('done');
        return new Float32Array(width * height * 48);
      },
    };
  }
  const run = (job: TiledUpscale, tiles: TileNetwork, hooks = {}) =>
    job.run(tiles, { signal: new AbortController().signal, onBlock() {}, ...hooks });
  const jobOf = ({ tiling }: TileNetwork) => new TiledUpscale(image, options, 8, tiling);

  it('are made while the tile before it runs', async () => {
    const log: string[] = [];
    const tiles = network(log);
    expect(await run(jobOf(tiles), tiles)).toBe(true);
    expect(log).toEqual(['noise', 'run', 'noise', 'done', 'run', 'noise', 'done', 'run', 'done']);
  });

  it('are those of the tile that runs, also when another goes first or another network goes on', async () => {
    const [expected, seen] = [new Map<string, Float32Array>(), new Map<string, Float32Array>()];
    const straight = network([], expected);
    await run(jobOf(straight), straight);
    expect(expected.size).toBe(3);
    const [first, second] = [network([], seen), network([], seen)];
    const job = jobOf(first);
    let done = 0;
    const visible = () => (done > 0 ? { x: 16, y: 0, width: 8, height: 8 } : null);
    const onProgress = ({ done: now }: { done: number }) => {
      done = now;
    };
    expect(await run(job, first, { visible, onProgress, isEnough: () => done === 1 })).toBe(false);
    expect(await run(job, second, { visible, onProgress })).toBe(true);
    expect(seen).toEqual(expected);
  });
});

describe('Pace', () => {
  const measured = (...times: readonly (readonly [size: number, ms: number])[]) => {
    const pace = new Pace();
    for (const [size, ms] of times) pace.add(size, ms);
    return pace;
  };

  it('goes by the median of what was measured: one slow picture changes nothing', () => {
    const pace = measured([10, 30], [10, 20]);
    expect(pace.of(1, 10)).toBeCloseTo(20, 9);
    for (const ms of [900, 40, 800]) pace.add(10, ms);
    expect(pace.of(1, 10)).toBeCloseTo(40, 9);
    // The oldest is forgotten.
    for (const ms of [10, 10, 10]) pace.add(10, ms);
    expect(pace.of(1, 10)).toBeCloseTo(10, 9);
  });

  it('knows nothing before the first, is proportional to the one size it knows, and exact for two', () => {
    expect(new Pace().of(1, 10)).toBeNull();
    expect(measured([10, 30]).of(3, 50)).toBeCloseTo(150, 9);
    const pace = measured([10, 30], [40, 60]);
    expect([pace.of(1, 10), pace.of(1, 40), pace.of(5, 100)]).toEqual([30, 60, 200].map((ms) => expect.closeTo(ms, 9)));
  });

  it('lies near each of more than two, and never below what nothing takes', () => {
    const pace = measured([10, 30], [40, 60], [100, 130]);
    for (const [size, ms] of [
      [10, 30],
      [40, 60],
      [100, 130],
    ] as const) {
      expect(Math.abs((pace.of(1, size) ?? 0) / ms - 1)).toBeLessThan(0.1);
    }
    // A small one that was timed beside other work costs the larger ones nothing; nor the other way round.
    expect(measured([10, 60], [40, 50]).of(1, 0)).toBeGreaterThan(0);
    expect(measured([10, 60], [40, 50]).of(1, 1000)).toBeLessThan(61);
    expect(measured([10, 10], [40, 60]).of(1, 0)).toBe(0);
  });
});

describe('WorkClock', () => {
  it('knows nothing before the first tile and no band after one', () => {
    const clock = new WorkClock();
    expect(clock.estimate(10)).toEqual({ etaSeconds: null, etaBand: null });
    clock.add(500);
    expect(clock.estimate(10)).toEqual({ etaSeconds: 5, etaBand: null });
  });

  it('has mean × tiles left, and a band of zero for equal tiles', () => {
    const clock = new WorkClock();
    for (let i = 0; i < 5; i++) clock.add(200);
    expect(clock.estimate(10).etaSeconds).toBeCloseTo(2, 12);
    expect(clock.estimate(10).etaBand).toBeCloseTo(0, 12);
  });

  it('has a band from the spread that narrows as tiles come in', () => {
    const [few, many] = [new WorkClock(), new WorkClock()];
    for (let i = 0; i < 4; i++) few.add(i % 2 ? 100 : 300);
    for (let i = 0; i < 400; i++) many.add(i % 2 ? 100 : 300);
    expect(few.estimate(100).etaBand).toBeGreaterThan(many.estimate(100).etaBand ?? 0);
    expect(many.estimate(100).etaBand).toBeGreaterThan(0);
  });

  it('goes by the work that is in a piece', () => {
    const clock = new WorkClock();
    for (const work of [3, 1, 5, 2]) clock.add(40 * work, work);
    expect(clock.mean).toBeCloseTo(40, 12);
    expect(clock.estimate(7).etaSeconds).toBeCloseTo(0.28, 12);
    expect(clock.estimate(7).etaBand).toBeCloseTo(0, 6);
  });

  it('gives one band whatever the unit of work', () => {
    const [pieces, pixels] = [new WorkClock(), new WorkClock()];
    for (const milliseconds of [90, 130, 110, 100]) {
      pieces.add(milliseconds);
      pixels.add(milliseconds, 64);
    }
    const [a, b] = [pieces.estimate(10), pixels.estimate(640)];
    expect(b.etaSeconds).toBeCloseTo(a.etaSeconds ?? 0, 12);
    expect(b.etaBand).toBeCloseTo(a.etaBand ?? 0, 12);
  });
});
