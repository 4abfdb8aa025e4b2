/** The same work on WebAssembly and on tfjs's CPU backend, to be compared. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { openNodeBackend } from './backend.ts';
import { uniform } from './hashed.ts';

const backends = ['cpu', 'wasm'] as const;

/** The same on either backend. */
export async function both(run: () => tf.Tensor[]) {
  const found: { shape: number[]; dtype: string; values: unknown }[][] = [];
  for (const kind of backends) {
    await openNodeBackend(kind);
    const results = tf.tidy(run);
    found.push(results.map((t) => ({ shape: t.shape, dtype: t.dtype, values: Array.from(t.dataSync()) })));
    tf.dispose(results);
  }
  return found as [(typeof found)[0], (typeof found)[0]];
}

type Results = readonly { readonly shape: number[]; readonly values: unknown }[];

/** The same shapes, and values within a few millionths of the largest. */
export function expectNear(actual: Results, expected: Results): void {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { values }] of expected.entries()) {
    const [theirs, ours] = [values as number[], actual[i]?.values as number[]];
    const largest = Math.max(...theirs.map(Math.abs));
    const apart = Math.max(...theirs.map((value, j) => Math.abs(value - (ours[j] as number))));
    expect(apart / largest).toBeLessThan(4e-6);
  }
}

export const filled = (shape: number[]) =>
  tf.tensor(
    uniform(
      'x',
      shape.reduce((all, n) => all * n, 1),
      1,
    ),
    shape,
  );
