/**
 * PyTorch's container written from TypeScript: for checkpoints that must be wrong in one place, and for some that are too
 * large to keep. PyTorch 2.15 reads what it writes.
 */
import { crc32 } from '../../src/formats/bytes.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export const join = (...parts: readonly (Uint8Array | readonly number[])[]): Bytes => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

const little = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Pickle operations, as bytes (protocol 2). */
export const pickle = {
  program: (...operations: readonly (Uint8Array | readonly number[])[]) => join([0x80, 2], ...operations, [0x2e]),
  text: (text: string) => join([0x58], little(utf8(text).length, 4), utf8(text)),
  number: (value: number) => join([0x8a, 8], new Uint8Array(new BigInt64Array([BigInt(value)]).buffer)),
  global: (module: string, name: string) => utf8(`c${module}\n${name}\n`),
  tuple: (...items: readonly Uint8Array[]) => join([0x28], ...items, [0x74]),
  dict: (...pairs: readonly (readonly [Uint8Array, Uint8Array])[]) => join([0x7d, 0x28], ...pairs.flat(), [0x75]),
  call: (callee: Uint8Array, ...args: readonly Uint8Array[]) => join(callee, pickle.tuple(...args), [0x52]),
  none: [0x4e],
};

export interface ZipRecord {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Lies that a test wants told of one entry; everything else is right. */
export interface ZipLie {
  readonly entry: number;
  readonly offset?: number;
  readonly size?: number;
  readonly method?: number;
  readonly flags?: number;
}

/** An archive of stored entries, each aligned to 64 bytes as PyTorch does. */
export function zipFile(records: readonly ZipRecord[], lie?: ZipLie): Bytes {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  records.forEach(({ name, data }, i) => {
    const label = utf8(name);
    const padding = (64 - ((at + 30 + label.length + 4) % 64)) % 64;
    const extra = join([0x46, 0x42], little(padding, 2), new Uint8Array(padding));
    const checksum = crc32(data);
    const wrong = lie?.entry === i ? lie : undefined;
    const common = join(
      little(checksum, 4),
      little(wrong?.size ?? data.length, 4),
      little(wrong?.size ?? data.length, 4),
    );
    const fields = join(little(wrong?.flags ?? 0x800, 2), little(wrong?.method ?? 0, 2), little(0, 4), common);
    directory.push(
      join(utf8('PK\u0001\u0002'), little(20, 2), little(20, 2), fields, little(label.length, 2), new Uint8Array(12)),
      join(little(wrong?.offset ?? at, 4), label),
    );
    const local = join(utf8('PK\u0003\u0004'), little(20, 2), fields, little(label.length, 2), little(extra.length, 2));
    parts.push(local, label, extra, data);
    at += local.length + label.length + extra.length + data.length;
  });
  const central = join(...directory);
  const counts = join(little(records.length, 2), little(records.length, 2));
  const end = join(utf8('PK\u0005\u0006'), little(0, 4), counts, little(central.length, 4), little(at, 4), [0, 0]);
  return join(...parts, central, end);
}

export interface TorchEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** 16-bit bit patterns as a HalfStorage, floats as a FloatStorage. */
  readonly data: Float32Array | Uint16Array;
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A tensor of the storage `key`, in row-major order. */
export function tensorPickle(key: string, { shape, data }: Omit<TorchEntry, 'name'>): Bytes {
  const type = data instanceof Float32Array ? 'FloatStorage' : 'HalfStorage';
  const storage = join(
    pickle.tuple(
      pickle.text('storage'),
      pickle.global('torch', type),
      pickle.text(key),
      pickle.text('cpu'),
      pickle.number(data.length),
    ),
    [0x51],
  );
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const numbers = (list: readonly number[]) => pickle.tuple(...list.map(pickle.number));
  const hooks = join(pickle.global('collections', 'OrderedDict'), [0x29, 0x52]);
  const rebuild = pickle.global('torch._utils', '_rebuild_tensor_v2');
  return pickle.call(
    rebuild,
    storage,
    pickle.number(0),
    numbers(shape),
    numbers(strides),
    new Uint8Array([0x89]),
    hooks,
  );
}

/** The checkpoint of any pickle and storages. */
export const checkpoint = (program: Uint8Array, storages: readonly Uint8Array[] = []): ZipRecord[] => [
  { name: 'archive/data.pkl', data: program },
  { name: 'archive/byteorder', data: utf8('little') },
  ...storages.map((data, key) => ({ name: `archive/data/${key}`, data })),
  { name: 'archive/version', data: utf8('3\n') },
];

/** The pickle that torch.save writes of a state dict, below `path` of enclosing dictionaries. */
export function torchFile(entries: readonly TorchEntry[], path: readonly string[] = []): Bytes {
  const dict = pickle.dict(
    ...entries.map((entry, key): [Bytes, Bytes] => [pickle.text(entry.name), tensorPickle(String(key), entry)]),
  );
  const root = path.reduceRight((inner, name) => pickle.dict([pickle.text(name), inner]), dict);
  return zipFile(
    checkpoint(
      pickle.program(root),
      entries.map(({ data }) => bytesOf(data)),
    ),
  );
}
