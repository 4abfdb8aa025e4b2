import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { openNodeBackend } from '../../../../tests/support/backend.ts';
import { relativeBias } from './reference.ts';

describe('relativeBias', () => {
  it.each([
    [2, 1],
    [8, 3],
  ])('window %i, %i heads: its gradient adds up what its values spread', async (window, heads) => {
    await openNodeBackend('cpu');
    const shape: [number, number] = [(2 * window - 1) ** 2, heads];
    const [table, other] = [tf.randomNormal(shape, 0, 1, 'float32', 1), tf.randomNormal(shape, 0, 1, 'float32', 2)];
    const weights = tf.randomNormal([1, heads, window ** 2, window ** 2], 0, 1, 'float32', 3);
    const loss = (t: tf.Tensor) => tf.sum(tf.mul(relativeBias(t as tf.Tensor2D, window), weights)) as tf.Scalar;
    // Linear in the table: the gradient gives the value of any other table.
    const along = tf.sum(tf.mul(tf.grad(loss)(table), other)).dataSync()[0];
    expect(along).toBeCloseTo(loss(other).dataSync()[0], 2);
  });
});
