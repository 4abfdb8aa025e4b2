/** Max-pooling and its gradient on every backend against tfjs's kernels on its CPU. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { openNodeBackend } from '../../../../tests/support/backend.ts';
import { findAdapter } from '../../../../tests/support/gpu.ts';
import { maxPool3 } from './index.ts';

const adapter = await findAdapter('max-pooling on WebGPU');
const backends = ['cpu', 'wasm', ...(adapter ? (['webgpu'] as const) : [])] as const;

type Shape = [number, number, number, number];
const shapes: readonly Shape[] = [
  [2, 9, 12, 5],
  [1, 3, 4, 2],
  [1, 15, 31, 3],
];
const random = (shape: readonly number[], seed: number) => tf.randomUniform([...shape], -1, 1, 'float32', seed);

/** The value, the value inside a gradient, and the gradient. */
async function pooled(shape: Shape): Promise<Float32Array[]> {
  const tensors = tf.tidy(() => {
    const x = random(shape, 1) as tf.Tensor4D;
    const value = maxPool3(x);
    const { value: inside, grad } = tf.valueAndGrad((t: tf.Tensor) => maxPool3(t as tf.Tensor4D))(
      x,
      random(value.shape, 2) as tf.Tensor4D,
    );
    return [value, inside, grad];
  });
  return Promise.all(tensors.map((tensor) => tensor.data() as Promise<Float32Array>));
}

async function stock(shape: Shape): Promise<Float32Array[]> {
  await openNodeBackend('cpu');
  return tf.tidy(() => {
    const input = random(shape, 1) as tf.Tensor4D;
    const output = tf.maxPool(input, 3, 2, 'valid');
    const attributes = { filterSize: 3, strides: 2, pad: 'valid' } as unknown as tf.NamedAttrMap;
    const inputs = { dy: random(output.shape, 2), input, output } as tf.NamedTensorMap;
    const gradient = tf.engine().runKernel(tf.MaxPoolGrad, inputs, attributes) as tf.Tensor;
    const values = output.dataSync<'float32'>();
    return [values, values, gradient.dataSync<'float32'>()];
  });
}

describe.each(backends)('on %s, max-pooling', (kind) => {
  it.each(shapes)('of %i × %i × %i × %i is tfjs’s, its gradient too', async (...shape) => {
    const expected = await stock(shape);
    const backend = await openNodeBackend(kind);
    const found = await pooled(shape);
    backend.dispose();
    for (const [i, values] of found.entries()) {
      expect(values.length).toBe(expected[i]?.length);
      for (const [at, value] of values.entries()) expect(value).toBeCloseTo(Number(expected[i]?.[at]), 6);
    }
  });
});

it('max-pooling’s gradient goes to the first of equal values', async () => {
  const backend = await openNodeBackend('wasm');
  const flat = tf.ones([1, 5, 5, 1]) as tf.Tensor4D;
  const gradient = tf.grad((t: tf.Tensor) => tf.sum(maxPool3(t as tf.Tensor4D)))(flat);
  const firsts = [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, ...new Array(12).fill(0)];
  expect([...(await gradient.data())]).toEqual(firsts);
  backend.dispose();
});
