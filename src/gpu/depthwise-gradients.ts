/**
 * Gradients of depthwise convolutions in place of tfjs's own, which its WebAssembly backend lacks. As in gradients.ts: a
 * convolution for the input, sums of products for the filter.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  type ConvAttributes,
  type Padding,
  placesOf,
  product,
  reversedTaps,
  type Size,
  tapsOf,
  transposed,
} from './gradients.ts';

/** dL/dx. @param filter [k, k, C, 1] */
function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, size: Size, stride: number, pad: Padding): tf.Tensor4D {
  return tf.tidy(() => {
    const { map, padding } = transposed(dy, filter.shape, size, stride, pad);
    return tf.depthwiseConv2d(map, reversedTaps(filter), 1, padding);
  });
}

/** dL/dW [k, k, C, 1]: of each tap and channel, the sum over all places. */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, size: Size, stride: number, pad: Padding): tf.Tensor4D {
  return tf.tidy(() => {
    const [kernelHeight, kernelWidth, channels] = size;
    const tap = tapsOf(x, dy, stride, pad);
    const ones = tf.ones([dy.size / channels, 1]);
    const sums = Array.from({ length: kernelHeight * kernelWidth }, (_, i) =>
      tf.tidy(() => {
        const met = tap(Math.floor(i / kernelWidth), i % kernelWidth);
        return product(ones, tf.reshape(tf.mul(met, dy), [-1, channels]), true);
      }),
    );
    return tf.reshape(tf.concat(sums, 0), size);
  });
}

tf.registerGradient({
  kernelName: tf.DepthwiseConv2dNative,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const { stride, pad } = placesOf(x, filter, attrs as unknown as ConvAttributes, true);
    return {
      x: () => inputGradient(dy as tf.Tensor4D, filter, x.shape, stride, pad),
      filter: () => filterGradient(x, dy as tf.Tensor4D, filter.shape, stride, pad),
    };
  },
});
