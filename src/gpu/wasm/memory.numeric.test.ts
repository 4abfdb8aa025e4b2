/** Kernels on WebAssembly where there is no memory left: a smaller tile is tried next, and needs all that there was. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { filled } from '../../../tests/support/both-backends.ts';
import { windowAttention } from '../ops/window-attention/index.ts';

describe('kernels without memory', () => {
  interface Heap {
    _malloc(bytes: number): number;
    _free(address: number): void;
  }
  const works: readonly [name: string, run: () => tf.Tensor][] = [
    [
      'a convolution',
      () => tf.conv2d(filled([1, 9, 8, 4]) as tf.Tensor4D, tf.ones([3, 3, 4, 8]) as tf.Tensor4D, 1, 'same'),
    ],
    ['products', () => tf.matMul(filled([3, 9, 5]), filled([3, 5, 7]))],
    [
      'attention',
      () =>
        windowAttention(
          filled([1, 8, 8, 16]) as tf.Tensor4D,
          filled([16, 48]) as tf.Tensor2D,
          filled([48]) as tf.Tensor1D,
          filled([49, 2]) as tf.Tensor2D,
          { heads: 2, window: 4, shift: 2, mask: 'standard' },
        ),
    ],
  ];
  it.each(works)('%s: what failed has freed all that it had', async (_, run) => {
    const { kind } = await openNodeBackend('wasm');
    expect(kind).toBe('wasm');
    tf.tidy(() => void run());
    const { wasm } = tf.backend() as unknown as { readonly wasm: Heap };
    const { _malloc: own, _free: free } = wasm;
    const used = new Set<number>();
    /** Whether the work ends where so many allocations can be had. */
    const endsWith = (count: number): boolean => {
      let left = count;
      wasm._malloc = (bytes) => {
        if (left-- === 0) throw new Error('No memory.');
        const address = own(bytes);
        used.add(address);
        return address;
      };
      wasm._free = (address) => {
        used.delete(address);
        free(address);
      };
      try {
        tf.tidy(() => void run());
        return true;
      } catch {
        return false;
      } finally {
        Object.assign(wasm, { _malloc: own, _free: free });
      }
    };
    let count = 0;
    for (; !endsWith(count); count++) expect(used.size).toBe(0);
    expect(count).toBeGreaterThan(2);
    expect(used.size).toBe(0);
  });
});
