/** Damaged and hostile files: each opens or is refused with a FormatError, in bounded time, whatever its header claims. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../imaging/random.ts';
import { FormatError } from './errors.ts';
import { openSafetensors, writeSafetensors } from './safetensors.ts';

const base = new Uint8Array(
  await writeSafetensors(
    [
      { name: 'block.0.weight', dtype: 'F32', shape: [2, 3], data: new Float32Array(6).fill(1.5) },
      { name: 'block.0.bias', dtype: 'F16', shape: [5], data: new Float32Array(5).fill(-2) },
      { name: 'count', dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) },
    ],
    { format: 'pt', config: '{"a":[1,2]}' },
  ).arrayBuffer(),
);
const headerEnd = 8 + Number(new DataView(base.buffer).getBigUint64(0, true));

type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: RandomStream) => Uint8Array<ArrayBuffer>;

/** The file with its header text rewritten and its length adjusted. */
function rewrite(bytes: Uint8Array<ArrayBuffer>, edit: (text: string) => string): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(edit(new TextDecoder().decode(bytes.subarray(8, headerEnd))));
  const out = new Uint8Array(8 + header.length + bytes.length - headerEnd);
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  out.set(bytes.subarray(headerEnd), 8 + header.length);
  return out;
}

const numbers = [
  '0',
  '-1',
  '1e400',
  '-0',
  '4294967296',
  '9007199254740992',
  '9007199254740991',
  '0.5',
  '1e15',
  'null',
  '"4"',
];
const values = [
  '{}',
  '[]',
  'null',
  '[[[[]]]]',
  '{"shape":{}}',
  '""',
  'true',
  `${'['.repeat(5000)}`,
  `"${'x'.repeat(5000)}"`,
];
const pick = <T>(list: readonly T[], random: RandomStream): T => list[random.integer(list.length)];

/** Replaces one match of the pattern, picked at random. */
function replaceOne(text: string, pattern: RegExp, replacement: string, random: RandomStream): string {
  const matches = [...text.matchAll(pattern)];
  const { index, 0: found } = pick(matches, random);
  return text.slice(0, index) + replacement + text.slice(index + found.length);
}

const mutations: Record<string, Mutation> = {
  bits: (bytes, random) => {
    for (let i = 1 + random.integer(4); i > 0; i--) bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    return bytes;
  },
  headerBits: (bytes, random) => {
    for (let i = 1 + random.integer(3); i > 0; i--) bytes[random.integer(headerEnd)] ^= 1 << random.integer(8);
    return bytes;
  },
  truncation: (bytes, random) => bytes.slice(0, random.integer(bytes.length + 1)),
  extension: (bytes, random) => {
    const out = new Uint8Array(bytes.length + random.integer(64));
    out.set(bytes);
    return out;
  },
  headerLength: (bytes, random) => {
    const lie = BigInt(random.uint32()) * BigInt(pick([1, 2 ** 8, 2 ** 31, 2 ** 32], random));
    new DataView(bytes.buffer).setBigUint64(
      0,
      random.uniform() < 0.5 ? lie : BigInt(random.integer(bytes.length)),
      true,
    );
    return bytes;
  },
  number: (bytes, random) => rewrite(bytes, (text) => replaceOne(text, /\d+/g, pick(numbers, random), random)),
  offset: (bytes, random) => rewrite(bytes, (text) => replaceOne(text, /\d+/g, String(random.integer(80)), random)),
  dtype: (bytes, random) =>
    rewrite(bytes, (text) =>
      replaceOne(text, /"(F32|F16|I64)"/g, pick(['"F64"', '"U8"', '"BF16"', '"C64"'], random), random),
    ),
  value: (bytes, random) =>
    rewrite(bytes, (text) => replaceOne(text, /\[[^\]]*\]|\{[^{}]*\}/g, pick(values, random), random)),
  token: (bytes, random) =>
    rewrite(bytes, (text) =>
      replaceOne(text, /["{}[\]:,\\]/g, pick(['"', '{', '}', ']', ':', ',', '\\', ''], random), random),
    ),
  splice: (bytes, random) => {
    const from = random.integer(bytes.length);
    bytes.copyWithin(random.integer(bytes.length), from, from + random.integer(40));
    return bytes;
  },
};

/** True when it opened and every tensor could be read. Any error but a FormatError is thrown on. */
async function opens(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const file = await openSafetensors(new Blob([bytes]));
    for (const { name, begin, end } of file.entries.values()) {
      if (begin < 8 || end > bytes.length || begin > end) throw new Error(`${name} lies outside the file`);
      await file.readFloat32(name);
    }
    return true;
  } catch (error) {
    if (error instanceof FormatError && error.message.length < 300) return false;
    throw error;
  }
}

describe('openSafetensors on damaged files', () => {
  for (const [name, mutate] of Object.entries(mutations)) {
    it(name, async () => {
      const random = new RandomStream(2026, Object.keys(mutations).indexOf(name));
      let refused = 0;
      for (let i = 0; i < 500; i++) {
        const mutated = mutate(new Uint8Array(base), random);
        if (!(await opens(mutated))) refused++;
      }
      expect(refused).toBeGreaterThan(0);
    });
  }

  it('gets through large hostile headers before the test’s time is up', async () => {
    const million = 1_000_000;
    const hostile = [
      `{"a":"${'\\"'.repeat(million)}`,
      `{${'"'.repeat(million)}`,
      `{"a":[${'0,'.repeat(million)}0]}`,
      `{${'[]'.repeat(million)}`,
      `{"a":{"dtype":"F32","shape":[${'1,'.repeat(million)}1],"data_offsets":[0,4]}}`,
      `{${' '.repeat(2 * million)}`,
      `{${Array.from({ length: 50_000 }, (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`).join(',')}}`,
    ];
    for (const text of hostile) {
      const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
      const bytes = new Uint8Array(8 + text.length + 4);
      bytes.set(length);
      bytes.set(new TextEncoder().encode(text), 8);
      await opens(bytes);
    }
  });
});
