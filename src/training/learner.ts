/** A trainable network with its optimizer's state and its average. */
import * as tf from '@tensorflow/tfjs-core';
import { cosrBackend, customKernelsEnabled } from '../gpu/custom-op.ts';
import { settingsTensor, updateKernel } from '../gpu/ops/adam/kernel.ts';
import { convDownsamplerParamShapes } from '../nn/conv-downsampler.ts';
import { discriminatorBufferShapes, discriminatorParamShapes } from '../nn/discriminator.ts';
import { Params } from '../nn/params.ts';
import { unetParamShapes } from '../nn/unet-plan.ts';
import type { NetworkName } from '../paper/names.ts';
import type { Models } from '../paper/networks.ts';
import type { ParamShapes } from '../presets/architecture.ts';
import { joined, Layout, partsOf } from './layout.ts';
import { type AdamSettings, adamEps, adamStep, clipByNorm, follow, globalNorm } from './optimizer.ts';

/** A network's whole state as plain numbers, vectors as the layout has them. */
export interface LearnerState {
  readonly values: Float32Array;
  readonly average: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly buffers: ReadonlyMap<string, Float32Array>;
  /** Number of updates so far. */
  readonly updates: number;
}

export interface UpdateSettings extends AdamSettings {
  readonly clip: number;
  /** Of the average. */
  readonly decay: number;
}

export class Learner {
  readonly network: Trainable;
  #average: tf.Tensor1D;
  #first: tf.Tensor1D;
  #second: tf.Tensor1D;
  #updates: number;
  #prepared: readonly UpdateSettings[] = [];
  /** The same for our kernel, at one place as long as there are as many. */
  #settings: tf.Tensor2D | null = null;

  private constructor(
    network: Trainable,
    average: tf.Tensor1D,
    first: tf.Tensor1D,
    second: tf.Tensor1D,
    updates: number,
  ) {
    this.network = network;
    this.#average = tf.keep(average);
    this.#first = tf.keep(first);
    this.#second = tf.keep(second);
    this.#updates = updates;
  }

  /** @param valuesOf a parameter's first values in PyTorch's layout, by name */
  static start(
    shapes: ParamShapes,
    valuesOf: (name: string) => Float32Array,
    buffers: ReadonlyMap<string, Float32Array> = new Map(),
  ): Learner {
    const layout = new Layout(shapes);
    return Learner.#begin(layout, tf.tensor1d(layout.fromTorch(valuesOf)), buffers);
  }

  /** A learner that starts as a copy of a network. @param buffers by name, where it has any */
  static copy(shapes: ParamShapes, params: Params, buffers: ReadonlyMap<string, Float32Array> = new Map()): Learner {
    const layout = new Layout(shapes);
    const tensors = layout.places.map(({ name }) => params.get(name));
    const vector = joined(tensors, layout.places);
    return Learner.#begin(layout, vector, buffers);
  }

