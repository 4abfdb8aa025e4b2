/**
 * A tfjs backend that computes nothing: each kernel that runs on it is written down as nodes of an ONNX graph. So an
 * exported file is made by the very code that upscales, and there is no second description of the networks to keep in step.
 *
 * tfjs's pictures are NHWC, ONNX's convolutions take NCHW. A value may exist in both layouts; the turn between them is
 * written when somebody first asks for the one that is not there, and convolutions with what lies between them stay NCHW.
 */
import * as tf from '@tensorflow/tfjs-core';
import { floatToHalf } from '../../formats/half.ts';
import type { Attribute, Initializer, OnnxModel, OnnxNode, OnnxType } from '../../formats/onnx/model.ts';

export const recorderName = 'onnx-recorder';

const inOrder = (rank: number) => Array.from({ length: rank }, (_, i) => i);
const toFirst = [0, 3, 1, 2];
const toLast = [0, 2, 3, 1];

/** The constant's numbers in the order of its turned axes. */
function materialize({ data, shape, axes }: Constant): Constant['data'] {
  if (axes.every((axis, i) => axis === i)) return data;
  const turned = axes.map((axis) => shape[axis]);
  const strides = axes.map((axis) => sizeOf(shape.slice(axis + 1)));
  const out = data.slice();
  const position = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      position[axis] = position[axis] + 1;
      if (position[axis] < turned[axis]) break;
      from -= strides[axis] * turned[axis];
      position[axis] = 0;
    }
  }
  return out;
}

export class Recorder extends tf.KernelBackend {
  readonly #values = new WeakMap<object, Value>();
  /** The source of a reshaped value: a chain of reshapes is one. */
  readonly #origins = new Map<string, string>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #nodes: OnnxNode[] = [];
  readonly #counts = new Map<string, number>();
  readonly #halfWeights: boolean;

  /** @param halfWeights parameters are stored as float16 and widened when the file is loaded */
  constructor(halfWeights: boolean) {
    super();
    this.#halfWeights = halfWeights;
  }

