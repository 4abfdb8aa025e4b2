/**
 * Networks in ncnn's format: a text of layers (.param) and their weights in a row (.bin). Everything is checked before anything
 * is allocated from what the files claim. Source: ncnn's modelbin.cpp and the layers' documentation.
 */
import { FormatError, quote } from '../../src/formats/errors.ts';
import { halfToFloat } from '../../src/formats/half.ts';

export interface NcnnLayer {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** By their numbers. */
  readonly values: ReadonlyMap<number, number>;
  /** Lists, by their numbers. */
  readonly lists: ReadonlyMap<number, readonly number[]>;
}

const magic = 7767517;
const most = { characters: 2 ** 20, layers: 10_000, values: 64, list: 16, channels: 4096 };
/** Keys of lists: −23300 − number. */
const firstList = -23300;

function wholeNumber(text: string | undefined, what: string, largest: number): number {
  const value = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && value <= largest) return value;
  throw new FormatError(`The network's text is damaged: ${what} is ${quote(text ?? '')}.`);
}

function finite(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new FormatError(`The network's text is damaged: layer ${quote(name)} has the value ${quote(text)}.`);
}

function readLayer(line: string): NcnnLayer {
  const [type = '', name = '', inputCount, outputCount, ...rest] = line.trim().split(/\s+/);
  const inputs = wholeNumber(inputCount, `the inputs of layer ${quote(name)}`, most.values);
  const outputs = wholeNumber(outputCount, `the outputs of layer ${quote(name)}`, most.values);
  if (rest.length < inputs + outputs) throw new FormatError(`Layer ${quote(name)} names too few blobs.`);
  const values = new Map<number, number>();
  const lists = new Map<number, number[]>();
  for (const text of rest.slice(inputs + outputs, inputs + outputs + most.values)) {
    const [key = '', value = ''] = text.split('=');
    const number = finite(key, name);
    if (number > firstList) {
      values.set(number, finite(value, name));
      continue;
    }
    const [count, ...entries] = value.split(',');
    if (wholeNumber(count, `a list of layer ${quote(name)}`, most.list) !== entries.length)
      throw new FormatError(`Layer ${quote(name)} has a list of another length than it says.`);
    lists.set(
      firstList - number,
      entries.map((entry) => finite(entry, name)),
    );
  }
  return {
    type,
    name,
    inputs: rest.slice(0, inputs),
    outputs: rest.slice(inputs, inputs + outputs),
    values,
    lists,
  };
}

/**
 * The layers, in order.
 * @throws FormatError, one sentence
 */
export function readParam(text: string): NcnnLayer[] {
  if (text.length > most.characters) throw new FormatError('The network’s text is longer than any network’s.');
  const [first, counts = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  if (Number(first) !== magic) throw new FormatError('This is no network of ncnn: its first line is another.');
  const layers = wholeNumber(counts.trim().split(/\s+/)[0], 'the number of layers', most.layers);
  if (lines.length !== layers)
    throw new FormatError(`The network's text is cut off: it has ${lines.length} of ${layers} layers.`);
  return lines.map(readLayer);
}

/** Marks weights of 16 bit. */
const halfMark = 0x01306b47;

/** Reads weights in a row, each within the bytes that are there. */
export class WeightReader {
  readonly #data: DataView;
  #at = 0;

  constructor(bytes: ArrayBuffer) {
    this.#data = new DataView(bytes);
  }

  /** @throws FormatError where the file ends before them */
  #take(bytes: number, of: string): number {
    const at = this.#at;
    if (bytes > this.#data.byteLength - at)
      throw new FormatError(`The weights are cut off: ${quote(of)} needs ${bytes} bytes more than there are.`);
    this.#at += bytes;
    return at;
  }

  /** As they are: 32 bit each. */
  floats(count: number, of: string): Float32Array<ArrayBuffer> {
    const at = this.#take(count * 4, of);
    return Float32Array.from({ length: count }, (_, i) => this.#data.getFloat32(at + 4 * i, true));
  }

  /** Behind a mark that says how they are stored; 16 and 32 bit are known here. */
  weights(count: number, of: string): Float32Array<ArrayBuffer> {
    const mark = this.#data.getUint32(this.#take(4, of), true);
    if (mark === 0) return this.floats(count, of);
    if (mark !== halfMark)
      throw new FormatError(`The weights of ${quote(of)} are stored in a way that is not read here.`);
    // Up to a whole word.
    const at = this.#take(Math.ceil(count / 2) * 4, of);
    return halfToFloat(Uint16Array.from({ length: count }, (_, i) => this.#data.getUint16(at + 2 * i, true)));
  }

  /** @throws FormatError where bytes are left: the text is another network's */
  end(): void {
    const left = this.#data.byteLength - this.#at;
    if (left > 0)
      throw new FormatError(`The weights are ${left} bytes longer than the network: the two files are no pair.`);
  }
}
