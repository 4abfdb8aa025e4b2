/** Decoding by strips: the same picture but for the statistics, no seam, and less memory. A narrow decoder, on WebAssembly. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { hashedParameter, uniform } from '../../tests/support/hashed.ts';
import { vqAutoencoder } from '../../tests/support/vq.ts';
import { watchPeakBytes } from '../gpu/counters.ts';
import type { VqAutoencoderConfig } from '../presets/architecture.ts';
import { decode } from './autoencoder.ts';
import { autoencoderCost } from './cost/memory.ts';
import { byStrips, planStrips, stripWeights } from './decode-strips.ts';
import { loadParams } from './params.ts';
import { vqCut, vqParamShapes } from './vqgan.ts';

const config: VqAutoencoderConfig = { ...vqAutoencoder, ch: 32, ch_mult: [1, 2, 4], num_res_blocks: 1 };
const backend = await openNodeBackend('wasm');
const shapes = vqParamShapes(config);
const params = await loadParams(shapes, async (name) => hashedParameter('ae', name, shapes.get(name) ?? []));
afterAll(() => {
  params.dispose();
  backend.dispose();
});

describe('planStrips', () => {
  it('covers all rows once, each strip with what its convolutions reach', () => {
    // Twice the latent's rows; 2 blocks reach 6 pixels, so 3 rows, beyond the fade of 4.
    expect(planStrips(vqCut(config), 64, 32)).toEqual([
      { start: 0, end: 64, from: 0, to: 71 },
      { start: 64, end: 128, from: 57, to: 128 },
    ]);
    expect(planStrips(vqCut(config), 64, 64)).toEqual([{ start: 0, end: 128, from: 0, to: 128 }]);
    expect(planStrips(vqCut(config), 7, 3).map(({ start, end }) => [start, end])).toEqual([[0, 14]]);
  });

  it('counts every pixel once', () => {
    const sums = new Float32Array(256);
    for (const strip of planStrips(vqCut(config), 64, 16)) {
      const weights = stripWeights(strip, 128, 2);
      weights.forEach((weight, y) => {
        sums[strip.from * 2 + y] = sums[strip.from * 2 + y] + weight;
      });
    }
    expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-6);
  });
});

describe('byStrips', () => {
  it('is exact where nothing is normalised: the rows around a strip are as many as convolutions reach', async () => {
    const x = tf.tensor4d(uniform('x', 64 * 8 * 2, 1), [1, 64, 8, 2]);
    const filters = [3, 3, 3, 3, 3, 3].map((side, i) =>
      tf.tensor4d(uniform(`f${i}`, side * side * 4, 0.3), [3, 3, 2, 2]),
    );
    // The decoder's last level: the convolution after doubling, two in each of two blocks, the last.
    const steps = filters.map((filter, i) => (h: tf.Tensor4D) => {
      const map = i === 0 ? tf.image.resizeNearestNeighbor(h, [2 * h.shape[1], 2 * h.shape[2]]) : h;
      return tf.conv2d(map, filter, 1, 'same') as tf.Tensor4D;
    });
    const whole = tf.tidy(() => steps.reduce((h, step) => step(h), x));
    const before = tf.memory().numTensors;
    const cut = byStrips(x, planStrips(vqCut(config), 32, 8), steps);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect((await tf.max(tf.abs(tf.sub(whole, cut))).data())[0]).toBeLessThan(1e-6);
    tf.dispose([x, whole, cut, ...filters]);
  });
});

describe('decode by strips', () => {
  const z = tf.tensor4d(uniform('z', 64 * 32 * 4, 1), [1, 64, 32, 4]);

  async function run(rows?: number) {
    const peak = watchPeakBytes();
    const before = tf.memory().numTensors;
    const output = decode(params, config, z, rows);
    const bytes = peak.read();
    peak.stop();
    expect(tf.memory().numTensors).toBe(before + 1);
    const values = await output.data();
    const shape = output.shape;
    output.dispose();
    return { values, shape, bytes };
  }

  it('differs little from the whole, needs less memory, and has no seam', async () => {
    const [whole, cut] = [await run(), await run(16)];
    expect(cut.shape).toEqual([1, 256, 128, 3]);
    const difference = whole.values.map((value, i) => value - cut.values[i]);
    const line = 128 * 3;
    const rms = (count: number, of: (i: number) => number) =>
      Math.sqrt(Array.from({ length: count }, (_, i) => of(i) ** 2).reduce((sum, square) => sum + square, 0) / count);
    const spread = rms(whole.values.length, (i) => whole.values[i]);
    const apart = rms(difference.length, (i) => difference[i]) / spread;
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(0.05);
    // A seam would be a jump of the difference from one row to the next, at a cut and nowhere else.
    const jump = (y: number) => rms(line, (i) => difference[(y + 1) * line + i] - difference[y * line + i]);
    const others = Array.from({ length: 255 }, (_, y) => jump(y)).sort((a, b) => a - b);
    for (const cutAfter of [63, 127, 191]) expect(jump(cutAfter)).toBeLessThan(1.5 * others[127]);
    expect(cut.bytes).toBeLessThan(0.85 * whole.bytes);
  });

  it('costs what autoencoderCost counts', async () => {
    const alive = (rows?: number) => autoencoderCost(config, 64, 32, 'wasm', rows).alive;
    expect(alive(16)).toBeLessThan(alive());
    const { bytes } = await run(16);
    expect(bytes / alive(16)).toBeLessThan(1.1);
  });
});
