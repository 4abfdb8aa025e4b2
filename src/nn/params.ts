/**
 * Network parameters by their PyTorch names, as tfjs tensors in tfjs's layouts: convolutions OIHW → HWIO, linear layers
 * [out, in] → [in, out] (§2.5); everything else as it is.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type ConvOptions, conv2d } from '../gpu/ops/conv2d/index.ts';
import { spectrallyNormalized } from '../gpu/ops/spectral-norm/index.ts';
import type { ParamShapes } from '../presets/architecture.ts';

/** [out, in] tables that are no linear layer. */
const isTable = (name: string) => name.includes('relative_position_bias_table') || name.includes('embedding');

/** Our axes as PyTorch's, in our order: axis i of ours is axis `axesOf(…)[i]` of PyTorch's. */
export function axesOf(name: string, rank: number): readonly number[] {
  if (rank === 4) return [2, 3, 1, 0];
  return rank === 2 && !isTable(name) ? [1, 0] : Array.from({ length: rank }, (_, i) => i);
}

/** A PyTorch-layout array as the tensor that the networks take. */
export function fromTorch(name: string, shape: readonly number[], data: Float32Array): tf.Tensor {
  return tf.tidy(() => tf.transpose(tf.tensor(data, [...shape]), [...axesOf(name, shape.length)]));
}

/** The inverse of `fromTorch`, for values and gradients alike; shape of the result is PyTorch's. */
export function toTorch(name: string, tensor: tf.Tensor): tf.Tensor {
  const axes = axesOf(name, tensor.rank);
  return tf.transpose(
    tensor,
    axes.map((_, i) => axes.indexOf(i)),
  );
}

/** Of a convolution or linear layer. */
const isFilter = (name: string, { rank }: tf.Tensor) => rank === 4 || (rank === 2 && !isTable(name));

export class Params {
  readonly #tensors: ReadonlyMap<string, tf.Tensor>;

  constructor(tensors: ReadonlyMap<string, tf.Tensor>) {
    this.#tensors = tensors;
  }

  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  /** Number of values in all tensors. */
  get count(): number {
    let count = 0;
    for (const tensor of this.#tensors.values()) count += tensor.size;
    return count;
  }

  /** @throws when the network has no such parameter: a fault in the network's code, not in a file. */
  get<T extends tf.Tensor = tf.Tensor>(name: string): T {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`The network has no parameter "${name}".`);
    return tensor as T;
  }

  /** The same network with some tensors replaced; for gradients with respect to them. */
  with(replacements: ReadonlyMap<string, tf.Tensor>): Params {
    return new Params(new Map([...this.#tensors, ...replacements]));
  }

  /** Filters and matrices, and nothing else: what may be kept in half precision (gpu/half.ts). */
  get filters(): tf.Tensor[] {
    return [...this.#tensors].flatMap(([name, tensor]) => (isFilter(name, tensor) ? [tensor] : []));
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }
}

export interface NameReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly wrongShape: readonly string[];
}

/** Compares a file's tensors with what a network needs. Stored index buffers and masks are no parameters and are ignored. */
export function compareNames(
  shapes: ParamShapes,
  found: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): NameReport {
  const same = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((n, i) => n === b[i]);
  const isBuffer = (name: string) => /relative_position_index$|attn_mask$/.test(name);
  const wrongShape: string[] = [];
  for (const [name, shape] of shapes) {
    const other = found.get(name)?.shape;
    if (other && !same(shape, other)) wrongShape.push(`${name} is [${other}], not [${shape}]`);
  }
  return {
    missing: [...shapes.keys()].filter((name) => !found.has(name)),
    unexpected: [...found.keys()].filter((name) => !shapes.has(name) && !isBuffer(name)),
    wrongShape,
  };
}

/**
 * Loads every parameter of a network.
 * @param read a tensor's values in PyTorch layout, by name
 * @throws one sentence naming the first tensor whose number of values is wrong; nothing stays allocated
 */
export async function loadParams(shapes: ParamShapes, read: (name: string) => Promise<Float32Array>): Promise<Params> {
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const [name, shape] of shapes) {
      const data = await read(name);
      const size = shape.reduce((product, n) => product * n, 1);
      if (data.length !== size)
        throw new Error(`"${name}" has ${data.length} values; the network needs ${size} ([${shape}]).`);
      tensors.set(name, fromTorch(name, shape, data));
    }
    return new Params(tensors);
  } catch (error) {
    for (const tensor of tensors.values()) tensor.dispose();
    throw error;
  }
}

/** A convolution whose kernel is spectrally normalised. @param params has NAME.weight, NAME.bias and NAME.u */
export function spectralConv(params: Params, name: string, x: tf.Tensor4D, options: ConvOptions = {}): tf.Tensor4D {
  return tf.tidy(() => {
    const weight = spectrallyNormalized(params.get(`${name}.weight`), params.get(`${name}.u`));
    return conv2d(x, weight, params.get(`${name}.bias`), options);
  });
}
