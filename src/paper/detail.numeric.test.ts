/** Detail of a latent, and the gradient that is detail alone. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { byDetail, detail } from './detail.ts';

type At = (y: number, x: number, channel: number) => number;

const latent = (at: At) =>
  tf.tensor4d(
    Float32Array.from({ length: 8 * 12 * 3 }, (_, i) => at(Math.floor(i / 36), Math.floor(i / 3) % 12, i % 3)),
    [1, 8, 12, 3],
  );
const texture = () => latent((y, x, channel) => Math.sin(y * y + 3 * x + channel));
/** Constant in each block and channel. */
const common = () => latent((y, x, channel) => 1 + Math.floor(y / 4) + 2 * Math.floor(x / 4) - channel);
const difference = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];

describe('detail', () => {
  beforeAll(() => openNodeBackend('cpu'));

  it('is what the latents of a block do not have in common', () => {
    expect(difference(detail(common()), tf.zeros([1, 8, 12, 3]))).toBeLessThan(1e-6);
    const both = tf.add(texture(), common()) as tf.Tensor4D;
    expect(difference(detail(both), detail(texture()))).toBeLessThan(1e-5);
    expect(difference(detail(texture()), tf.zeros([1, 8, 12, 3]))).toBeGreaterThan(0.5);
  });

  it('is the whole gradient of a latent that keeps its value', () => {
    const x = texture();
    expect(difference(byDetail(x), x)).toBe(0);
    const weights = tf.add(common(), texture());
    const by = tf.grad((t) => tf.sum(tf.mul(byDetail(t as tf.Tensor4D), weights)))(x);
    expect(difference(by, detail(texture()))).toBeLessThan(1e-5);
  });
});
