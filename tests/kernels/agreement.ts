/**
 * Our kernels on the WebGPU device that is open against stock ops on the CPU, values and gradients. There they need no
 * compiling, which on software adapters takes most of the time, and share no driver with ours.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { chooseKernels, type Tuning } from '../../src/gpu/custom-op.ts';

export interface AgreementCase {
  /** By name; each gets a gradient. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly run: (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor;
}

/** Values in (−1, 1), unlike in every place. */
export function hashed(shape: readonly number[], seed: number): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => {
    let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
    return ((h ^ (h >>> 15)) >>> 0) / 2 ** 31 - 1;
  });
  return tf.tensor(values, [...shape]);
}

type Outcome = ReadonlyMap<string, Float32Array>;

/** By name, the value and the gradient of each input, on the backend in use. */
async function outcome({ inputs, run }: AgreementCase): Promise<Outcome> {
  const names = Object.keys(inputs);
  const tensors = tf.tidy(() => {
    const given = names.map((name, i) => hashed(inputs[name] as number[], i));
    const named = (list: readonly tf.Tensor[]) => run(Object.fromEntries(names.map((name, i) => [name, list[i]])));
    const value = named(given);
    const weights = hashed(value.shape, 99);
    const gradients = tf.grads((...list: tf.Tensor[]) => tf.sum(tf.mul(named(list), weights)) as tf.Scalar)(given);
    return [value, ...gradients];
  });
  const values = await Promise.all(tensors.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose(tensors);
  return new Map(['value', ...names].map((name, i) => [name, values[i]]));
}

const references = new Map<AgreementCase, Outcome>();

/** Of stock ops, worked out once for all tunings. */
async function reference(given: AgreementCase): Promise<Outcome> {
  const known = references.get(given);
  if (known) return known;
  const own = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    const made = await outcome(given);
    references.set(given, made);
    return made;
  } finally {
    await tf.setBackend(own);
  }
}

/** The largest difference of the value and of each gradient, relative to the largest magnitude of stock's. */
export async function differences(given: AgreementCase, tuning: Tuning): Promise<Record<string, number>> {
  const expected = await reference(given);
  const back = chooseKernels(tuning);
  const found = await outcome(given).finally(back);
  return Object.fromEntries(
    [...expected].map(([name, theirs]) => {
      const ours = found.get(name) as Float32Array;
      let [largest, worst] = [0, 0];
      theirs.forEach((value, i) => {
        largest = Math.max(largest, Math.abs(value));
        worst = Math.max(worst, Math.abs(value - ours[i]));
        if (!Number.isFinite(ours[i])) worst = Number.POSITIVE_INFINITY;
      });
      return [name, worst / largest];
    }),
  );
}
