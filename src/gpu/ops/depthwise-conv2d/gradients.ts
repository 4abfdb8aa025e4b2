/**
 * Gradients of depthwise convolutions in place of tfjs's own, which its WebAssembly backend lacks. Both are
 * depthwise convolutions again.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type ConvAttributes, type Places, placesOf, reversedTaps, type Size, transposed } from '../../gradients.ts';

/** dL/dx. @param filter [k, k, C, 1] */
function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, size: Size, { stride, pad }: Places): tf.Tensor4D {
  return tf.tidy(() => {
    const { map, padding } = transposed(dy, filter.shape, size, stride, pad);
    return tf.depthwiseConv2d(map, reversedTaps(filter), 1, padding);
  });
}

/**
 * dL/dW [k, k, C, 1]: x as a map and dy as a filter, pictures beside channels. On WebGPU tfjs's own kernel, where a filter of
 * a map's size would be a program of its own.
 */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [kernelHeight, kernelWidth, channels]: Size,
  { stride, pad }: Places,
  attributes: ConvAttributes,
): tf.Tensor4D {
  const filterShape: Size = [kernelHeight, kernelWidth, channels, 1];
  if (tf.getBackend() === 'webgpu') {
    const more = { ...attributes, filterShape } as unknown as tf.NamedAttrMap;
    return tf.engine().runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, more) as tf.Tensor4D;
  }
  return tf.tidy(() => {
    const batch = x.shape[0];
    const side = (t: tf.Tensor4D) => {
      const apart = batch === 1 ? t : tf.transpose(t, [1, 2, 0, 3]);
      return tf.reshape(apart, [1, t.shape[1], t.shape[2], batch * channels]) as tf.Tensor4D;
    };
    const map = tf.pad4d(side(x), [
      [0, 0],
      [pad.top, pad.bottom],
      [pad.left, pad.right],
      [0, 0],
    ]);
    const [, height, width, both] = side(dy).shape;
    const filter = tf.reshape(side(dy), [height, width, both, 1]) as tf.Tensor4D;
    // A dilation leaves out of the map the places that a stride left out of dy.
    const found = tf.depthwiseConv2d(map, filter, 1, 'valid', 'NHWC', stride);
    const kept = tf.slice(found, [0, 0, 0, 0], [1, kernelHeight, kernelWidth, both]);
    return tf.reshape(tf.sum(tf.reshape(kept, [kernelHeight * kernelWidth, batch, channels]), 1), filterShape);
  });
}

tf.registerGradient({
  kernelName: tf.DepthwiseConv2dNative,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attrs) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const attributes = attrs as unknown as ConvAttributes;
    const places = placesOf(x, filter, attributes, true);
    return {
      x: () => inputGradient(dy as tf.Tensor4D, filter, x.shape, places),
      filter: () => filterGradient(x, dy as tf.Tensor4D, filter.shape, places, attributes),
    };
  },
});
