/** Upscalers in ncnn's format as ONNX files of any picture size, with the arithmetic of a pixel worked out on the way. */
import { FormatError, quote } from '../../src/formats/errors.ts';
import { floatToHalf } from '../../src/formats/half.ts';
import { type Attribute, type Initializer, type OnnxNode, writeOnnx } from '../../src/formats/onnx/model.ts';
import { type NcnnLayer, readParam, WeightReader } from './ncnn.ts';

export interface ConvertedModel {
  readonly file: Blob;
  readonly parameters: number;
  /** Multiply–accumulates of the convolutions for one output pixel. */
  readonly macsPerPixel: number;
  /** Output pixels a side of an LR pixel. */
  readonly scale: number;
}

const float32 = 1;
/** Wider layers are of no upscaler. */
const mostChannels = 4096;

/** A value of the graph. */
interface Value {
  readonly name: string;
  /** Pixels a side of an LR pixel. */
  readonly scale: number;
  readonly channels: number;
}

class Converter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly values = new Map<string, Value>();
  readonly #weights: WeightReader;
  #names = 0;
  parameters = 0;
  /** For one LR pixel. */
  macs = 0;

  constructor(weights: WeightReader) {
    this.#weights = weights;
  }

  #in({ name, inputs }: NcnnLayer, place = 0): Value {
    const value = this.values.get(inputs[place] ?? '');
    if (!value)
      throw new FormatError(`Layer ${quote(name)} takes ${quote(inputs[place] ?? 'nothing')}, which none makes.`);
    return value;
  }

  #node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = `v${this.#names++}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  #constant(values: Float32Array<ArrayBuffer>, shape: readonly number[]): string {
    const name = `c${this.#names++}`;
    this.initializers.push({ name, type: 'float32', shape, data: new Uint8Array(values.buffer) });
    return name;
  }

  /** Kept as 16 bit, as they were: half the bytes. */
  #halfConstant(values: Float32Array, shape: readonly number[]): string {
    const name = `w${this.#names++}`;
    this.initializers.push({ name, type: 'float16', shape, data: new Uint8Array(floatToHalf(values).buffer) });
    return this.#node('Cast', [name], { to: float32 });
  }

  #scalar = (value: number) => this.#constant(Float32Array.of(value), []);

  /** @throws FormatError when it isn't a whole number of the range */
  #count({ name, values }: NcnnLayer, key: number, fallback: number, least: number, largest: number): number {
    const value = values.get(key) ?? fallback;
    if (Number.isInteger(value) && value >= least && value <= largest) return value;
    throw new FormatError(`Layer ${quote(name)} has the value ${value} (${key}), which no upscaler has.`);
  }

  #convolution(layer: NcnnLayer): Value {
    const { name, values, lists } = layer;
    const input = this.#in(layer);
    const filters = this.#count(layer, 0, 0, 1, mostChannels);
    const kernel = this.#count(layer, 1, 0, 1, 15);
    const pad = this.#count(layer, 4, 0, 0, 7);
    const size = this.#count(layer, 6, 0, 1, 2 ** 28);
    if (
      size !== filters * input.channels * kernel ** 2 ||
      kernel !== 2 * pad + 1 ||
      (values.get(2) ?? 1) !== 1 ||
      (values.get(3) ?? 1) !== 1
    )
      throw new FormatError(`Layer ${quote(name)} is no convolution that keeps the picture's size.`);
    const weights = this.#halfConstant(this.#weights.weights(size, name), [filters, input.channels, kernel, kernel]);
    const hasBias = values.get(5) === 1;
    const bias = hasBias ? [this.#constant(this.#weights.floats(filters, name), [filters])] : [];
    this.parameters += size + (hasBias ? filters : 0);
    this.macs += size * input.scale ** 2;
    const attributes = { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad] };
    const output = this.#node('Conv', [input.name, weights, ...bias], attributes);
    const activation = values.get(9) ?? 0;
    if (activation === 0) return { ...input, name: output, channels: filters };
    const slope = lists.get(10)?.[0];
    if (activation === 1) return { ...input, name: this.#node('Relu', [output]), channels: filters };
    if (activation !== 2 || slope === undefined)
      throw new FormatError(`Layer ${quote(name)} has an activation that is not read here.`);
    return { ...input, name: this.#node('LeakyRelu', [output], { alpha: { float: slope } }), channels: filters };
  }

  #binary(layer: NcnnLayer): Value {
    const { name, values } = layer;
    const op = ['Add', 'Sub', 'Mul'][values.get(0) ?? 0];
    if (!op) throw new FormatError(`Layer ${quote(name)} computes what is not read here.`);
    const input = this.#in(layer);
    const other = values.get(1) === 1 ? null : this.#in(layer, 1);
    if (other && (other.channels !== input.channels || (other.scale !== input.scale && other.scale !== 0)))
      throw new FormatError(`Layer ${quote(name)} joins maps of two sizes.`);
    return { ...input, name: this.#node(op, [input.name, other?.name ?? this.#scalar(values.get(2) ?? 0)]) };
  }

  #sum(layer: NcnnLayer): Value {
    const { name, inputs, values, lists } = layer;
    const factors = lists.get(1) ?? inputs.map(() => 1);
    if (values.get(0) !== 1 || inputs.length !== 2 || factors.length !== 2)
      throw new FormatError(`Layer ${quote(name)} is no sum of two maps.`);
    const [first, second] = factors.map((factor, place) => {
      const value = this.#in(layer, place);
      return factor === 1 ? value : { ...value, name: this.#node('Mul', [value.name, this.#scalar(factor)]) };
    }) as [Value, Value];
    if (first.channels !== second.channels || first.scale !== second.scale)
      throw new FormatError(`Layer ${quote(name)} joins maps of two sizes.`);
    return { ...first, name: this.#node('Add', [first.name, second.name]) };
  }

  #concat(layer: NcnnLayer): Value {
    const parts = layer.inputs.map((_, place) => this.#in(layer, place));
    const [first] = parts;
    if (!first || (layer.values.get(0) ?? 0) !== 0 || parts.some(({ scale }) => scale !== first.scale))
      throw new FormatError(`Layer ${quote(layer.name)} joins what does not fit.`);
    const channels = parts.reduce((sum, part) => sum + part.channels, 0);
    return {
      ...first,
      channels,
      name: this.#node(
        'Concat',
        parts.map(({ name }) => name),
        { axis: 1 },
      ),
    };
  }

  #prelu(layer: NcnnLayer): Value {
    const input = this.#in(layer);
    if (this.#count(layer, 0, 0, 1, mostChannels) !== input.channels)
      throw new FormatError(`Layer ${quote(layer.name)} has slopes of another number of channels.`);
    const slopes = this.#weights.floats(input.channels, layer.name);
    this.parameters += input.channels;
    return { ...input, name: this.#node('PRelu', [input.name, this.#constant(slopes, [input.channels, 1, 1])]) };
  }

  #shuffle(layer: NcnnLayer): Value {
    const input = this.#in(layer);
    const factor = this.#count(layer, 0, 1, 1, 8);
    const channels = input.channels / factor ** 2;
    if (!Number.isInteger(channels) || (layer.values.get(1) ?? 0) !== 0)
      throw new FormatError(`Layer ${quote(layer.name)} shuffles what does not fit.`);
    const attributes = { blocksize: factor, mode: 'CRD' };
    return { scale: input.scale * factor, channels, name: this.#node('DepthToSpace', [input.name], attributes) };
  }

  #enlarge(layer: NcnnLayer): Value {
    const input = this.#in(layer);
    const factor = this.#count(layer, 1, 1, 1, 8);
    if (layer.values.get(0) !== 1 || layer.values.get(2) !== factor)
      throw new FormatError(`Layer ${quote(layer.name)} enlarges in a way that is not read here.`);
    const scales = this.#constant(Float32Array.of(1, 1, factor, factor), [4]);
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    return { ...input, scale: input.scale * factor, name: this.#node('Resize', [input.name, '', scales], attributes) };
  }

  #memory(layer: NcnnLayer): Value {
    const [width, height, channels] = [0, 1, 2].map((key) => this.#count(layer, key, 1, 1, mostChannels)) as [
      number,
      number,
      number,
    ];
    if (width !== 1 || height !== 1) throw new FormatError(`Layer ${quote(layer.name)} is no colour.`);
    const values = this.#weights.floats(channels, layer.name);
    return { scale: 0, channels, name: this.#constant(values, [channels, 1, 1]) };
  }

  #output(layer: NcnnLayer): Value {
    switch (layer.type) {
      case 'Convolution':
        return this.#convolution(layer);
      case 'PReLU':
        return this.#prelu(layer);
      case 'BinaryOp':
        return this.#binary(layer);
      case 'Eltwise':
        return this.#sum(layer);
      case 'Concat':
        return this.#concat(layer);
      case 'PixelShuffle':
        return this.#shuffle(layer);
      case 'Interp':
        return this.#enlarge(layer);
      case 'MemoryData':
        return this.#memory(layer);
      case 'Split':
        return this.#in(layer);
      case 'Sigmoid':
        return { ...this.#in(layer), name: this.#node('Sigmoid', [this.#in(layer).name]) };
      case 'Swish': {
        const { name } = this.#in(layer);
        return { ...this.#in(layer), name: this.#node('Mul', [name, this.#node('Sigmoid', [name])]) };
      }
      default:
        throw new FormatError(
          `Layer ${quote(layer.name)} is of the kind ${quote(layer.type)}, which is not read here.`,
        );
    }
  }

  /** @throws FormatError, one sentence */
  add(layer: NcnnLayer): void {
    const value = layer.type === 'Input' ? { name: 'image', scale: 1, channels: 3 } : this.#output(layer);
    if (value.channels > mostChannels)
      throw new FormatError(`Layer ${quote(layer.name)} is wider than any upscaler's.`);
    for (const output of layer.outputs) this.values.set(output, value);
  }
}

/**
 * @param param the .param file's text
 * @param bin the .bin file
 * @param metadata of the ONNX file: `licence` and `source` are shown beside its pictures
 * @throws FormatError, one sentence
 */
export function ncnnToOnnx(
  name: string,
  param: string,
  bin: ArrayBuffer,
  metadata: Readonly<Record<string, string>>,
): ConvertedModel {
  const reader = new WeightReader(bin);
  const converter = new Converter(reader);
  const layers = readParam(param);
  for (const layer of layers) converter.add(layer);
  reader.end();
  const last = converter.values.get(layers.at(-1)?.outputs[0] ?? '');
  if (last?.channels !== 3 || last.scale < 1) throw new FormatError('The network does not end in a picture.');
  const { nodes, initializers, parameters, macs } = converter;
  const file = writeOnnx({
    name,
    description: `${name}, converted from ncnn`,
    nodes: [...nodes, { op: 'Identity', inputs: [last.name], outputs: ['upscaled'], attributes: {} }],
    initializers,
    inputs: [{ name: 'image', type: 'float32', shape: [1, 3, 'height', 'width'], description: 'RGB in [0, 1]' }],
    outputs: [
      {
        name: 'upscaled',
        type: 'float32',
        shape: [1, 3, 'larger_height', 'larger_width'],
        description: 'RGB in [0, 1]',
      },
    ],
    metadata: { ...metadata, input_range: '[0, 1]' },
  });
  return { file, parameters, macsPerPixel: macs / last.scale ** 2, scale: last.scale };
}
