/**
 * LPIPS and its gradient on every backend against PyTorch in float64 with the shipped weights; pictures that both sides make
 * from a hash (tests/golden/README.md), of odd sides.
 */
import { openAsBlob } from 'node:fs';
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import { uniform } from '../../tests/support/hashed.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { lpipsSmallestSide } from '../imaging/metrics/planes.ts';
import { lpips, lpipsParamShapes } from './lpips.ts';
import { loadParams } from './params.ts';

const path = resolve(import.meta.dirname, '../../public/models/metrics/lpips-alex.safetensors');
const file = await openSafetensors(await openAsBlob(path));
const load = () => loadParams(lpipsParamShapes(), (name) => file.readFloat32(name));

const adapter = await findAdapter('LPIPS on WebGPU');
const backends = ['cpu', 'wasm', ...(adapter ? (['webgpu'] as const) : [])] as const;

const shape: [number, number, number, number] = [2, 65, 71, 3];
const hashed = (name: string) => tf.tensor4d(uniform(`lpips#${name}`, 2 * 65 * 71 * 3, 1), shape);

const expected = {
  distances: [0.1602709537354105, 0.1405456703273235],
  /** L2 norm of each picture's gradient, of the sum of both distances. */
  norms: [0.07848464533084176, 0.10170860328165399],
  /** Its products with three hashed pictures. */
  products: [-0.04060694645772986, -0.05883660660176116, 0.006578195239240241],
};

const relative = (found: ArrayLike<number> | undefined, wanted: readonly number[]) =>
  wanted.map((value, i) => Math.abs(Number(found?.[i]) - value) / Math.abs(value));

describe.each(backends)('LPIPS on %s', (kind) => {
  it('equals PyTorch’s, its gradient too', async () => {
    const backend = await openNodeBackend(kind);
    const params = await load();
    const tensors = tf.tidy(() => {
      const [a, b] = [hashed('a'), hashed('b')];
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(lpips(params, x as tf.Tensor4D, b)))(a);
      const along = ['w0', 'w1', 'w2'].map((name) => tf.sum(tf.mul(gradient, hashed(name))));
      return [lpips(params, a, b), tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3])), tf.stack(along)];
    });
    const [distances, norms, products] = await Promise.all(tensors.map((tensor) => tensor.data()));
    for (const error of relative(distances, expected.distances)) expect(error).toBeLessThan(1e-4);
    for (const error of relative(norms, expected.norms)) expect(error).toBeLessThan(1e-3);
    for (const error of relative(products, expected.products)) expect(error).toBeLessThan(1e-3);
    params.dispose();
    backend.dispose();
  });
});

describe('LPIPS', () => {
  it('is 0 for equal pictures, and has a finite gradient where features are 0', async () => {
    const backend = await openNodeBackend('wasm');
    const params = await load();
    const before = backend.memory().tensors;
    const flat = tf.fill([1, lpipsSmallestSide, lpipsSmallestSide, 3], 0.2) as tf.Tensor4D;
    const [same, gradient] = tf.tidy(() => {
      const other = tf.mul(flat, -4) as tf.Tensor4D;
      return [
        lpips(params, flat, flat),
        tf.grad((x: tf.Tensor) => tf.sum(lpips(params, x as tf.Tensor4D, other)))(flat),
      ];
    }) as [tf.Tensor, tf.Tensor];
    expect((await same.data())[0]).toBe(0);
    for (const value of await gradient.data()) expect(value).toSatisfy(Number.isFinite);
    tf.dispose([flat, same, gradient]);
    expect(backend.memory().tensors).toBe(before);
    params.dispose();
    backend.dispose();
  });
});
