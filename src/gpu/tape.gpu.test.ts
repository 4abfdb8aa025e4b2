/** Work whose commands would not do for other values is told apart, and runs through tfjs each time. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { findAdapter } from '../../tests/support/gpu.ts';
import type { Backend } from './backend.ts';
import type { Recordings } from './replay.ts';
import type { Repeated } from './work.ts';

const adapter = await findAdapter('work that can not be replayed');

describe.runIf(adapter)('on a GPU', () => {
  let backend: Backend;
  let recordings: Recordings;
  beforeAll(async () => {
    backend = await openNodeBackend('webgpu');
    recordings = backend.recordings as Recordings;
  });
  afterAll(() => backend.dispose());

  const owner = {};
  const count = 100;
  const valuesFrom = (first: number) => Float32Array.from({ length: count }, (_, i) => first + i);
  const workOf = (first: number, run: Repeated['run']) => {
    return { owner, name: `${run}`, spare: 1e9, inputs: [{ data: valuesFrom(first), shape: [count] }], run };
  };

  const kept: tf.Tensor[] = [];
  it.each<[string, RegExp, (x: tf.Tensor, data: Float32Array) => tf.Tensor]>([
    [
      'reads a value back',
      /reads values back/,
      (x) => {
        void tf.keep(tf.square(x)).data();
        return tf.square(x);
      },
    ],
    [
      'keeps a tensor',
      /keeps a tensor/,
      (x) => {
        kept.push(tf.keep(tf.square(x)));
        return tf.square(x);
      },
    ],
    ['uploads its values by itself', /uploads the values of an input/, (_, data) => tf.square(tf.tensor1d(data))],
    [
      'frees what was there before',
      /frees a tensor/,
      (x) => {
        const zeros = kept.at(-1) as tf.Tensor;
        const squares = tf.square(tf.add(x, zeros));
        zeros.dispose();
        return squares;
      },
    ],
  ])('runs work through tfjs that %s', async (_, reason, run) => {
    for (const first of [1, 2, 3]) {
      kept.push(tf.keep(tf.zeros([count])));
      const data = valuesFrom(first);
      const work = { ...workOf(first, (x) => run(x as tf.Tensor, data)), inputs: [{ data, shape: [count] }] };
      expect(await recordings.run(work)).toEqual(data.map((x) => x * x));
      expect(recordings.refusal).toMatch(reason);
      expect([recordings.count, recordings.bytes]).toEqual([0, 0]);
    }
  });

  it('puts constants that the work uploads, and shares of them, where they belong each time', async () => {
    const run = (x: tf.Tensor) => {
      const slope = tf.tensor1d([2]);
      const once = tf.add(tf.mul(x, slope), tf.tensor1d(Float32Array.from({ length: count }, (_, i) => i)));
      slope.dispose();
      // In the place of the first constant.
      return tf.mul(once, tf.tensor1d([0.5]));
    };
    for (const first of [5, 6, 7]) {
      const work = workOf(first, (x) => run(x as tf.Tensor));
      expect(await recordings.run(work)).toEqual(work.inputs[0]?.data.map((x, i) => (2 * x + i) / 2));
    }
    expect([recordings.count, recordings.refusal]).toEqual([1, null]);
    recordings.clear();
  });

  it('takes a tensor from outside that is uploaded while it records', async () => {
    const outside = tf.tensor1d(new Float32Array(count).fill(3));
    const run = (x: tf.Tensor) => tf.add(tf.square(tf.square(x)), outside);
    for (const first of [0, 1, 2]) {
      const work = workOf(first, (x) => run(x as tf.Tensor));
      expect(await recordings.run(work)).toEqual(work.inputs[0]?.data.map((x) => Math.fround(x ** 4) + 3));
    }
    expect(recordings.count).toBe(1);
    outside.dispose();
    expect(recordings.count).toBe(0);
  });

  it('refuses values that do not fill their shape, and stays as it was after work that fails', async () => {
    const work = workOf(1, (x) => tf.square(x as tf.Tensor));
    const short = { ...work, inputs: [{ data: new Float32Array(3), shape: [4] }] };
    await expect(recordings.run(short)).rejects.toThrow('3 values are no [4].');
    const before = backend.memory();
    const fails = workOf(1, (x) => {
      tf.square(tf.add(x as tf.Tensor, 1));
      throw new Error('no');
    });
    for (let i = 0; i < 3; i++) await expect(recordings.run(fails)).rejects.toThrow('no');
    expect(recordings.count).toBe(0);
    expect(backend.memory().tensors).toBe(before.tensors);
    for (let i = 0; i < 2; i++) expect((await recordings.run(work))[2]).toBe(9);
    expect(recordings.count).toBe(1);
  });
});
