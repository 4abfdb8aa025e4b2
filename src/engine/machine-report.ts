/** Measures the machine that the page runs on: what its arithmetic and a tile of the session's networks reach. */
import * as tf from '@tensorflow/tfjs-core';
import { version } from '../../package.json';
import { countsBetween } from '../gpu/counters.ts';
import { conv2d } from '../gpu/ops/conv2d/index.ts';
import { measurePeak } from '../gpu/peak.ts';
import { floatImage } from '../imaging/image.ts';
import { computedSide } from '../imaging/tiling.ts';
import type { MachineReport, MeasuringStep } from '../protocol/diagnosis.ts';
import { diagnose } from './diagnosis.ts';
import { unlessLost } from './runtime/errors.ts';
import { letIn } from './runtime/kernel-watch.ts';
import type { UpscaleEngine } from './runtime/upscale-engine.ts';

type Measured = MachineReport['measured'];

/** Timed after one that prepares. */
const repeats = 3;
/** LR pixels a side of the tile, its context not counted: where the session's is larger, a whole one takes minutes on some machines. */
const largestTile = 64;

/** The fastest of the repeats, milliseconds. @param pause lets a command in between them, and throws when that stops it */
async function fastest(run: () => Promise<unknown>, pause: () => Promise<void>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
    await pause();
  }
  return best;
}

const [side, channels, count] = [64, 64, 4];

async function convolutions({ backend }: UpscaleEngine, pause: () => Promise<void>): Promise<Measured['convolutions']> {
  const filter = tf.randomNormal<tf.Rank.R4>([3, 3, channels, channels], 0, 1 / 24, 'float32', 1);
  const bias = tf.zeros<tf.Rank.R1>([channels]);
  const map = tf.randomNormal<tf.Rank.R4>([1, side, side, channels], 0, 1, 'float32', 2);
  const run = async () => {
    const corner = tf.tidy(() => {
      let x = map;
      for (let i = 0; i < count; i++) x = conv2d(x, filter, bias, { activation: 'silu' });
      return tf.slice(x, [0, 0, 0, 0], [1, 1, 1, 1]);
    });
    // Read back, so that all of it is done.
    await unlessLost(backend.lost, corner.data());
    corner.dispose();
  };
  try {
    await run();
    const ms = await fastest(run, pause);
    return { side, count, ms, gflops: (2 * count * 9 * channels ** 2 * side ** 2) / ms / 1e6 };
  } finally {
    tf.dispose([filter, bias, map]);
  }
}

async function tile(compute: UpscaleEngine, pause: () => Promise<void>): Promise<Measured['tile']> {
  const { backend, tiling, ready } = compute;
  const size = computedSide(tiling, Math.min(ready.tile, Math.max(tiling.align, largestTile)));
  const lr = floatImage(size, size, 3);
  const noise = new Float32Array(compute.noiseDraws * size * size * compute.latentChannels);
  // A recording of before would make the first one as fast as the next.
  backend.trim();
  const started = performance.now();
  await compute.runTile(lr, noise, 'off');
  const firstMs = performance.now() - started;
  await pause();
  const before = backend.counts();
  const nextMs = await fastest(() => compute.runTile(lr, noise, 'off'), pause);
  const all = countsBetween(before, backend.counts());
  const [dispatches, submits, buffers] = [all.dispatches, all.submits, all.buffers].map((sum) => sum / repeats) as [
    number,
    number,
    number,
  ];
  return { side: size, firstMs, nextMs, dispatches, submits, buffers, refusal: backend.recordings?.refusal ?? null };
}

/**
 * @param tell each part as it begins
 * @throws one sentence; the signal's reason, after the part in work
 */
export async function measureMachine(
  compute: UpscaleEngine,
  tell: (step: MeasuringStep) => void,
  signal: AbortSignal,
): Promise<MachineReport> {
  const { backend, ready } = compute;
  const pause = letIn(signal);
  const total = 3;
  tell({ name: 'peak', done: 0, total });
  await pause();
  const peak = backend.kind === 'webgpu' ? await unlessLost(backend.lost, measurePeak(backend)) : null;
  tell({ name: 'convolutions', done: 1, total });
  await pause();
  const chain = await convolutions(compute, pause);
  tell({ name: 'tile', done: 2, total });
  await pause();
  const timed = await tile(compute, pause);
  backend.trim();
  return {
    format: 'cosr-machine-1',
    created: new Date().toISOString(),
    versions: { 'cosr-playground': version, tfjs: tf.version_core },
    diagnosis: await diagnose(compute),
    engine: ready,
    measured: { peak, convolutions: chain, tile: timed },
  };
}
