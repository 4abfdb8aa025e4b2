/** Our kernels on WebAssembly against those of tfjs's CPU backend. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { both, expectNear, filled } from '../../../tests/support/both-backends.ts';
import { gelu } from '../ops/activation/index.ts';
import { layerNorm } from '../ops/layer-norm/index.ts';
import { windowAttention } from '../ops/window-attention/index.ts';

const shapes: [shape: number[], begin: number[], size: number[]][] = [
  [[7], [2], [3]],
  [
    [4, 5],
    [0, 0],
    [4, 5],
  ],
  [
    [4, 5],
    [1, 2],
    [-1, 2],
  ],
  [
    [2, 3, 64],
    [1, 1, 0],
    [1, 2, -1],
  ],
  [
    [2, 6, 5, 3],
    [0, 1, 2, 0],
    [-1, 4, 2, -1],
  ],
  [
    [2, 6, 5, 40],
    [1, 0, 1, 3],
    [-1, -1, 3, 35],
  ],
  [
    [2, 3, 2, 3, 4],
    [0, 1, 0, 0, 1],
    [2, 2, 2, 3, 2],
  ],
  [
    [3, 4],
    [1, 0],
    [0, 4],
  ],
];

describe('copies', () => {
  it.each(shapes)('a slice of [%s] from [%s], [%s]', async (shape, begin, size) => {
    const [expected, actual] = await both(() => [tf.slice(filled(shape), begin, size)]);
    expect(actual).toEqual(expected);
  });

  it.each([0, 1, 2, 3])('parts along axis %i, and the whole again', async (axis) => {
    const [expected, actual] = await both(() => {
      const x = filled([2, 6, 4, 34]);
      const parts = tf.split(x, axis === 1 ? [1, 3, 2] : 2, axis);
      return [...parts, tf.concat([...parts].reverse(), axis)];
    });
    expect(actual).toEqual(expected);
  });

  it.each([[[0]], [[2]], [[1, 3]], [[0, 1, 2, 3]]])('from last to first along axes [%s]', async (axes) => {
    const [expected, actual] = await both(() => [tf.reverse(filled([2, 3, 4, 5]), axes)]);
    expect(actual).toEqual(expected);
  });

  it('a border of zeros, and of another value', async () => {
    const around = [
      [0, 0],
      [1, 2],
      [0, 1],
      [3, 0],
    ] as [number, number][];
    const [expected, actual] = await both(() => {
      const x = filled([2, 3, 4, 5]);
      return [tf.pad(x, around), tf.pad(x, around, 0.5), tf.pad(tf.cast(x, 'int32'), around, 2)];
    });
    expect(actual).toEqual(expected);
  });

  it('whole numbers, truth values, text, and nothing', async () => {
    const [expected, actual] = await both(() => {
      const bools = tf.tensor2d([1, 0, 0, 1, 1, 1], [2, 3], 'bool');
      const words = tf.tensor2d(['a', 'b', 'c', 'd'], [2, 2]);
      const whole = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32');
      return [
        tf.slice(bools, [0, 1], [2, 2]),
        tf.slice(words, [0, 1], [2, 1]),
        tf.slice(whole, [0, 1], [2, 1]),
        tf.concat([bools, bools], 1),
        tf.concat([whole, tf.zeros([2, 0], 'int32'), whole], 1),
      ];
    });
    expect(actual).toEqual(expected);
  });
});

describe('turns', () => {
  const turns: [shape: number[], perm: number[]][] = [
    [
      [64, 48],
      [1, 0],
    ],
    [
      [7, 10],
      [1, 0],
    ],
    [
      [3, 2],
      [1, 0],
    ],
    [
      [2, 9, 6],
      [0, 2, 1],
    ],
    [
      [2, 9, 1, 6],
      [0, 3, 2, 1],
    ],
    [
      [2, 3, 4, 5],
      [2, 3, 0, 1],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 3, 4, 5],
      [0, 2, 1, 3],
    ],
    [
      [2, 3, 4, 5],
      [3, 2, 1, 0],
    ],
    [
      [1, 3, 4, 1],
      [0, 1, 2, 3],
    ],
  ];
  it.each(turns)('of [%s] to axes [%s]', async (shape, perm) => {
    const [expected, actual] = await both(() => [tf.transpose(filled(shape), perm)]);
    expect(actual).toEqual(expected);
  });
});

describe('products of matrices', () => {
  const turned = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
  const cases = [
    [[6], [6], 5, 16, 64],
    [[2, 3], [2, 3], 64, 64, 16],
    [[2, 3], [2, 3], 7, 3, 11],
    [[1], [4], 9, 6, 3],
    [[4], [1], 4, 1, 8],
    [[1], [1], 3, 5, 13],
  ] as const;
  it.each(cases.flatMap((sizes) => turned.map((turns) => [...sizes, ...turns] as const)))(
    '[%s], [%s] of %i × %i × %i, turned %s, %s',
    async (batchA, batchB, rows, depth, columns, turnA, turnB) => {
      const [expected, actual] = await both(() => [
        tf.matMul(
          filled([...batchA, ...(turnA ? [depth, rows] : [rows, depth])]),
          filled([...batchB, ...(turnB ? [columns, depth] : [depth, columns])]),
          turnA,
          turnB,
        ),
      ]);
      expectNear(actual, expected);
    },
  );
});

describe('ops of a row', () => {
  it.each([
    ['over the first axes', [0, 1, 2], false],
    ['of a matrix, kept', [0], true],
    ['over others', [1, 3], false],
  ] as const)('sums %s', async (_, axes, keep) => {
    const [expected, actual] = await both(() => [tf.sum(filled([2, 5, 7, 8]), [...axes], keep)]);
    expectNear(actual, expected);
  });

  it('LayerNorm, and its gradients', async () => {
    const [expected, actual] = await both(() => {
      const x = tf.add(tf.mul(filled([2, 4, 3, 12]), 3), 5) as tf.Tensor4D;
      const [gamma, beta] = [tf.add(filled([12]), 1), filled([12])] as [tf.Tensor1D, tf.Tensor1D];
      const norm = (...[a, b, c]: tf.Tensor[]) => layerNorm(a as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, 1e-5);
      return [norm(x, gamma, beta), ...tf.grads(norm)([x, gamma, beta], filled([2, 4, 3, 12]))];
    });
    expectNear(actual, expected);
  });

  it('GELU, of large values too, and its gradient', async () => {
    const [expected, actual] = await both(() => {
      const inputs = [tf.mul(filled([40, 5]), 4), tf.tensor1d([-100, -12, -1e-6, 0, 1e-6, 12, 100, 1e5])];
      return inputs.flatMap((x) => [gelu(x), tf.grad((t) => gelu(t))(x, filled(x.shape))]);
    });
    expectNear(actual, expected);
  });
});

describe('window attention', () => {
  const options = { heads: 2, window: 4, shift: 0, mask: 'standard' } as const;
  it.each([
    [options, 1],
    [{ ...options, shift: 2 }, 1],
    [{ ...options, shift: 2, mask: 'published' }, 1],
    [{ ...options, heads: 1, window: 8, shift: 3 }, 2],
  ] as const)('%j, scores × %i', async (given, scale) => {
    const [expected, actual] = await both(() => [
      windowAttention(
        tf.mul(filled([2, 8, 16, 16]), scale) as tf.Tensor4D,
        filled([16, 48]) as tf.Tensor2D,
        filled([48]) as tf.Tensor1D,
        filled([(2 * given.window - 1) ** 2, given.heads]) as tf.Tensor2D,
        given,
      ),
    ]);
    expectNear(actual, expected);
  });
});

describe('a copy of a tensor', () => {
  it('has the same memory, which stays until both are gone', async () => {
    await openNodeBackend('wasm');
    const x = tf.tensor1d([1, 2, 3]);
    const copy = tf.clone(x);
    expect(copy.dataId).toBe(x.dataId);
    x.dispose();
    expect(Array.from(copy.dataSync())).toEqual([1, 2, 3]);
    const before = tf.engine().backend.numDataIds();
    copy.dispose();
    expect(tf.engine().backend.numDataIds()).toBe(before - 1);
  });
});

describe('products of matrices whose batches differ', () => {
  it.each([
    [[2, 1, 9, 5], [1, 2, 5, 7], false],
    [[1, 2, 9, 5], [2, 7, 5], true],
    [[1, 1, 9, 5], [1, 7, 5], true],
    [[1, 7, 5], [1, 1, 7, 9], false],
  ] as const)('[%s] by [%s]', async (a, b, transposeB) => {
    const [expected, actual] = await both(() => [tf.matMul(filled([...a]), filled([...b]), a[1] === 7, transposeB)]);
    expectNear(actual, expected);
  });
});
