/**
 * Growth of time and memory: a tile's with its side and number, a picture's with its size at one tile, an
 * iteration's with its crop and batch. Pictures and iterations by the smallest networks, so that large ones are done in
 * minutes on a software adapter too.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type TileNetwork, tilingOf } from '../../src/engine/runtime/network-tiling.ts';
import { upscaleTiled } from '../../src/engine/upscale/tiled-upscale.ts';
import type { Backend } from '../../src/gpu/backend.ts';
import type { Recordings } from '../../src/gpu/replay.ts';
import { autoencoderCost, unetCost } from '../../src/nn/cost/memory.ts';
import { upscaleTile, upscaleTileLocked } from '../../src/paper/upscale.ts';
import { latentChannels } from '../../src/presets/architecture.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import { type Finding, Meter } from './measure.ts';
import { printTable } from './table.ts';
import { coTraining, hashedTensor, networks, smallest } from './workloads.ts';

interface TileGrowth {
  readonly side: number;
  readonly batch: number;
  readonly ms: number;
  /** Of GPU buffers at the most, without the weights. */
  readonly bytes: number;
  /** Those for each byte that the tensors alive at once are estimated to take (nn/cost.ts). */
  readonly heldPerAlive: number;
}

interface PictureGrowth {
  readonly side: number;
  readonly tiles: number;
  readonly ms: number;
  /** Of `ms`, what is the CPU's alone: cutting, noise, blending. */
  readonly cpuMs: number;
  readonly bytes: number;
}

interface IterationGrowth {
  readonly crop: number;
  readonly batch: number;
  readonly ms: number;
  /** Of GPU buffers at the most, without networks, optimizers and crops. */
  readonly bytes: number;
}

/** Bytes of buffers that are made from now on: the pool keeps what is freed, so that is the most at any time. */
function bytesFromHere(backend: Backend): () => number {
  backend.trim();
  const before = backend.memory().gpuBytes ?? 0;
  return () => (backend.memory().gpuBytes ?? 0) - before;
}

async function measureTile(backend: Backend, preset: ModelPreset, side: number, batch: number): Promise<TileGrowth> {
  const used = await networks(preset);
  const y = hashedTensor('picture', [batch, side, side, 3]) as tf.Tensor4D;
  const noise = hashedTensor('noise', [batch, side, side, latentChannels(preset.autoencoder)], 1.7) as tf.Tensor4D;
  const meter = new Meter(backend);
  const gpuBytes = bytesFromHere(backend);
  for (let repeat = 0; repeat < 2; repeat++) {
    // The first time compiles.
    meter.forget();
    await meter.measure('tile', () => tf.dispose(upscaleTile(used, y, noise, 'one-step')));
  }
  const bytes = gpuBytes();
  const costs = [
    autoencoderCost(preset.autoencoder, side, side, 'webgpu'),
    unetCost(preset.unet, side, side, 'webgpu'),
  ];
  const alive = batch * Math.max(...costs.map((cost) => cost.alive));
  used.autoencoder.params.dispose();
  used.unet.params.dispose();
  tf.dispose([y, noise]);
  return { side, batch, ms: meter.costs.get('tile')?.ms ?? 0, bytes, heldPerAlive: bytes / alive };
}

async function measurePictures(
  backend: Backend,
  tile: number,
  sides: readonly number[],
): Promise<readonly PictureGrowth[]> {
  const used = await networks(smallest);
  const channels = latentChannels(smallest.autoencoder);
  let [tiles, networkMs] = [0, 0];
  const network: TileNetwork = {
    latentChannels: channels,
    noiseDraws: 1,
    tiling: tilingOf(smallest.autoencoder, smallest.unet, 'one-step'),
    async runTile({ data, height, width }, noise, colourLock) {
      const started = performance.now();
      const values = await (backend.recordings as Recordings).run({
        owner: used,
        name: colourLock,
        spare: Number.POSITIVE_INFINITY,
        inputs: [
          { data, shape: [1, height, width, 3] },
          { data: noise, shape: [1, height, width, channels] },
        ],
        run: (y, noise) => upscaleTileLocked(used, y as tf.Tensor4D, noise as tf.Tensor4D, 'one-step', colourLock),
      });
      tiles++;
      networkMs += performance.now() - started;
      return values;
    },
  };
  const options = { preset: 'bench', method: 'ours', seed: 1, colourLock: 'off' } as const;
  const upscale = (side: number) => {
    [tiles, networkMs] = [0, 0];
    const image = { width: side, height: side, data: new Uint8ClampedArray(side * side * 4).fill(128) };
    return upscaleTiled(network, tile, image, options, {});
  };
  // Compiles.
  await upscale(tile);
  const found: PictureGrowth[] = [];
  for (const side of sides) {
    const gpuBytes = bytesFromHere(backend);
    const started = performance.now();
    await upscale(side);
    const ms = performance.now() - started;
    console.error(`growth: picture ${side}: ${tiles} tiles, ${ms.toFixed(0)} ms`);
    found.push({ side, tiles, ms, cpuMs: ms - networkMs, bytes: gpuBytes() });
  }
  used.autoencoder.params.dispose();
  used.unet.params.dispose();
  return found;
}

