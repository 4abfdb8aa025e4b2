/** The upscale job on real backends, with the smallest networks: what must hold for any weights. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { findAdapter, onBoth } from '../../../tests/support/gpu.ts';
import { endures, rounds, soakTimeout, tell } from '../../../tests/support/soak.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import { countsBetween } from '../../gpu/counters.ts';
import type { Recordings } from '../../gpu/replay.ts';
import { cropRgba8, pasteRgba8, type Rgba8 } from '../../imaging/image.ts';
import { RandomStream } from '../../imaging/random.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import type { BackendRequest } from '../../protocol/upscale.ts';
import { DeviceLostError } from '../runtime/errors.ts';
import { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { type OpenEngine, SteadyEngine } from './steady-engine.ts';
import { type JobOptions, TiledUpscale } from './tiled-upscale.ts';

const options: JobOptions = { preset: 'compact', method: 'sinsr', seed: 7, colourLock: 'wavelet' };
const model = await tinyModel();
const adapter = await findAdapter('jobs on WebGPU');
/** SwiftShader takes seconds for the smallest tile: there only the lost device is tested, which needs WebGPU. */
const gpuBackends = onBoth && adapter && !/swiftshader/i.test(adapter.info.description) ? (['webgpu'] as const) : [];

const open = (backend: BackendRequest, tile = 16, memoryBudget = 2 ** 30) =>
  UpscaleEngine.open(
    { openBackend: openNodeBackend, models: () => model.source },
    { backend, preset: 'compact', method: 'sinsr', tile, memoryBudget },
    () => {},
  );

function photo(width: number, height: number, alpha = 255): Rgba8 {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
    return i % 4 === 3 ? alpha : 128 + 90 * Math.sin(x * 0.3 + (i % 4)) * Math.cos(y * 0.2);
  });
  return { width, height, data };
}

async function upscale(
  compute: UpscaleEngine,
  image: Rgba8,
  change: Partial<JobOptions> = {},
  signal = new AbortController().signal,
) {
  const job = new TiledUpscale(image, { ...options, ...change }, compute.ready.tile, compute.tiling);
  const out: Rgba8 = {
    width: image.width * upscaleFactor,
    height: image.height * upscaleFactor,
    data: new Uint8ClampedArray(image.width * image.height * upscaleFactor * upscaleFactor * 4),
  };
  const finished = await job.run(compute, {
    signal,
    onBlock: (rect, pixels) => pasteRgba8(out, pixels, rect.x, rect.y),
  });
  return { out, job, finished };
}

const largestDelta = (a: Rgba8, b: Rgba8) =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);

describe.each(['wasm', ...gpuBackends] as const)('a tiled upscale on %s', (backend) => {
  let compute: UpscaleEngine;
  beforeAll(async () => {
    compute = await open(backend);
  });
  afterAll(() => compute.dispose());

  it.each([
    [1, 1],
    [3, 40],
    [16, 16],
    [21, 17],
  ])('turns %i×%i into exactly ×4, every pixel set', async (width, height) => {
    const { out, finished } = await upscale(compute, photo(width, height));
    expect(finished).toBe(true);
    expect(out.data.length).toBe(width * 4 * height * 4 * 4);
    for (let i = 3; i < out.data.length; i += 4) expect(out.data[i]).toBe(255);
  });

  it('gives the same picture for the same seed and another for another', async () => {
    const image = photo(20, 20);
    const [a, b, c] = [
      await upscale(compute, image),
      await upscale(compute, image),
      await upscale(compute, image, { seed: 8 }),
    ];
    expect(largestDelta(a.out, b.out)).toBe(0);
    expect(largestDelta(a.out, c.out)).toBeGreaterThan(0);
  });

  it('gives a crop, a tile or more from its edge, the pixels it has in the whole', async () => {
    const image = photo(72, 16);
    const whole = (await upscale(compute, image)).out;
    const crop = (await upscale(compute, cropRgba8(image, 12, 0, 48, 16), { origin: { x: 12, y: 0 } })).out;
    const inside = [16, 0, 16, 16].map((n) => n * upscaleFactor) as [number, number, number, number];
    const same = cropRgba8(whole, inside[0] + 12 * upscaleFactor, inside[1], inside[2], inside[3]);
    expect(largestDelta(cropRgba8(crop, ...inside), same)).toBe(0);
  });

  it('stops within a tile and runs on to the same picture', async () => {
    const image = photo(40, 24);
    const { out: straight } = await upscale(compute, image);
    const job = new TiledUpscale(image, options, compute.ready.tile, compute.tiling);
    const out: Rgba8 = { ...straight, data: new Uint8ClampedArray(straight.data.length) };
    const onBlock = (rect: { x: number; y: number }, pixels: Rgba8) => pasteRgba8(out, pixels, rect.x, rect.y);
    const abort = new AbortController();
    const stopped = await job.run(compute, {
      signal: abort.signal,
      onProgress: ({ done }) => done === 2 && abort.abort(),
      onBlock,
    });
    expect([stopped, job.progress().done]).toEqual([false, 2]);
    expect(await job.run(compute, { signal: new AbortController().signal, onBlock })).toBe(true);
    expect(largestDelta(out, straight)).toBe(0);
  });

  it('keeps memory flat over 20 images', async () => {
    await upscale(compute, photo(16, 16));
    const before = compute.backend.memory();
    for (let i = 0; i < 20; i++) {
      // Every tenth has several tiles.
      await upscale(compute, photo(i % 10 === 9 ? 30 : 16 - (i % 5), 16 - (i % 3)));
      expect(compute.backend.memory()).toEqual(before);
    }
    // Dozens of tiles, on a software adapter and a busy machine.
  }, 600_000);

  it('keeps a gradient of alpha a gradient', async () => {
    const image = photo(16, 4);
    for (let i = 0; i < 64; i++) image.data[i * 4 + 3] = (i % 16) * 17;
    const { out } = await upscale(compute, image);
    const row = Array.from({ length: 64 }, (_, x) => out.data[x * 4 + 3]);
    expect(new Set(row).size).toBeGreaterThan(32);
    expect(row.every((value, x) => x === 0 || value >= row[x - 1])).toBe(true);
  });
});

