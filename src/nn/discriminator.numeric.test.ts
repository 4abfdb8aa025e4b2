import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { powerIteration, spectrallyNormalized } from '../gpu/ops/spectral-norm/index.ts';
import type { DiscriminatorConfig } from '../presets/architecture.ts';
import { bufferStart, defaultStart } from '../training/initialize.ts';
import { Learner } from '../training/learner.ts';
import {
  advanceSpectralNorms,
  discriminate,
  discriminatorBufferShapes,
  discriminatorParamShapes,
} from './discriminator.ts';

beforeAll(async () => {
  await openNodeBackend('cpu');
});

const spread = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));

describe('spectral norm', () => {
  it('divides by the largest singular value once the power iteration has settled', () => {
    // W = 3·a bᵀ + c dᵀ with orthonormal a, c and b, d: the largest singular value is 3.
    const [a, c, b, d] = [
      [0.6, 0.8, 0, 0],
      [0, 0, 1, 0],
      [0.8, -0.6, 0],
      [0, 0, 1],
    ] as number[][] as [number[], number[], number[], number[]];
    const values = a.flatMap((x, i) => b.map((y, j) => 3 * x * y + c[i] * d[j]));
    const weight = tf.tensor4d(values, [1, 1, 4, 3]);
    let u = tf.tensor1d([0.5, 0.5, Math.SQRT1_2]);
    for (let i = 0; i < 50; i++) u = powerIteration(weight, u);
    expect(spread(u.dataSync())).toBeCloseTo(1, 5);
    spectrallyNormalized(weight, u)
      .dataSync()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(values[i] / 3, 5);
      });
  });
});

describe('the discriminator', () => {
  const config = { in_channels: 3, widths: [16, 32, 32], strides: [1, 2, 2], head_width: 16, head_levels: 2 };
  const shapes = discriminatorParamShapes(config);
  const values = defaultStart(shapes, 1, 'd');
  const learner = () =>
    Learner.start(
      shapes,
      (name) => values.get(name) as Float32Array,
      bufferStart(discriminatorBufferShapes(config), 1, 'd'),
    );

  it('gives a map of logits for each head, finest first', () => {
    const d = learner();
    const maps = discriminate(d.network.params, config, tf.zeros([2, 32, 24, 3]));
    expect(maps.map(({ shape }) => shape)).toEqual([
      [2, 16, 12, 1],
      [2, 8, 6, 1],
    ]);
  });

  it('of the pretrained features has a head on the pixels, then one on each level', () => {
    const onFeatures = (stem_stride: 1 | 2): DiscriminatorConfig => ({
      kind: 'efficientnet-lite0',
      stem_stride,
      blocks: 4,
      head_levels: [0, 3],
      head_width: 8,
      pixel_widths: [4, 8],
    });
    const maps = (stem: 1 | 2, height: number, width: number) => {
      const config = onFeatures(stem);
      const shapes = discriminatorParamShapes(config);
      const values = defaultStart(shapes, 1, 'd');
      const buffers = bufferStart(discriminatorBufferShapes(config), 1, 'd');
      const d = Learner.start(shapes, (name) => values.get(name) as Float32Array, buffers);
      return discriminate(d.network.params, config, tf.zeros([2, height, width, 3])).map(({ shape }) => shape);
    };
    expect(maps(2, 32, 24)).toEqual([
      [2, 16, 12, 1],
      [2, 16, 12, 1],
      [2, 4, 3, 1],
    ]);
    expect(maps(1, 18, 16)).toEqual([
      [2, 9, 8, 1],
      [2, 18, 16, 1],
      [2, 5, 4, 1],
    ]);
  });

  it('moves its vectors u by the power iteration alone', () => {
    const d = learner();
    const [name = '', u] = [...d.network.buffers][0] ?? [];
    const before = u?.dataSync().slice();
    discriminate(d.network.params, config, tf.zeros([1, 16, 16, 3]));
    expect(u?.dataSync()).toEqual(before);
    d.network.assignBuffers(advanceSpectralNorms(d.network.params, config));
    expect(d.network.params.get(name).dataSync()).not.toEqual(before);
  });
});
