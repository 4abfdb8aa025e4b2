/** What grows with what: a tile's time and memory with its side and number, a picture's with its size at one tile. */
import * as tf from '@tensorflow/tfjs-core';
import { upscaleTile } from '../../src/diffusion/upscale.ts';
import type { TileNetwork } from '../../src/engine/job.ts';
import { upscaleTiled } from '../../src/engine/upscale-image.ts';
import { autoencoderCost, unetCost } from '../../src/nn/cost.ts';
import { planUnet } from '../../src/nn/unet-plan.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import { openNodeBackend } from '../backend.ts';
import { type Finding, Meter } from './measure.ts';
import { printTable } from './table.ts';
import { hashedTensor, networks } from './workloads.ts';

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
  readonly bytes: number;
}

/** On a device of its own: the pool of a used one holds buffers of other sizes. */
async function onFreshDevice<T>(
  preset: ModelPreset,
  run: (used: Awaited<ReturnType<typeof networks>>, gpuBytes: () => number, meter: Meter) => Promise<T>,
): Promise<T> {
  const backend = await openNodeBackend('webgpu');
  try {
    const used = await networks(preset);
    backend.trim();
    const weights = backend.memory().gpuBytes ?? 0;
    return await run(used, () => (backend.memory().gpuBytes ?? 0) - weights, new Meter(backend));
  } finally {
    backend.dispose();
  }
}

const measureTile = (preset: ModelPreset, side: number, batch: number): Promise<TileGrowth> =>
  onFreshDevice(preset, async (used, gpuBytes, meter) => {
    const y = hashedTensor('picture', [batch, side, side, 3]) as tf.Tensor4D;
    const noise = hashedTensor('noise', [batch, side, side, preset.autoencoder.embed_dim], 1.7) as tf.Tensor4D;
    for (let repeat = 0; repeat < 2; repeat++) {
      // The first time compiles.
      meter.forget();
      await meter.measure('tile', () => tf.dispose(upscaleTile(used, y, noise, 'one-step')));
    }
    const costs = [
      autoencoderCost(preset.autoencoder, side, side, 'webgpu'),
      unetCost(preset.unet, side, side, 'webgpu'),
    ];
    const alive = batch * Math.max(...costs.map((cost) => cost.alive));
    return { side, batch, ms: meter.costs.get('tile')?.ms ?? 0, bytes: gpuBytes(), heldPerAlive: gpuBytes() / alive };
  });

const measurePicture = (preset: ModelPreset, tile: number, side: number): Promise<PictureGrowth> =>
  onFreshDevice(preset, async (used, gpuBytes, meter) => {
    let tiles = 0;
    const network: TileNetwork = {
      latentChannels: preset.autoencoder.embed_dim,
      async runTile(lr, noise) {
        tiles++;
        const result = tf.tidy(() =>
          upscaleTile(
            used,
            tf.tensor4d(lr, [1, tile, tile, 3]),
            tf.tensor4d(noise, [1, tile, tile, network.latentChannels]),
            'one-step',
          ),
        );
        const values = (await result.data()) as Float32Array;
        result.dispose();
        return values;
      },
    };
    const image = { width: side, height: side, data: new Uint8ClampedArray(side * side * 4).fill(128) };
    const shape = { tile, alignment: planUnet(preset.unet).alignment };
    await meter.measure('picture', () =>
      upscaleTiled(network, shape, image, { preset: 'bench', method: 'ours', seed: 1, colourLock: 'off' }, {}),
    );
    return { side, tiles, ms: meter.costs.get('picture')?.ms ?? 0, bytes: gpuBytes() };
  });

/** @param side of the smallest tile and picture, LR pixels: doubled `steps` times */
export async function growth(preset: ModelPreset, side: number, steps: number): Promise<Finding> {
  const sides = Array.from({ length: steps + 1 }, (_, i) => side * 2 ** i);
  const tiles: TileGrowth[] = [];
  for (const each of sides) tiles.push(await measureTile(preset, each, 1));
  for (const batch of [2, 4]) tiles.push(await measureTile(preset, side, batch));
  const pictures: PictureGrowth[] = [];
  for (const each of sides) pictures.push(await measurePicture(preset, side, each));
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return {
    json: { tiles, pictures },
    print() {
      console.log('');
      printTable([
        ['tile px × batch', 'ms', 'µs a pixel', 'MB', 'held per alive'],
        ...tiles.map(({ side, batch, ms, bytes, heldPerAlive }) => [
          `${side} × ${batch}`,
          ms.toFixed(0),
          ((1000 * ms) / (side * side * batch)).toFixed(0),
          megabytes(bytes),
          heldPerAlive.toFixed(2),
        ]),
      ]);
      console.log('');
      printTable([
        [`picture px, by tiles of ${side}`, 'tiles', 'ms', 'ms a tile', 'MB'],
        ...pictures.map(({ side, tiles, ms, bytes }) => [
          String(side),
          String(tiles),
          ms.toFixed(0),
          (ms / tiles).toFixed(0),
          megabytes(bytes),
        ]),
      ]);
    },
  };
}
