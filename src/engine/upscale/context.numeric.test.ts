/** Tiles with context, by hash-made networks without norms: what must hold for any weights. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { noiseRgba } from '../../../tests/support/test-images.ts';
import { modelOf } from '../../../tests/support/tiny-model.ts';
import { cropRgba8, pasteRgba8, type Rect, type Rgba8 } from '../../imaging/image.ts';
import { type ContextTiling, computedPixels } from '../../imaging/tiling.ts';
import { upscaleFactor } from '../../presets/architecture.ts';
import { presets } from '../../presets/presets.ts';
import { RoundTrip } from '../evaluation/methods.ts';
import { Interrupt } from '../runtime/kernel-watch.ts';
import { contextOf, type TileNetwork } from '../runtime/network-tiling.ts';
import { UpscaleEngine } from '../runtime/upscale-engine.ts';
import { predict, TiledUpscale, upscaleTiled } from './tiled-upscale.ts';

/** Two levels, of sizes 16 and 8, and attention in the middle alone: it reaches less far than tiny, so that a test can cover it. */
const near = {
  autoencoder: { ...presets.tiny.autoencoder, encoder_blocks: 0, decoder_blocks: 0 },
  unet: { ...presets.tiny.unet, channel_mult: [1, 1], attention_resolutions: [4] },
};
/**
 * LR pixels: bicubic 2, encoder 2; first convolution 1, residual blocks 2 + 2 · 2, down 1, windows of 4 in two places 2 · 6,
 * residual blocks behind them 2 · 6, up 1, residual blocks 4, last convolution 1; decoder 4. Whole windows are 8.
 */
const reach = 56;
const options = { preset: 'tiny', method: 'ours', seed: 7, colourLock: 'off' } as const;

async function open(networks: Parameters<typeof modelOf>[0], method: 'ours' | 'resshift', tile: number) {
  const { source } = await modelOf(networks, ['ours'], true);
  const environment = { openBackend: openNodeBackend, models: () => source };
  return UpscaleEngine.open(
    environment,
    { backend: 'wasm', preset: 'compact', method, tile, memoryBudget: 2 ** 30 },
    () => {},
  );
}

/** The same networks, with another context. */
const withContext = (compute: UpscaleEngine, context: number): TileNetwork => ({
  latentChannels: compute.latentChannels,
  noiseDraws: compute.noiseDraws,
  tiling: { ...(compute.tiling as ContextTiling), context },
  runTile: (lr, noise, lock, watch) => compute.runTile(lr, noise, lock, watch),
});

function opaque(width: number, height: number, seed: number): Rgba8 {
  const image = noiseRgba(width, height, seed);
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  return image;
}

function largestDelta(a: Rgba8, b: Rgba8): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);
}

