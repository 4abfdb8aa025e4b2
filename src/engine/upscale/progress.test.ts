import { describe, expect, it } from 'vitest';
import { WorkClock } from '../runtime/kernel-watch.ts';
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
