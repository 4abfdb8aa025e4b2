/** Our gradients of convolutions and products: against tfjs's own on its CPU backend, and on every backend against those. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { product } from './gradients.ts';

const adapter = await findAdapter('gradients on WebGPU');
const backends = ['cpu', 'wasm', ...(adapter ? (['webgpu'] as const) : [])] as const;

type Shape = [number, number, number, number];
const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed);

interface Case {
  readonly x: Shape;
  readonly filter: Shape;
  readonly stride: number;
  readonly pad: number | 'same' | 'valid';
}
const cases: Readonly<Record<string, Case>> = {
  '3×3': { x: [2, 8, 12, 5], filter: [3, 3, 5, 7], stride: 1, pad: 1 },
  '1×1': { x: [2, 8, 12, 5], filter: [1, 1, 5, 7], stride: 1, pad: 0 },
  '1×1 stride 2': { x: [1, 8, 7, 5], filter: [1, 1, 5, 7], stride: 2, pad: 0 },
  'stride 2': { x: [2, 8, 12, 5], filter: [3, 3, 5, 7], stride: 2, pad: 1 },
  'stride 2 same': { x: [2, 8, 12, 5], filter: [3, 3, 5, 7], stride: 2, pad: 'same' },
  'odd sides, stride 2': { x: [1, 9, 7, 3], filter: [3, 3, 3, 4], stride: 2, pad: 1 },
  '4×4 stride 3 valid': { x: [1, 12, 15, 3], filter: [4, 4, 3, 4], stride: 3, pad: 'valid' },
  'many rows': { x: [1, 64, 64, 3], filter: [3, 3, 3, 4], stride: 1, pad: 1 },
};

async function gradients(name: string): Promise<Float32Array[]> {
  const { x, filter, stride, pad } = cases[name];
  const run = (a: tf.Tensor, b: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad, 'NHWC', 1, pad === 1 || pad === 0 ? 'floor' : undefined);
  const grads = tf.tidy(() => {
    const inputs = [random(x, 1), random(filter, 2)] as const;
    return tf.grads((a, b) => tf.sum(tf.mul(run(a, b), random(run(...inputs).shape, 3))) as tf.Scalar)([...inputs]);
  });
  return Promise.all(grads.map((grad) => grad.data() as Promise<Float32Array>));
}

/** tfjs's kernels, which ours replace. */
async function stock(name: string): Promise<Float32Array[]> {
  await openNodeBackend('cpu');
  const { x, filter, stride, pad } = cases[name];
  return tf.tidy(() => {
    const rounding = pad === 1 || pad === 0 ? 'floor' : undefined;
    const shape = tf.backend_util.computeConv2DInfo(x, filter, stride, 1, pad, rounding).outShape;
    const dy = random(shape, 3);
    const attributes = { strides: [stride, stride], pad, dataFormat: 'NHWC', dimRoundingMode: rounding };
    const run = (kernel: string, inputs: tf.NamedTensorMap, more: object) =>
      tf.engine().runKernel(kernel, inputs, { ...attributes, ...more } as tf.NamedAttrMap) as tf.Tensor;
    return [
      run(tf.Conv2DBackpropInput, { dy, filter: random(filter, 2) }, { inputShape: x }),
      run(tf.Conv2DBackpropFilter, { x: random(x, 1), dy }, { filterShape: filter }),
    ].map((grad) => grad.dataSync<'float32'>());
  });
}

function expectClose(ours: Float32Array, theirs: Float32Array): void {
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(ours.length).toBe(theirs.length);
  ours.forEach((value, i) => {
    if (!(Math.abs(value - theirs[i]) <= 1e-5 * largest)) expect(value).toBe(theirs[i]);
  });
}

describe.each(backends)('convolution on %s', (kind) => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const expected = await stock(name);
    const backend = await openNodeBackend(kind);
    (await gradients(name)).forEach((ours, i) => {
      expectClose(ours, expected[i]);
    });
    backend.dispose();
  });
});