describe('an upscaler without norms', () => {
  let compute: UpscaleEngine;
  beforeAll(async () => {
    compute = await open(near, 'ours', 16);
  });
  afterAll(() => compute.dispose());

  it('has context, and more of it where it takes many steps', async () => {
    expect(compute.tiling).toEqual({ join: 'context', align: 8, context: contextOf['one-step'] });
    const teacher = await open(near, 'resshift', 16);
    expect(teacher.tiling).toEqual({ join: 'context', align: 8, context: contextOf.ancestral });
    teacher.dispose();
  });

  it('gives one picture whatever its tiles, where context covers what it reaches', async () => {
    const image = opaque(40, 19, 3);
    const network = withContext(compute, reach);
    const whole = await upscaleTiled(network, 40, image, options, {});
    expect(largestDelta(await upscaleTiled(network, 16, image, options, {}), whole)).toBeLessThanOrEqual(1);
    const without = await upscaleTiled(withContext(compute, 0), 16, image, options, {});
    expect(largestDelta(without, whole)).toBeGreaterThan(10);
  });

  it('gives a crop, away from its edge, the pixels it has in the whole', async () => {
    const image = opaque(90, 16, 4);
    const whole = await upscaleTiled(compute, 16, image, options, {});
    const crop = await upscaleTiled(
      compute,
      16,
      cropRgba8(image, 12, 0, 78, 16),
      { ...options, origin: { x: 12, y: 0 } },
      {},
    );
    // Tiles from 32 on see no pixel left of 16.
    const [x, width, height] = [32 * upscaleFactor, 58 * upscaleFactor, 16 * upscaleFactor];
    expect(
      largestDelta(cropRgba8(crop, x - 12 * upscaleFactor, 0, width, height), cropRgba8(whole, x, 0, width, height)),
    ).toBe(0);
  });

  it.each([
    [1, 1],
    [1, 37],
    [17, 16],
  ])('turns %i×%i into exactly ×4, shows each pixel once, and goes on where it was stopped', async (width, height) => {
    const image = opaque(width, height, 5);
    const straight = await upscaleTiled(compute, 16, image, options, {});
    const job = new TiledUpscale(image, options, 16, compute.tiling);
    const out: Rgba8 = { ...straight, data: new Uint8ClampedArray(straight.data.length) };
    const shown = new Uint8Array(out.width * out.height);
    const onTile = ({ x, y, width, height }: Rect, pixels: Rgba8) => {
      expect([pixels.width, pixels.height]).toEqual([width, height]);
      for (let row = y; row < y + height; row++) {
        for (let column = x; column < x + width; column++) shown[row * out.width + column]++;
      }
    };
    const onBlock = ({ x, y }: Rect, pixels: Rgba8) => pasteRgba8(out, pixels, x, y);
    const abort = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 1 && abort.abort();
    await job.run(compute, { signal: abort.signal, onProgress, onTile, onBlock });
    expect(job.progress().done).toBe(1);
    expect(await job.run(compute, { signal: new AbortController().signal, onTile, onBlock })).toBe(true);
    expect(largestDelta(out, straight)).toBe(0);
    expect(shown.every((count) => count === 1)).toBe(true);
  });

  it('stops a tile between two kernels to let messages in, and then runs it whole', async () => {
    const image = opaque(17, 16, 6);
    const straight = await upscaleTiled(compute, 16, image, options, {});
    const memory = new SharedArrayBuffer(4);
    const flag = new Int32Array(memory);
    const interrupt = new Interrupt();
    interrupt.attach(memory);
    const out: Rgba8 = { ...straight, data: new Uint8ClampedArray(straight.data.length) };
    const onBlock = ({ x, y }: Rect, pixels: Rgba8) => pasteRgba8(out, pixels, x, y);
    const { runKernel } = tf.engine();
    let kernels = 0;
    tf.engine().runKernel = (...call) => {
      if (++kernels === 5) Atomics.store(flag, 0, 1);
      return runKernel.apply(tf.engine(), call) as never;
    };
    let tilesAtBreak = -1;
    const before = tf.memory().numTensors;
    const job = new TiledUpscale(image, options, 16, compute.tiling);
    const betweenTiles = async () => {
      if (tilesAtBreak < 0) tilesAtBreak = job.progress().done;
    };
    const finished = await job.run(compute, { signal: new AbortController().signal, interrupt, betweenTiles, onBlock });
    tf.engine().runKernel = runKernel;
    expect([finished, tilesAtBreak, flag[0]]).toEqual([true, 0, 0]);
    expect(tf.memory().numTensors).toBe(before);
    expect(largestDelta(out, straight)).toBe(0);
  });

  it('takes tiles of an earlier visit for finished', async () => {
    const image = opaque(33, 16, 7);
    const job = new TiledUpscale(image, options, 16, compute.tiling, [0, 2]);
    expect(job.progress()).toMatchObject({ done: 2, total: 3 });
    const rects: Rect[] = [];
    await job.run(compute, { signal: new AbortController().signal, onBlock: (rect) => rects.push(rect) });
    expect(rects).toEqual([{ x: 64, y: 0, width: 64, height: 64 }]);
  });

  it('ends a preview after the tile in which it has had enough', async () => {
    const job = new TiledUpscale(opaque(40, 16, 8), options, 16, compute.tiling);
    const hooks = { signal: new AbortController().signal, onBlock: () => {} };
    expect(await job.run(compute, { ...hooks, isEnough: () => job.progress().done === 2 })).toBe(false);
    expect(job.progress().done).toBe(2);
    expect(await job.run(compute, { ...hooks, isEnough: () => true })).toBe(true);
  });

  it('knows the time left before the first tile where it is told what all of it takes', async () => {
    const job = new TiledUpscale(opaque(16, 16, 9), options, 16, compute.tiling);
    const told: (number | null)[] = [];
    await job.run(compute, {
      signal: new AbortController().signal,
      onBlock: () => {},
      expectedMs: 2000,
      onProgress: ({ etaSeconds }) => told.push(etaSeconds),
    });
    expect(told[0]).toBeCloseTo(2, 12);
    expect(told.at(-1)).toBe(0);
  });

  it('is predicted by its tiles and the pixels that are computed', () => {
    const of = (width: number, height: number) => {
      const { run } = predict(compute, width, height);
      const { tiles } = new TiledUpscale(opaque(width, height, 1), options, 16, compute.tiling).plan;
      return { run, seconds: run?.seconds ?? Number.NaN, tiles: tiles.length, pixels: computedPixels(tiles) };
    };
    expect(predict(compute, 8, 8).run?.seconds).toBeNull();
    // While one size is known, by the pixels alone.
    compute.recordTileTime(1000, 2000);
    const [small, wide, large] = [of(8, 8), of(100, 8), of(100, 60)];
    expect([small, wide, large].map(({ run }) => run?.tiles)).toEqual([1, 7, 28]);
    for (const { seconds, pixels } of [small, wide, large]) expect(seconds).toBeCloseTo((2 * pixels) / 1000, 9);
    compute.recordTileTime(3000, 4000);
    const { seconds, tiles, pixels } = of(100, 60);
    expect(seconds).toBeCloseTo(tiles + pixels / 1000, 9);
    expect(small.run?.peakBytes).toBeLessThan(wide.run?.peakBytes ?? 0);
    expect(predict(null, 8, 8)).toEqual({ outWidth: 32, outHeight: 32, run: null });
  });
});

describe('an autoencoder without norms', () => {
  it('makes of a flat picture one pattern of a latent pixel, at the border and where tiles meet too', async () => {
    const { source } = await modelOf(presets.tiny);
    const backend = await openNodeBackend('wasm');
    const trip = await RoundTrip.load(source, backend, 2 ** 30);
    const [width, height] = [272, 20];
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => [90, 120, 160, 255][i % 4]);
    const { data: out } = await trip.run({ width, height, data });
    const differing = out.filter((value, i) => {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      return value !== out[((y % 4) * width + (x % 4)) * 4 + (i % 4)];
    });
    expect(differing.length).toBe(0);
    expect(new Set(out).size).toBeGreaterThan(5);
    trip.dispose();
    backend.dispose();
  });
});
