/**
 * ONNX models as data, and the writer of the file (the messages of onnx.proto, IR version 8) in the wire format of Protocol
 * Buffers. Written here because a protobuf library would join the whole file into one array: weights of hundreds of megabytes
 * stay where they are, as parts of a Blob.
 */
import { FormatError } from '../errors.ts';

/** The value behind a field's key: a number, or a length and as many bytes. */
export const [varintType, lengthType] = [0, 2] as const;
const fixed32Type = 5;

function varintBytes(value: bigint): number[] {
  // Negative numbers are written as the 64-bit two's complement.
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

/** A message under construction: fields in the order they are added, bytes never copied. */
export class Message {
  readonly parts: Uint8Array<ArrayBuffer>[] = [];
  size = 0;

  #push(part: Uint8Array<ArrayBuffer>): void {
    this.parts.push(part);
    this.size += part.length;
  }

  #key(field: number, type: number): void {
    this.#push(Uint8Array.from(varintBytes(BigInt((field << 3) | type))));
  }

  int(field: number, value: number): this {
    this.#key(field, varintType);
    this.#push(Uint8Array.from(varintBytes(BigInt(value))));
    return this;
  }

  float(field: number, value: number): this {
    this.#key(field, fixed32Type);
    this.#push(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array<ArrayBuffer>): this {
    this.#key(field, lengthType);
    this.#push(Uint8Array.from(varintBytes(BigInt(value.length))));
    this.#push(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    this.#key(field, lengthType);
    this.#push(Uint8Array.from(varintBytes(BigInt(value.size))));
    for (const part of value.parts) this.#push(part);
    return this;
  }
}

/** Numbers of onnx.proto's TensorProto.DataType. */
const typeCodes = { float32: 1, uint8: 2, int32: 6, int64: 7, float16: 10 } as const;
export type OnnxType = keyof typeof typeCodes;

/** A constant of the graph: a weight, a mask, the shape that something is brought into. */
export interface Initializer {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A whole number, a list of them, a float, or text. */
export type Attribute = number | readonly number[] | { readonly float: number } | string;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  /** A name where the length is free. */
  readonly shape: readonly (number | string)[];
  /** Meaning and range in words. */
  readonly description: string;
}

export interface OnnxModel {
  readonly name: string;
  readonly description: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

const onnxOpset = 17;
/** The first that has this opset. */
const irVersion = 8;
/** A protobuf message can't be larger; runtimes refuse larger files. */
const largestFile = 2 ** 31 - 1;

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if (typeof value === 'string') return message.text(4, value).int(20, 3);
  if ('float' in value) return message.float(2, value.float).int(20, 1);
  for (const entry of value) message.int(8, entry);
  return message.int(20, 7);
}

function node({ op, inputs, outputs, attributes }: OnnxNode): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input);
  for (const output of outputs) message.text(2, output);
  message.text(3, outputs[0] ?? op).text(4, op);
  for (const [name, value] of Object.entries(attributes)) message.message(5, attribute(name, value));
  return message;
}

function tensor({ name, type, shape, data }: Initializer): Message {
  const message = new Message();
  for (const length of shape) message.int(1, length);
  return message.int(2, typeCodes[type]).text(8, name).bytes(9, data);
}

function valueInfo({ name, type, shape, description }: ValueInfo): Message {
  const dimensions = new Message();
  for (const length of shape) {
    const dimension = new Message();
    dimensions.message(1, typeof length === 'number' ? dimension.int(1, length) : dimension.text(2, length));
  }
  const tensorType = new Message().int(1, typeCodes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensorType)).text(3, description);
}

/** @throws FormatError when the model is too large for the format */
export function writeOnnx(model: OnnxModel): Blob {
  const graph = new Message();
  for (const entry of model.nodes) graph.message(1, node(entry));
  graph.text(2, model.name);
  for (const entry of model.initializers) graph.message(5, tensor(entry));
  for (const entry of model.inputs) graph.message(11, valueInfo(entry));
  for (const entry of model.outputs) graph.message(12, valueInfo(entry));

  const file = new Message()
    .int(1, irVersion)
    .text(2, 'CoSR Playground')
    .text(6, model.description)
    .message(7, graph)
    .message(8, new Message().text(1, '').int(2, onnxOpset));
  for (const [key, value] of Object.entries(model.metadata)) {
    file.message(14, new Message().text(1, key).text(2, value));
  }
  if (file.size > largestFile) {
    throw new FormatError(`An ONNX file can't be larger than 2 GB; this one would have ${file.size} bytes.`);
  }
  return new Blob(file.parts, { type: 'application/octet-stream' });
}