  static #begin(layout: Layout, vector: tf.Tensor1D, buffers: ReadonlyMap<string, Float32Array>): Learner {
    const zeros = () => tf.zeros([layout.length]) as tf.Tensor1D;
    // No clone, which would be the same memory: both change in place.
    return new Learner(new Trainable(layout, vector, buffers), tf.mul(vector, 1), zeros(), zeros(), 0);
  }

  static restore(layout: Layout, state: LearnerState): Learner {
    const network = new Trainable(layout, tf.tensor1d(state.values), state.buffers);
    const [average, first, second] = [state.average, state.first, state.second].map((values) => tf.tensor1d(values));
    return new Learner(network, average as tf.Tensor1D, first as tf.Tensor1D, second as tf.Tensor1D, state.updates);
  }

  get average(): tf.Tensor1D {
    return this.#average;
  }

  /** Settings of the updates that come next, at least one. */
  prepare(updates: readonly [UpdateSettings, ...UpdateSettings[]]): void {
    this.#prepared = updates;
    if (!customKernelsEnabled()) return;
    const made = settingsTensor(
      updates.map((settings) => ({ ...settings, eps: adamEps })),
      this.#updates,
    );
    const kept = this.#settings;
    if (kept && tf.util.arraysEqual(kept.shape, made.shape)) {
      cosrBackend().overwrite(kept, made);
      made.dispose();
      return;
    }
    kept?.dispose();
    this.#settings = tf.keep(made);
  }

  /**
   * One update: gradient, clipping, Adam, average.
   * @param turn place of its settings among those that are prepared
   * @returns the loss and the gradient's norm before clipping; the caller's tf.tidy frees them
   */
  descend(loss: () => tf.Scalar, turn = 0): { loss: tf.Scalar; norm: tf.Scalar } {
    const settings = this.#prepared[turn];
    if (!settings) throw new Error(`No settings are prepared for update ${turn}.`);
    return tf.tidy(() => {
      const { value, gradient } = this.network.gradient(loss);
      const state = { values: this.network.vector, first: this.#first, second: this.#second };
      this.countUpdate();
      if (this.#settings && customKernelsEnabled()) {
        const vectors = { ...state, average: this.#average };
        return { loss: value, norm: updateKernel(vectors, gradient, this.#settings, turn) };
      }
      const norm = globalNorm(gradient);
      const next = adamStep(state, clipByNorm(gradient, norm, settings.clip), settings, this.#updates);
      this.network.assign(next.values);
      tf.dispose([this.#first, this.#second]);
      this.#first = tf.keep(next.first);
      this.#second = tf.keep(next.second);
      const average = follow(this.#average, next.values, settings.decay);
      this.#average.dispose();
      this.#average = tf.keep(average);
      return { loss: value, norm };
    });
  }

  /** Counts an update that was carried out without `descend`, by commands that were recorded there. */
  countUpdate(): void {
    this.#updates++;
  }

  /** Reads everything back: for checkpoints. */
  async state(): Promise<LearnerState> {
    const read = (tensor: tf.Tensor) => tensor.data() as Promise<Float32Array>;
    const names = [...this.network.buffers.keys()];
    const [values, average, first, second, ...buffers] = await Promise.all(
      [this.network.vector, this.#average, this.#first, this.#second, ...this.network.buffers.values()].map(read),
    );
    return {
      values: values as Float32Array,
      average: average as Float32Array,
      first: first as Float32Array,
      second: second as Float32Array,
      buffers: new Map(names.map((name, i) => [name, buffers[i]])),
      updates: this.#updates,
    };
  }

  dispose(): void {
    this.network.dispose();
    tf.dispose([this.#average, this.#first, this.#second]);
    this.#settings?.dispose();
  }
}

// A network that learns: its parameters as variables, which `src/nn`'s pure functions take like any others, and as the one
// vector (see layout.ts) that optimizers work on. Buffers (spectral norms' u) are parameters that no gradient reaches.

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
    const variables = layout.places.map(({ name }, i) => [name, this.#variables[i]] as const);
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
    for (const [name, value] of values) {
      const buffer = this.#buffers.get(name);
      if (buffer && customKernelsEnabled()) cosrBackend().overwrite(buffer, value);
      else buffer?.assign(value);
    }
  }

  /** The network with another vector's values, such as its average. Call in a tf.tidy, which frees them; never dispose of the result. */
  with(vector: tf.Tensor1D): Params {
    const values = partsOf(vector, this.layout.places);
    return this.params.with(new Map(this.layout.places.map(({ name }, i) => [name, values[i]])));
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

/** The part of the models that decides the shapes of learning networks. */
export type LearningModels = Pick<Models, 'unet' | 'downsampler' | 'discriminatorHR' | 'discriminatorLR'>;

/** Every parameter of a learning network, by PyTorch's names. */
export function shapesOf(models: LearningModels, name: NetworkName): ParamShapes {
  const { downsampler } = models;
  switch (name) {
    case 'student':
      return unetParamShapes(models.unet);
    case 'downsampler':
      return downsampler.kind === 'diffusion'
        ? unetParamShapes(downsampler.config)
        : convDownsamplerParamShapes(downsampler.config);
    default:
      return discriminatorParamShapes(models[name]);
  }
}

/** The spectral norms' vectors of a discriminator; other networks have no buffers. */
export function buffersOf(models: LearningModels, name: NetworkName): ParamShapes {
  return name === 'student' || name === 'downsampler' ? new Map() : discriminatorBufferShapes(models[name]);
}
