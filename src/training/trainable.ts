/**
 * A network that learns: its parameters as variables, which `src/nn`'s pure functions take like any others, and as the one
 * vector (see layout.ts) that optimizers work on. Buffers (spectral norms' u) are parameters that no gradient reaches.
 */
import * as tf from '@tensorflow/tfjs-core';
import { joined, partsOf } from '../gpu/parts.ts';
import { Params } from '../nn/params.ts';
import type { Layout } from './layout.ts';

export class Trainable {
  readonly layout: Layout;
  /** Parameters and buffers; they change in place. */
  readonly params: Params;
  readonly #variables: readonly tf.Variable[];
  readonly #buffers: ReadonlyMap<string, tf.Variable>;
  #vector: tf.Tensor1D;

  /** @param vector takes over; buffers by name */
  constructor(layout: Layout, vector: tf.Tensor1D, buffers: ReadonlyMap<string, Float32Array> = new Map()) {
    this.layout = layout;
    this.#vector = tf.keep(vector);
    this.#variables = tf.tidy(() => partsOf(vector, layout.places).map((value) => tf.variable(value)));
    this.#buffers = new Map(
      [...buffers].map(([name, values]) => [name, tf.tidy(() => tf.variable(tf.tensor1d(values), false))]),
    );
    const variables = layout.places.map(({ name }, i) => [name, this.#variables[i] as tf.Variable] as const);
    this.params = new Params(new Map([...variables, ...this.#buffers]));
  }

  get vector(): tf.Tensor1D {
    return this.#vector;
  }

  get buffers(): ReadonlyMap<string, tf.Tensor> {
    return this.#buffers;
  }

  /** New values for all parameters. @param vector takes over */
  assign(vector: tf.Tensor1D): void {
    tf.keep(vector);
    tf.tidy(() => {
      partsOf(vector, this.layout.places).forEach((value, i) => {
        this.#variables[i]?.assign(value);
      });
    });
    if (vector !== this.#vector) this.#vector.dispose();
    this.#vector = vector;
  }

  assignBuffers(values: ReadonlyMap<string, tf.Tensor>): void {
    for (const [name, value] of values) this.#buffers.get(name)?.assign(value);
  }

  /** The network with another vector's values, such as its average. Call in a tf.tidy, which frees them; never dispose of the result. */
  with(vector: tf.Tensor1D): Params {
    const values = partsOf(vector, this.layout.places);
    return this.params.with(new Map(this.layout.places.map(({ name }, i) => [name, values[i] as tf.Tensor])));
  }

  /** A scalar function of `params`, and its gradient by all parameters as a vector; parameters it doesn't use get zeros. */
  gradient(loss: () => tf.Scalar): { value: tf.Scalar; gradient: tf.Tensor1D } {
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, [...this.#variables]);
      const gradients = this.#variables.map(({ name }) => grads[name]);
      return { value, gradient: joined(gradients, this.layout.places) };
    });
  }

  dispose(): void {
    this.params.dispose();
    this.#vector.dispose();
  }
}
