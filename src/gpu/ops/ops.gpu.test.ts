/** Gradients of every op against differences of its values, and values on each backend against the CPU's. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';

import { openNodeBackend } from '../../../tests/support/backend.ts';
import { findAdapter } from '../../../tests/support/gpu.ts';
import { selfTest } from '../../engine/self-test.ts';
import { silu } from './activation/index.ts';
import { attention } from './attention/index.ts';
import { bicubicUpsample4 } from './bicubic/index.ts';
import { conv2d, linear } from './conv2d/index.ts';
import { groupNorm } from './group-norm/index.ts';
import { layerNorm } from './layer-norm/index.ts';
import { pixelShuffle, pixelUnshuffle } from './pixel-shuffle/index.ts';
import { upsampleNearest2 } from './upsample/index.ts';
import { roll, windowPartition, windowReverse } from './window-attention/reference.ts';

const adapter = await findAdapter('ops on WebGPU');

describe.each(['wasm', ...(adapter ? (['webgpu'] as const) : [])] as const)('ops on %s', (backend) => {
  it('agree with the CPU backend and leave no tensor behind', async () => {
    const opened = await openNodeBackend(backend);
    const before = tf.memory().numTensors;
    const rows = await selfTest(backend);
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
    expect(rows.length).toBeGreaterThan(10);
    expect(tf.memory().numTensors).toBe(before);
    opened.dispose();
  });
});

describe('gradients', () => {
  beforeAll(async () => {
    await openNodeBackend('cpu');
  });
  const shape: [number, number, number, number] = [2, 8, 8, 32];
  const random = (dims: number[], seed: number) => tf.randomNormal(dims, 0, 1, 'float32', seed);
  const tokens = (x: tf.Tensor) => tf.reshape(x, [2, 64, 32]) as tf.Tensor3D;
  const kernel = (size: number) => random([size, size, 32, 32], 3) as tf.Tensor4D;
  /** Keeps what an activation sees where it bends little over a step. */
  const gentle = (size: number) => tf.mul(kernel(size), 0.05) as tf.Tensor4D;
  const vector = () => random([32], 4) as tf.Tensor1D;
  const cases: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
    silu: (x) => silu(x),
    groupNorm: (x) => groupNorm(x, vector(), vector(), 1e-5),
    conv3x3: (x) => conv2d(x, kernel(3), vector()),
    'conv1x1 with GELU': (x) => conv2d(x, gentle(1), vector(), { activation: 'gelu' }),
    'conv3x3 modulated, with SiLU': (x) =>
      conv2d(x, gentle(3), vector(), { activation: 'silu', modulation: random([2, 64], 5) as tf.Tensor2D }),
    layerNorm: (x) => layerNorm(x, vector(), vector(), 1e-5),
    pixelShuffle: (x) => pixelShuffle(x, 4),
    pixelUnshuffle: (x) => pixelUnshuffle(x, 2),
    'conv3x3 stride 2': (x) => conv2d(x, kernel(3), vector(), { stride: 2 }),
    'conv3x3 stride 2 same': (x) => conv2d(x, kernel(3), vector(), { stride: 2, pad: 'same' }),
    linear: (x) => linear(x, random([32, 16], 5) as tf.Tensor2D, random([16], 6) as tf.Tensor1D),
    upsampleNearest2: (x) => upsampleNearest2(x),
    roll: (x) => roll(x, 3),
    windowPartition: (x) => windowPartition(x, 4),
    windowReverse: (x) => windowReverse(tf.reshape(x, [8, 16, 32]), 4, 8, 8),
    attention: (x) => attention(tokens(x), tf.mul(tokens(x), 0.5), tokens(x), 0.2),
    bicubicUpsample4: (x) => bicubicUpsample4(x),
  };

  it.each(Object.keys(cases))('%s', (name) => {
    tf.tidy(() => {
      const run = cases[name];
      const x = random(shape, 1) as tf.Tensor4D;
      const direction = random(shape, 2) as tf.Tensor4D;
      const weights = random(run(x).shape, 7);
      const loss = (at: tf.Tensor) => tf.sum(tf.mul(weights, run(at as tf.Tensor4D))) as tf.Scalar;
      const along = tf.sum(tf.mul(tf.grad(loss)(x), direction)).dataSync()[0];
      const step = 1e-2;
      const moved = (sign: number) => loss(tf.add(x, tf.mul(direction, sign * step))).dataSync()[0];
      const difference = (moved(1) - moved(-1)) / (2 * step);
      expect(Math.abs(along - difference)).toBeLessThan(2e-3 * Math.max(10, Math.abs(difference)));
    });
  });
});

describe('attention in chunks', () => {
  it('is the attention over all tokens', async () => {
    const opened = await openNodeBackend('wasm');
    const q = tf.randomNormal([1, 2500, 8], 0, 1, 'float32', 1) as tf.Tensor3D;
    const chunked = attention(q, q, q, 0.3);
    const whole = tf.matMul(tf.softmax(tf.mul(tf.matMul(q, q, false, true), 0.3)), q);
    expect((await tf.max(tf.abs(tf.sub(chunked, whole))).data())[0]).toBeLessThan(1e-5);
    opened.dispose();
  });
});
