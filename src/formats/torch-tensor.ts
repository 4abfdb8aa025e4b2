/**
 * A tensor of a checkpoint's pickle: its storage, first element, sizes along each axis and how far
 * apart. Checked against the storage before anything is allocated. Values are read row-major, as 32-bit floats.
 */
import { FormatError } from './errors.ts';
import { bfloatToFloat, halfToFloat } from './half.ts';

/** torch's storage classes → bytes of an element, and how the elements are read. */
const storageTypes = {
  DoubleStorage: { dtype: 'F64', bytes: 8, read: (buffer: ArrayBuffer) => new Float32Array(new Float64Array(buffer)) },
  FloatStorage: { dtype: 'F32', bytes: 4, read: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  HalfStorage: { dtype: 'F16', bytes: 2, read: (buffer: ArrayBuffer) => halfToFloat(new Uint16Array(buffer)) },
  BFloat16Storage: { dtype: 'BF16', bytes: 2, read: (buffer: ArrayBuffer) => bfloatToFloat(new Uint16Array(buffer)) },
  LongStorage: {
    dtype: 'I64',
    bytes: 8,
    read: (buffer: ArrayBuffer) => Float32Array.from(new BigInt64Array(buffer), Number),
  },
  IntStorage: { dtype: 'I32', bytes: 4, read: (buffer: ArrayBuffer) => new Float32Array(new Int32Array(buffer)) },
  ShortStorage: { dtype: 'I16', bytes: 2, read: (buffer: ArrayBuffer) => new Float32Array(new Int16Array(buffer)) },
  CharStorage: { dtype: 'I8', bytes: 1, read: (buffer: ArrayBuffer) => new Float32Array(new Int8Array(buffer)) },
  ByteStorage: { dtype: 'U8', bytes: 1, read: (buffer: ArrayBuffer) => new Float32Array(new Uint8Array(buffer)) },
  BoolStorage: { dtype: 'BOOL', bytes: 1, read: (buffer: ArrayBuffer) => new Float32Array(new Uint8Array(buffer)) },
} as const;

export type StorageType = keyof typeof storageTypes;
export const storageNames = Object.keys(storageTypes) as StorageType[];

export class TorchStorage {
  constructor(
    /** The name of its entry in the archive, below `data/`. */
    readonly key: string,
    readonly type: StorageType,
    /** Elements. */
    readonly length: number,
  ) {}

  get elementBytes(): number {
    return storageTypes[this.type].bytes;
  }
}

export class TorchTensor {
  readonly storage: TorchStorage;
  readonly shape: readonly number[];
  /** Elements between neighbours along each axis. */
  readonly strides: readonly number[];
  /** First element and one past the last, in the storage. */
  readonly first: number;
  readonly end: number;

  /** @throws FormatError for anything that does not lie within the storage */
  constructor(storage: unknown, offset: unknown, shape: unknown, strides: unknown) {
    if (!(storage instanceof TorchStorage)) throw wrong('has no storage');
    if (!isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) {
      throw wrong('has a shape that is no list of whole numbers');
    }
    if (shape.length > mostAxes) throw wrong(`has ${shape.length} axes`);
    const size = shape.reduce((product, length) => product * length, 1);
    // `expand` repeats elements by strides of 0: legal, but a small file must not ask for any amount of memory by it.
    const distinct = shape.reduce((product, length, axis) => (strides[axis] === 0 ? product : product * length), 1);
    if (distinct > storage.length || size > Math.max(storage.length, mostRepeated))
      throw wrong(`has ${size} values, and its storage ${storage.length}`);
    const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis], offset);
    if (size > 0 && last >= storage.length) throw wrong('reaches beyond its storage');
    this.storage = storage;
    this.shape = shape;
    this.strides = strides;
    this.first = size === 0 ? 0 : offset;
    this.end = size === 0 ? 0 : last + 1;
  }

  get dtype(): string {
    return storageTypes[this.storage.type].dtype;
  }

  get size(): number {
    return this.shape.reduce((product, length) => product * length, 1);
  }

  /** A few values far apart: to read them, all between them would have to be read. */
  get isScattered(): boolean {
    return this.end - this.first > 16 * this.size + 2 ** 20;
  }

  /** @param buffer the storage's bytes from element `first` to `end` */
  values(buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
    const stored = storageTypes[this.storage.type].read(buffer);
    return this.#isContiguous() ? stored : this.#gather(stored);
  }

  #isContiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      const length = this.shape[axis];
      if (length !== 1 && this.strides[axis] !== expected) return false;
      expected *= length;
    }
    return true;
  }

  /** Row-major order from any other, such as the channels-last layout of convolutions. */
  #gather(stored: Float32Array): Float32Array<ArrayBuffer> {
    const { shape, strides } = this;
    const out = new Float32Array(this.size);
    const place = shape.map(() => 0);
    let from = 0;
    for (let i = 0; i < out.length; i++) {
      out[i] = stored[from];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += strides[axis];
        place[axis] = place[axis] + 1;
        if (place[axis] < shape[axis]) break;
        from -= place[axis] * strides[axis];
        place[axis] = 0;
      }
    }
    return out;
  }
}

const mostAxes = 8;
/** Values of a tensor that repeats elements of its storage: those of the largest published layers, several times over. */
const mostRepeated = 2 ** 26;
const wrong = (what: string) => new FormatError(`The checkpoint is damaged: a tensor ${what}; download it again.`);
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isCount);
