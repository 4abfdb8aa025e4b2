/** Convolutions and their gradients on WebAssembly against tfjs's on the CPU. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { both, expectNear, filled } from '../../../tests/support/both-backends.ts';

describe('convolutions', () => {
  it.each([
    ['of the same size', [2, 7, 9, 5], 3, 16, 1, 1],
    ['with stride 2', [2, 8, 10, 6], 3, 8, 2, 1],
    ['from pixel to pixel', [1, 5, 6, 12], 1, 24, 1, 0],
    ['of more lines than a band has', [1, 40, 4, 3], 5, 8, 1, 2],
    ['of channels that fill no panel', [1, 6, 6, 4], 3, 12, 1, 1],
  ] as const)('%s, with a bias and without, and their gradients', async (_, size, kernel, outputs, stride, pad) => {
    const [expected, actual] = await both(() => {
      const x = filled([...size]) as tf.Tensor4D;
      const filter = filled([kernel, kernel, size[3], outputs]) as tf.Tensor4D;
      const bias = filled([outputs]) as tf.Tensor1D;
      const plain = (...[a, b]: tf.Tensor[]) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
      const dimRoundingMode = 'floor' as const;
      return [
        tf.fused.conv2d({ x, filter, bias, strides: stride, pad, dimRoundingMode }),
        tf.fused.conv2d({ x, filter, bias, strides: stride, pad: 'same', activation: 'relu' }),
        tf.conv2d(x, filter, stride, 'same'),
        ...tf.grads(plain)([x, filter]),
      ];
    });
    expectNear(actual, expected);
  });

  it('sum a filter gradient part by part', async () => {
    const [expected, actual] = await both(() => {
      const [x, dy] = [filled([3, 34, 40, 6]), filled([3, 34, 40, 9])] as [tf.Tensor4D, tf.Tensor4D];
      const [many, few] = [filled([90, 3, 4, 6]), filled([90, 3, 4, 9])] as [tf.Tensor4D, tf.Tensor4D];
      const gradient = (from: tf.Tensor4D, of: tf.Tensor4D) =>
        tf.grad((filter) => tf.conv2d(from, filter as tf.Tensor4D, 1, 'same'))(tf.zeros([3, 3, 6, 9]), of);
      return [gradient(x, dy), gradient(many, few)];
    });
    expectNear(actual, expected);
  });
});
