import { afterEach, describe, expect, it, vi } from 'vitest';
import { blended } from '../../imaging/tiling.ts';
import { defaultOptions, type JobState } from '../../protocol/upscale.ts';
import { DeviceLostError, TileMemoryError } from '../runtime/errors.ts';
import type { UpscaleEngine } from '../runtime/upscale-engine.ts';
import type { ImageSet, Item } from './images.ts';
import { RunQueue } from './queue.ts';

afterEach(() => vi.unstubAllGlobals());

const ready = { method: 'ours', tile: 16, parameters: 1, msPerTile: 1 };

/** Runs the image "a" in a queue of these images. */
function queueIn(images: unknown) {
  const queue = new RunQueue(images as ImageSet, () => {}, {
    besides: async () => {},
    interrupt: {} as never,
    recordTileTimes: () => {},
    rebuild: () => {},
    notice: () => {},
  });
  return (item: unknown, compute: unknown, signal = new AbortController().signal) =>
    queue.run({ id: 'a', item: item as Item, preview: false }, compute as UpscaleEngine, defaultOptions, signal);
}

/** A queue of one image, whose run ends as `outcome` says. */
function queueOf(outcome: () => Promise<boolean>) {
  const states: JobState[] = [];
  const progress = { done: 0, total: 1, share: 0, etaSeconds: null, etaBand: null };
  const job = {
    matches: () => true,
    run: outcome,
    progress: () => progress,
    seconds: 1,
    tileTimes: new Map(),
    plan: { tiles: [] },
  };
  const item = { record: {}, run: null } as unknown as { run: unknown };
  const images = {
    get: () => item,
    setState: (_: string, state: JobState) => states.push(state),
    keepResult: async () => {},
  };
  const runIn = queueIn(images);
  const run = (signal?: AbortSignal) => {
    item.run ??= { job, output: { width: 4, height: 4, getContext: () => ({}) } };
    return runIn(item, { ready, tiling: {}, backend: {}, msOf: () => 1, shrink: () => {} }, signal);
  };
  return { run, states };
}

const lost = () => Promise.reject(new DeviceLostError('Device was destroyed.'));

describe('RunQueue', () => {
  it('gives an image up that loses three devices in a row, and begins to count again when it is asked for anew', async () => {
    const { run, states } = queueOf(lost);
    for (let i = 0; i < 6; i++) await run();
    const [again, running] = ['waiting', 'running'];
    const once = [running, again, running, again, running, 'failed'];
    expect(states).toEqual([...once, ...once]);
  });

  it('does not count devices that earlier runs lost, which went on to their end', async () => {
    let turn = 0;
    const { run, states } = queueOf(() => (turn++ % 2 === 0 ? lost() : Promise.resolve(true)));
    for (let i = 0; i < 8; i++) await run();
    expect(states.filter((state) => state !== 'running')).toEqual(Array(4).fill(['waiting', 'done']).flat());
  });

  it.each([
    ['its device is lost', new DeviceLostError('Device was destroyed.')],
    ['memory runs out', new TileMemoryError('No room.')],
  ])('stays stopped where %s in the tile after which it was to stop', async (_, error) => {
    const stop = new AbortController();
    const { run, states } = queueOf(() => {
      stop.abort();
      return Promise.reject(error);
    });
    await run(stop.signal);
    expect(states).toEqual(['running', 'paused']);
  });

  it('has a canvas to look at as soon as a run is there', async () => {
    const drawn = new Set<unknown>();
    class Canvas {
      getContext() {
        drawn.add(this);
        return { putImageData: () => {} };
      }
    }
    vi.stubGlobal('OffscreenCanvas', Canvas);
    const item = {
      width: 4,
      height: 4,
      record: { kept: null },
      run: null,
      spread: { state: 'none' },
    } as unknown as Item;
    const seen: boolean[] = [];
    const images = {
      get: () => item,
      setState: () => {},
      pixels: async () => ({ width: 4, height: 4, data: new Uint8ClampedArray(64).fill(255) }),
      tellOfRoom: async () => seen.push(drawn.has(item.run?.output)),
      beginRun: () => Promise.reject(new Error('far enough')),
    };
    await queueIn(images)(item, { ready, tiling: blended(16), backend: {} });
    expect(seen).toEqual([true]);
  });
});