/** A depthwise filter is [k, k, C, 1]. */
const depthwiseCases: Readonly<Record<string, Case>> = {
  '3×3': { x: [2, 8, 12, 5], filter: [3, 3, 5, 1], stride: 1, pad: 1 },
  '5×5': { x: [2, 8, 7, 6], filter: [5, 5, 6, 1], stride: 1, pad: 2 },
  '3×3, stride 2': { x: [2, 8, 12, 5], filter: [3, 3, 5, 1], stride: 2, pad: 1 },
  '5×5, stride 2, odd sides': { x: [1, 9, 7, 4], filter: [5, 5, 4, 1], stride: 2, pad: 2 },
  'smaller than its filter': { x: [2, 2, 2, 8], filter: [5, 5, 8, 1], stride: 1, pad: 2 },
  'many rows': { x: [1, 64, 64, 3], filter: [3, 3, 3, 1], stride: 1, pad: 1 },
};

describe.each(backends)('depthwise convolution on %s', (kind) => {
  it.each(Object.keys(depthwiseCases))('%s', async (name) => {
    const { x, filter, stride, pad } = depthwiseCases[name];
    const shape = tf.backend_util.computeConv2DInfo(x, filter, stride, 1, pad, 'floor', true).outShape;
    // By tfjs's own kernels on its CPU backend.
    await openNodeBackend('cpu');
    const attributes = { strides: [stride, stride], pad, dilations: [1, 1], dimRoundingMode: 'floor' };
    const run = (kernel: string, inputs: tf.NamedTensorMap, more: object) =>
      tf.engine().runKernel(kernel, inputs, { ...attributes, ...more } as tf.NamedAttrMap) as tf.Tensor;
    const dy = random(shape, 3);
    const expected = [
      run(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter: random(filter, 2) }, { inputShape: x }),
      run(tf.DepthwiseConv2dNativeBackpropFilter, { x: random(x, 1), dy }, { filterShape: filter }),
    ].map((gradient) => gradient.dataSync<'float32'>());
    const backend = await openNodeBackend(kind);
    const weighted = (a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(
        tf.mul(
          tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad as number, 'NHWC', 1, 'floor'),
          random(shape, 3),
        ),
      ) as tf.Scalar;
    const found = tf.tidy(() => tf.grads(weighted)([random(x, 1), random(filter, 2)]));
    for (const [i, gradient] of found.entries()) {
      expectClose((await gradient.data()) as Float32Array, expected[i]);
    }
    backend.dispose();
  });
});

describe.each(backends)('matrix product on %s', (kind) => {
  const sides = { a: [3, 4, 6], b: [3, 6, 5] };
  const flags = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));

  it.each(flags)('transposed: %s, %s', async (transposeA, transposeB) => {
    const backend = await openNodeBackend(kind);
    const swap = ([batch, n, m]: number[]) => [batch, m, n] as number[];
    const a = random(transposeA ? swap(sides.a) : sides.a, 1);
    const b = random(transposeB ? swap(sides.b) : sides.b, 2);
    const loss = (s: tf.Tensor, t: tf.Tensor) =>
      tf.sum(tf.square(tf.matMul(s, t, transposeA, transposeB))) as tf.Scalar;
    // A quadratic in each factor: its difference quotient is exact.
    const [da, db] = tf.grads(loss)([a, b]) as [tf.Tensor, tf.Tensor];
    for (const [at, gradient, moved] of [
      [a, da, (t: tf.Tensor) => loss(t, b)],
      [b, db, (t: tf.Tensor) => loss(a, t)],
    ] as const) {
      const direction = random(at.shape, 5);
      const along = (await tf.sum(tf.mul(gradient, direction)).data())[0];
      const [up, down] = await Promise.all([1, -1].map((s) => moved(tf.add(at, tf.mul(direction, s * 0.5))).data()));
      expect(along).toBeCloseTo((up?.[0] as number) - (down?.[0] as number), 3);
    }
    backend.dispose();
  });

  it('of tall matrices is the product, the same bits each time', async () => {
    const backend = await openNodeBackend(kind);
    const [a, b] = [random([4096, 24], 1), random([4096, 12], 2)];
    const once = (await product(a, b, true).data()) as Float32Array;
    const again = (await product(a, b, true).data()) as Float32Array;
    expect(again).toEqual(once);
    expectClose(once, (await tf.matMul(tf.transpose(a), b).data()) as Float32Array);
    backend.dispose();
  });
});