async function measureIteration(backend: Backend, crop: number, batch: number): Promise<IterationGrowth> {
  const name = 'iteration';
  const prepared = await coTraining(name, smallest, { crop, batch }).prepare();
  const meter = new Meter(backend);
  // The first time compiles, makes the crops and starts the networks.
  await prepared.run(meter);
  meter.forget();
  const gpuBytes = bytesFromHere(backend);
  await prepared.run(meter);
  const bytes = gpuBytes();
  prepared.dispose();
  return { crop, batch, ms: meter.costs.get(name)?.ms ?? 0, bytes };
}

/** A line a piece: each takes seconds to minutes on a software adapter. */
async function told<T extends { readonly ms: number }>(what: string, piece: Promise<T>): Promise<T> {
  const found = await piece;
  console.error(`growth: ${what}: ${found.ms.toFixed(0)} ms`);
  return found;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
const microseconds = (ms: number, pixels: number) => ((1000 * ms) / pixels).toFixed(0);

export interface GrowthRange {
  /** Side of the smallest tile and crop, LR pixels. */
  readonly side: number;
  /** Number of doublings of the tile's side. */
  readonly doublings: number;
  /** Side of the tiles that pictures are cut into. */
  readonly pictureTile: number;
  /** Side of the largest picture. */
  readonly largest: number;
}

export async function growth(backend: Backend, preset: ModelPreset, range: GrowthRange): Promise<Finding> {
  const { side, doublings, pictureTile, largest } = range;
  const tiles: TileGrowth[] = [];
  const tile = (of: number, batch: number) => told(`tile ${of} × ${batch}`, measureTile(backend, preset, of, batch));
  for (let i = 0; i <= doublings; i++) tiles.push(await tile(side * 2 ** i, 1));
  for (const batch of [2, 4]) tiles.push(await tile(side, batch));
  const sides: number[] = [];
  for (let each = pictureTile; each <= largest; each *= 2) sides.push(each);
  const pictures = await measurePictures(backend, pictureTile, sides);
  const iterations: IterationGrowth[] = [];
  const iteration = (crop: number, batch: number) =>
    told(`iteration ${crop} × ${batch}`, measureIteration(backend, crop, batch));
  for (const crop of [side, 2 * side]) iterations.push(await iteration(crop, 1));
  for (const batch of [2, 4]) iterations.push(await iteration(side, batch));
  return {
    json: { tiles, pictures, iterations },
    print() {
      console.log('');
      printTable([
        ['tile px × batch', 'ms', 'µs a pixel', 'MB', 'held per alive'],
        ...tiles.map(({ side, batch, ms, bytes, heldPerAlive }) => [
          `${side} × ${batch}`,
          ms.toFixed(0),
          microseconds(ms, side * side * batch),
          megabytes(bytes),
          heldPerAlive.toFixed(2),
        ]),
      ]);
      console.log('\nBy the smallest networks:');
      printTable([
        [`picture px, by tiles of ${pictureTile}`, 'tiles', 'ms', 'µs a pixel', 'ms a tile', 'CPU alone', 'MB'],
        ...pictures.map(({ side, tiles, ms, cpuMs, bytes }) => [
          String(side),
          String(tiles),
          ms.toFixed(0),
          microseconds(ms, side * side),
          (ms / tiles).toFixed(0),
          (cpuMs / tiles).toFixed(1),
          megabytes(bytes),
        ]),
      ]);
      console.log('');
      printTable([
        ['iteration, crop px × batch', 'ms', 'µs a pixel', 'MB'],
        ...iterations.map(({ crop, batch, ms, bytes }) => [
          `${crop} × ${batch}`,
          ms.toFixed(0),
          microseconds(ms, crop * crop * batch),
          megabytes(bytes),
        ]),
      ]);
    },
  };
}