  // The backend's interface to tfjs.
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    if (dtype !== 'float32' && dtype !== 'int32') throw new Error(`A tensor of type ${dtype} can't be exported.`);
    const isTyped = values instanceof Float32Array || values instanceof Int32Array;
    const data = isTyped ? values : Float32Array.from(values as unknown as readonly number[]);
    return this.#keep({
      shape,
      constant: { data, shape, axes: inOrder(shape.length), label: null },
      plain: null,
      first: null,
    });
  }
  override disposeData = () => true;
  override numDataIds = () => 0;
  override refCount = () => 1;
  override incRef(): void {}
  override floatPrecision = () => 32 as const;
  override epsilon = () => 1e-7;
  override memory = () => ({ unreliable: true, reasons: ['Nothing is computed here.'] });
  override dispose(): void {}

  #keep(value: Value): tf.DataId {
    const id = {};
    this.#values.set(id, value);
    return id;
  }

  // The recorder's interface to kernels.

  value(tensor: tf.TensorInfo): Value {
    const value = this.#values.get(tensor.dataId);
    if (!value) throw new Error('A tensor of another backend can’t be exported.');
    return value;
  }

  /** A tensor that stands for values of the graph. */
  tensor(shape: readonly number[], names: Partial<Pick<Value, 'plain' | 'first'>>, dtype: tf.DataType = 'float32') {
    return this.#info({ shape, constant: null, plain: null, first: null, ...names }, dtype);
  }

  /** A picture [B, H, W, C] that the graph has, in NCHW, under this name. */
  input(shape: [number, number, number, number], name: string): tf.Tensor4D {
    return tf.engine().makeTensorFromTensorInfo(this.tensor(shape, { first: name })) as tf.Tensor4D;
  }

  constant(constant: Constant, shape: readonly number[], dtype: tf.DataType = 'float32'): tf.TensorInfo {
    return this.#info({ shape, constant, plain: null, first: null }, dtype);
  }

  #info(value: Value, dtype: tf.DataType): tf.TensorInfo {
    return { dataId: this.#keep(value), shape: [...value.shape], dtype };
  }

  /** Names a parameter, so that the file has it under that name. */
  label(tensor: tf.TensorInfo, name: string): void {
    const { constant } = this.value(tensor);
    if (constant) constant.label = name;
  }

  /** Writes a node and returns the names of its outputs. */
  emit(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    count = 1,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.#name(op));
    this.#nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  /** As `emit`, of a node with one output. */
  one(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.emit(op, inputs, attributes)[0];
  }

  #name(base: string): string {
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return count === 1 && base.includes('.') ? base : `${base}_${count}`;
  }

  /** The name of the value in tfjs's layout. */
  plain(tensor: tf.TensorInfo): string {
    const value = this.value(tensor);
    value.plain ??= value.constant
      ? this.#constantName(value.constant, value.shape)
      : this.one('Transpose', [value.first as string], { perm: toLast });
    return value.plain;
  }

  /** The name of the value in NCHW. */
  first(tensor: tf.TensorInfo): string {
    const value = this.value(tensor);
    if (value.first === null && value.constant) {
      const { constant, shape } = value;
      const turned = { ...constant, axes: toFirst.map((axis) => constant.axes[axis]) };
      value.first = this.#constantName(
        turned,
        toFirst.map((axis) => shape[axis]),
      );
    }
    value.first ??= this.one('Transpose', [value.plain as string], { perm: toFirst });
    return value.first;
  }

  reshape(name: string, shape: readonly number[]): string {
    const origin = this.#origins.get(name) ?? name;
    const reshaped = this.one('Reshape', [origin, this.integers(shape)]);
    this.#origins.set(reshaped, origin);
    return reshaped;
  }

  /** A constant as another shape; turned ones are put in order first. */
  reshapeConstant(constant: Constant, shape: readonly number[]): Constant {
    return { data: materialize(constant), shape, axes: inOrder(shape.length), label: constant.label };
  }

  /** Numbers that a node takes as an input. */
  integers(values: readonly number[]): string {
    return this.#initializer(null, 'int64', [values.length], new BigInt64Array(values.map(BigInt)));
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#initializer(null, 'float32', shape, new Float32Array(values));
  }

  #constantName(constant: Constant, shape: readonly number[]): string {
    const data = materialize(constant);
    const type = data instanceof Int32Array ? 'int32' : 'float32';
    return this.#initializer(constant.label, type, shape, data);
  }

  #initializer(
    label: string | null,
    type: OnnxType,
    shape: readonly number[],
    data: Constant['data'] | BigInt64Array,
  ): string {
    const isHalf = this.#halfWeights && label !== null && data instanceof Float32Array;
    const stored = isHalf ? floatToHalf(data as Float32Array) : data;
    const bytes = new Uint8Array(stored.buffer as ArrayBuffer, stored.byteOffset, stored.byteLength);
    const kind = isHalf ? 'float16' : type;
    const known = [...this.#initializers.values()].find(
      (other) =>
        other.type === kind &&
        String(other.shape) === String(shape) &&
        other.data.length === bytes.length &&
        (other.data.buffer === bytes.buffer || other.data.every((byte, i) => byte === bytes[i])),
    );
    if (known) return isHalf ? `${known.name}.wide` : known.name;
    const name = this.#name(label ?? 'constant');
    this.#initializers.set(name, { name, type: kind, shape, data: bytes });
    if (!isHalf) return name;
    this.#nodes.push({ op: 'Cast', inputs: [name], outputs: [`${name}.wide`], attributes: { to: 1 } });
    return `${name}.wide`;
  }

  /**
   * Keeps the nodes that the outputs need.
   * @param outputs names as the graph is to have them, and what they are so far
   */
  graph(outputs: Readonly<Record<string, string>>): Pick<OnnxModel, 'nodes' | 'initializers'> {
    for (const [name, value] of Object.entries(outputs))
      this.#nodes.push({ op: 'Identity', inputs: [value], outputs: [name], attributes: {} });
    const needed = new Set(Object.keys(outputs));
    const nodes = this.#nodes.reverse().filter((node) => {
      if (!node.outputs.some((output) => needed.has(output))) return false;
      for (const input of node.inputs) needed.add(input);
      return true;
    });
    return {
      nodes: nodes.reverse(),
      initializers: [...this.#initializers.values()].filter(({ name }) => needed.has(name)),
    };
  }
}

/** Values of a recorded graph: known numbers, and tensors by their names in it. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Numbers that are known already: a weight, a mask. Turned without being touched; `data` lies in the order of `shape`. */
export interface Constant {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
  /** Axis i of the value is axis axes[i] of `shape`. */
  readonly axes: readonly number[];
  /** The parameter's name; null for numbers that the code made. */
  label: string | null;
}

/** A tensor in the graph. `plain`: the name of its value in tfjs's layout; `first`: in NCHW, four axes only. */
export interface Value {
  readonly shape: readonly number[];
  readonly constant: Constant | null;
  plain: string | null;
  first: string | null;
}