describe.skipIf(!adapter)('the tiles of a picture on WebGPU', () => {
  it('are recorded once: from the second on one submit each and no new buffer, to the bit as without', async () => {
    const roomy = await open('webgpu');
    const { peak } = roomy.networks.tileCost(16, 16);
    roomy.dispose();
    const compute = await open('webgpu', 16, peak);
    const recordings = compute.backend.recordings as Recordings;
    const image = photo(40, 24);
    const { out: first, job } = await upscale(compute, image);
    const { tiles } = job.plan;
    const before = compute.backend.counts();
    const { out: second } = await upscale(compute, image);
    const { submits, maps, writes, buffers } = countsBetween(before, compute.backend.counts());
    const once = tiles.length;
    expect({ submits, maps, writes, buffers }).toEqual({ submits: once, maps: once, writes: 2 * once, buffers: 0 });
    // Not the probe's tile, whose colours are locked in another way: the budget is of one.
    expect([recordings.count, recordings.refusal]).toEqual([1, null]);
    expect(compute.backend.memory().gpuBytes).toBeLessThan(peak);

    recordings.enabled = false;
    const { out: plain } = await upscale(compute, image);
    expect([once > 1, largestDelta(first, plain), largestDelta(second, plain)]).toEqual([true, 0, 0]);
    compute.dispose();
    expect(recordings.count).toBe(0);
  });

  it('are recorded anew once their networks decode in strips', async () => {
    const compute = await open('webgpu');
    const image = photo(16, 16);
    await upscale(compute, image);
    compute.shrink(2 ** 30, 'a test');
    expect(compute.networks.decodeRows).toBeLessThan(16);
    const { out: recorded } = await upscale(compute, image);
    (compute.backend.recordings as Recordings).enabled = false;
    const { out: plain } = await upscale(compute, image);
    compute.dispose();
    expect(largestDelta(recorded, plain)).toBe(0);
  });
});

describe.skipIf(!adapter)('a lost device', () => {
  /** An engine that is opened again, and how often it was. */
  async function openSteady() {
    let opened = 0;
    const reopen: OpenEngine = (tile) => {
      opened++;
      return open('webgpu', tile === 'auto' ? undefined : tile);
    };
    return { engine: await SteadyEngine.open(reopen, 16), opened: () => opened };
  }
  const memoryBudget = 2 ** 30;

  it('is replaced, and the picture goes on to the bit; lost again and again it costs that picture alone', async () => {
    const image = photo(40, 16);
    const { engine, opened } = await openSteady();
    const straight = await engine.upscale(image, options, { memoryBudget });
    const said: string[] = [];
    let isFirst = true;
    const out = await engine.upscale(image, options, {
      memoryBudget,
      onProgress({ done }) {
        if (done !== 1 || !isFirst) return;
        isFirst = false;
        engine.compute.loseDevice();
      },
      onChange: (reason) => said.push(reason),
    });
    expect([opened(), largestDelta(out, straight)]).toEqual([2, 0]);
    expect(said).toEqual([expect.stringMatching(/device was lost.*goes on where it stopped/)]);

    const onProgress = () => engine.compute.loseDevice();
    const tile = photo(16, 16);
    await expect(engine.upscale(tile, options, { memoryBudget, onProgress })).rejects.toThrow(DeviceLostError);
    expect((await engine.upscale(tile, options, { memoryBudget })).data).toHaveLength(64 * 64 * 4);
    engine.dispose();
  });

  it.runIf(endures)(
    'again and again, at random, changes no bit of the pictures',
    async () => {
      const image = photo(40, 16);
      const { engine } = await openSteady();
      const straight = await engine.upscale(image, options, { memoryBudget });
      const random = new RandomStream(51);
      const more = rounds('losses of the device in upscaling', 2, 50);
      let [losses, pictures] = [0, 0];
      while (more()) {
        const { compute } = engine;
        const timer = setTimeout(() => compute.loseDevice(), random.integer(1500));
        const out = await engine.upscale(image, options, { memoryBudget });
        clearTimeout(timer);
        if (engine.compute !== compute) losses++;
        pictures++;
        expect(largestDelta(out, straight)).toBe(0);
      }
      tell('losses of the device in upscaling', { losses, pictures });
      engine.dispose();
    },
    soakTimeout + 600_000,
  );
});
