/** Damaged and hostile checkpoints: each opens or is refused with a FormatError, whatever its directory and pickle claim. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint, pickle, tensorPickle, torchFile, zipFile } from '../../tests/torch/torch-file.ts';
import { RandomStream } from '../imaging/random.ts';
import { FormatError } from './errors.ts';
import { openWeights } from './weight-file.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Mutation = (random: RandomStream) => Bytes;

const fixture = (name: string) => new Uint8Array(readFileSync(resolve(import.meta.dirname, '../../tests/torch', name)));
const real = ['training.pth', 'views.pth', 'types.pth', 'no-checksums.pth'].map(fixture);
const own = torchFile([
  { name: 'block.0.weight', shape: [2, 3], data: new Float32Array(6).fill(1.5) },
  { name: 'block.0.bias', shape: [5], data: new Uint16Array(5).fill(0x3c00) },
]);

const pick = <T>(list: readonly T[], random: RandomStream): T => list[random.integer(list.length)];
/** Where the directory begins: at the first record's signature. */
const directoryAt = (bytes: Uint8Array) =>
  bytes.findIndex((byte, i) => byte === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1 && bytes[i + 3] === 2);

function flip(bytes: Bytes, from: number, to: number, count: number, random: RandomStream): Bytes {
  for (let i = 0; i < count; i++) {
    const at = from + random.integer(to - from);
    bytes[at] = bytes[at] ^ (1 << random.integer(8));
  }
  return bytes;
}

const program = pickle.program(
  pickle.dict(
    [pickle.text('a'), tensorPickle('0', { shape: [2, 2], data: new Float32Array(4) })],
    [pickle.text('b'), tensorPickle('1', { shape: [3], data: new Float32Array(3) })],
  ),
);
const storages = [new Uint8Array(16), new Uint8Array(12)];
/** The checksum is that of the mutated pickle, so that the machine gets to see it. */
const withProgram = (bytes: Uint8Array) => zipFile(checkpoint(bytes, storages));

const operations = [
  0x28, 0x29, 0x2e, 0x4a, 0x4b, 0x51, 0x52, 0x58, 0x5d, 0x61, 0x62, 0x63, 0x65, 0x68, 0x6a, 0x71, 0x72, 0x73, 0x74,
  0x75, 0x7d, 0x85, 0x86, 0x87, 0x88, 0x8a,
];

const mutations: Record<string, Mutation> = {
  bits: (random) => {
    const bytes = pick(real, random).slice();
    return flip(bytes, 0, bytes.length, 1 + random.integer(4), random);
  },
  directory: (random) => {
    const bytes = pick([own, ...real], random).slice();
    return flip(bytes, directoryAt(bytes), bytes.length, 1 + random.integer(4), random);
  },
  'directory numbers': (random) => {
    const bytes = own.slice();
    const at = directoryAt(bytes) + random.integer(bytes.length - directoryAt(bytes) - 4);
    new DataView(bytes.buffer).setUint32(at, pick([0, 1, 0xffff, 0x7fffffff, 0xffffffff, bytes.length], random), true);
    return bytes;
  },
  truncation: (random) => {
    const bytes = pick([own, ...real], random);
    return bytes.slice(0, random.integer(bytes.length + 1));
  },
  extension: (random) => {
    const bytes = pick([own, ...real], random);
    const out = new Uint8Array(bytes.length + random.integer(64));
    out.set(bytes);
    return out;
  },
  splice: (random) => {
    const bytes = pick([own, ...real], random).slice();
    const from = random.integer(bytes.length);
    bytes.copyWithin(random.integer(bytes.length), from, from + random.integer(80));
    return bytes;
  },
  'pickle bits': (random) => withProgram(flip(program.slice(), 0, program.length, 1 + random.integer(3), random)),
  'pickle operations': (random) => {
    const bytes = program.slice();
    for (let i = random.integer(3); i >= 0; i--) bytes[2 + random.integer(bytes.length - 2)] = pick(operations, random);
    return withProgram(bytes);
  },
  'pickle numbers': (random) => {
    // Every number of the program is a LONG1 of 8 bytes.
    const bytes = program.slice();
    const places = [...bytes.keys()].filter((i) => bytes[i] === 0x8a && bytes[i + 1] === 8);
    const value = pick([0n, -1n, 1n, 2n ** 31n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)], random);
    new DataView(bytes.buffer).setBigInt64(pick(places, random) + 2, value, true);
    return withProgram(bytes);
  },
  'random programs': (random) =>
    withProgram(pickle.program(Uint8Array.from({ length: 4 + random.integer(60) }, () => pick(operations, random)))),
};

/** True when it opened and every tensor could be read. Any error but a FormatError is thrown on. */
async function opens(bytes: Bytes): Promise<boolean> {
  try {
    const { sets } = await openWeights(new Blob([bytes]));
    for (const { tensors, read } of sets) {
      for (const [name, { shape }] of tensors) {
        const values = await read(name);
        if (values.length !== shape.reduce((product, n) => product * n, 1)) throw new Error(`${name} has another size`);
        if (values.length > bytes.length) throw new Error(`${name} has more values than the file has bytes`);
      }
    }
    return true;
  } catch (error) {
    if (error instanceof FormatError && error.message.length < 400) return false;
    throw error;
  }
}

describe('openWeights on damaged checkpoints', () => {
  it('opens the undamaged ones', async () => {
    for (const bytes of [own, withProgram(program), ...real]) expect(await opens(bytes)).toBe(true);
  });

  for (const [name, mutate] of Object.entries(mutations)) {
    it(name, async () => {
      const random = new RandomStream(2026, Object.keys(mutations).indexOf(name));
      let refused = 0;
      for (let i = 0; i < 400; i++) if (!(await opens(mutate(random)))) refused++;
      expect(refused).toBeGreaterThan(0);
    });
  }
});
