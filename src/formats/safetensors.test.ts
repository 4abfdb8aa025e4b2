import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FormatError } from './errors.ts';
import { openSafetensors, type WritableTensor, writeSafetensors } from './safetensors.ts';

/** A file of a header as given and `dataBytes` zero bytes. */
function craft(header: string | Uint8Array<ArrayBuffer>, dataBytes = 0, claimedLength?: bigint): Blob {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const length = new BigUint64Array([claimedLength ?? BigInt(json.length)]);
  return new Blob([length, json, new Uint8Array(dataBytes)]);
}

const entry = (fields: object) => JSON.stringify({ dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields });

const tensors: WritableTensor[] = [
  { name: 'half', dtype: 'F16', shape: [3], data: Float32Array.of(1, -0.5, 65504) },
  { name: 'weight', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, Math.fround(Math.PI)) },
  { name: 'brain', dtype: 'BF16', shape: [1, 1], data: Float32Array.of(-256) },
  { name: 'steps', dtype: 'I64', shape: [], data: BigInt64Array.of(-(2n ** 53n) - 1n) },
  { name: 'nothing', dtype: 'F32', shape: [0, 7], data: new Float32Array(0) },
];

describe('writeSafetensors', () => {
  it('writes what openSafetensors reads', async () => {
    const file = await openSafetensors(writeSafetensors(tensors, { format: 'pt', 'ключ "x"': 'значение' }));
    expect(file.metadata).toEqual({ format: 'pt', 'ключ "x"': 'значение' });
    expect(file.entries.get('weight')).toMatchObject({ dtype: 'F32', shape: [2, 2] });
    expect([...(await file.readFloat32('weight'))]).toEqual([1, 2, 3, Math.fround(Math.PI)]);
    expect([...(await file.readFloat32('half'))]).toEqual([1, -0.5, 65504]);
    expect([...(await file.readFloat32('brain'))]).toEqual([-256]);
    expect(await file.readRaw('steps')).toEqual(BigInt64Array.of(-(2n ** 53n) - 1n));
    expect(await file.readRaw('half')).toEqual(Uint16Array.of(0x3c00, 0xb800, 0x7bff));
    expect(await file.readFloat32('nothing')).toEqual(new Float32Array(0));
  });

  it('aligns the data and every tensor', async () => {
    const file = await openSafetensors(writeSafetensors(tensors));
    expect(Math.min(...[...file.entries.values()].map(({ begin }) => begin)) % 8).toBe(0);
    expect(file.entries.get('steps')?.begin).toSatisfy((begin: number) => begin % 8 === 0);
    expect(file.entries.get('weight')?.begin).toSatisfy((begin: number) => begin % 4 === 0);
  });

  it('handles names that JavaScript objects treat specially', async () => {
    const names = ['__proto__', 'constructor', '10', '2', 'toString', ''];
    const blob = writeSafetensors(
      names.map((name, i) => ({ name, dtype: 'F32', shape: [1], data: Float32Array.of(i) })),
      JSON.parse('{"__proto__":"plain"}'),
    );
    const file = await openSafetensors(blob);
    for (const [i, name] of names.entries()) expect([...(await file.readFloat32(name))]).toEqual([i]);
    expect(Object.entries(file.metadata)).toEqual([['__proto__', 'plain']]);
    expect(Object.getPrototypeOf(file.metadata)).toBe(Object.prototype);
  });

  it('writes an empty file', async () => {
    expect((await openSafetensors(writeSafetensors([]))).entries.size).toBe(0);
  });

  it.each<[string, WritableTensor[], string]>([
    ['a wrong shape', [{ name: 'a', dtype: 'F32', shape: [2], data: new Float32Array(3) }], 'not its shape [2]'],
    ['a wrong array', [{ name: 'a', dtype: 'F16', shape: [1], data: new BigInt64Array(1) }], 'BigInt64Array'],
    ['a name twice', [tensors[1], tensors[1]], 'two entries called "weight"'],
    ['a reserved name', [{ ...tensors[1], name: '__metadata__' }], '__metadata__'],
  ])('refuses %s', (_, list, message) => {
    expect(() => writeSafetensors(list)).toThrow(FormatError);
    expect(() => writeSafetensors(list)).toThrow(message);
  });
});

describe('openSafetensors', () => {
  it('reads F64, I32 and U8', async () => {
    const header =
      '{"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"i":{"dtype":"I32","shape":[1],"data_offsets":[8,12]},' +
      '"u":{"dtype":"U8","shape":[2],"data_offsets":[12,14]}}';
    const data = [Float64Array.of(Math.PI), Int32Array.of(-7), Uint8Array.of(0, 255)];
    const blob = new Blob([new BigUint64Array([BigInt(header.length)]), header, ...data]);
    const file = await openSafetensors(blob);
    expect(await file.readRaw('d')).toEqual(Float64Array.of(Math.PI));
    expect(await file.readFloat32('d')).toEqual(Float32Array.of(Math.PI));
    expect(await file.readRaw('i')).toEqual(Int32Array.of(-7));
    expect(await file.readFloat32('u')).toEqual(Float32Array.of(0, 255));
  });

  it('reads the other whole numbers, and opens files that have types beside that are not read', async () => {
    const values = {
      U64: BigUint64Array.of(2n ** 40n),
      U32: Uint32Array.of(4e9),
      I16: Int16Array.of(-300),
      U16: Uint16Array.of(60_000),
      I8: Int8Array.of(-5),
      BOOL: Uint8Array.of(1),
    };
    const others = { F8_E4M3: [3, 3], F8_E5M2: [1, 1], F4: [4, 2], F6_E3M2: [4, 3], C64: [1, 8] } as const;
    const header: Record<string, unknown> = {};
    let at = 0;
    const add = (dtype: string, shape: number[], bytes: number) => {
      header[dtype] = { dtype, shape, data_offsets: [at, at + bytes] };
      at += bytes;
    };
    for (const [dtype, data] of Object.entries(values)) add(dtype, [1], data.byteLength);
    for (const [dtype, [count, bytes]] of Object.entries(others)) add(dtype, [count], bytes);
    const json = JSON.stringify(header);
    const rest = new Uint8Array(Object.values(others).reduce((sum, [, bytes]) => sum + bytes, 0));
    const length = new BigUint64Array([BigInt(json.length)]);
    const file = await openSafetensors(new Blob([length, json, ...Object.values(values), rest]));
    for (const [dtype, data] of Object.entries(values)) {
      expect(await file.readRaw(dtype)).toEqual(data);
      expect(await file.readFloat32(dtype)).toEqual(Float32Array.of(Number(data[0])));
    }
    for (const dtype of Object.keys(others))
      await expect(file.readFloat32(dtype)).rejects.toThrow('is not read here: save it as F16 or F32');
  });

  it('reads nothing but the header until asked', async () => {
    const blob = writeSafetensors([{ name: 'big', dtype: 'F32', shape: [1 << 20], data: new Float32Array(1 << 20) }]);
    let bytes = 0;
    const slice = blob.slice.bind(blob);
    blob.slice = (begin = 0, end = blob.size) => {
      bytes += end - begin;
      return slice(begin, end);
    };
    const file = await openSafetensors(blob);
    expect(bytes).toBeLessThan(200);
    await file.readFloat32('big');
    expect(bytes).toBeGreaterThan(4 << 20);
  });

  it('opens every golden file', async () => {
    const folder = fileURLToPath(new URL('../../tests/golden/', import.meta.url));
    const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const file = await openSafetensors(await openAsBlob(folder + name));
      for (const { name: tensor, shape } of file.entries.values()) {
        expect((await file.readFloat32(tensor)).length).toBe(shape.reduce((a, b) => a * b, 1));
      }
    }
  });

  it.each<[string, Blob, string]>([
    ['an empty file', new Blob([]), '0 bytes is too short'],
    ['a header beyond the file', craft('{}', 0, 3n), 'beyond the file'],
    ['a header of 2⁶⁴ − 1 bytes', craft('{}', 0, 2n ** 64n - 1n), 'beyond the file'],
    ['a header that is no UTF-8', craft(Uint8Array.of(0x7b, 0xff, 0x7d)), 'UTF-8'],
    ['a header that is no JSON', craft('{"a":}'), 'JSON'],
    ['an unterminated string', craft('{"a'), 'JSON'],
    ['a header that starts with a space', craft(' {}'), 'JSON object'],
    ['an array as header', craft('[]'), 'JSON object'],
    ['deep nesting', craft(`{"a":${'['.repeat(1e5)}`), 'nested'],
    ['a name twice', craft(`{"a":${entry({})},"a":${entry({})}}`, 4), '"a" twice'],
    ['a name twice in other letters', craft(`{"a":${entry({})},"\\u0061" :${entry({})}}`, 4), '"a" twice'],
    ['a field twice', craft('{"a":{"dtype":"F32","dtype":"U8","shape":[4],"data_offsets":[0,4]}}', 4), '"dtype" twice'],
    ['an entry that is no object', craft('{"a":[1]}'), 'not described'],
    ['an unknown type', craft(`{"a":${entry({ dtype: 'F7' })}}`, 4), '"F7"'],
    ['a type named as an object property', craft(`{"a":${entry({ dtype: 'constructor' })}}`, 4), 'unsupported dtype'],
    ['no type', craft(`{"a":${entry({ dtype: undefined })}}`, 4), 'no dtype'],
    ['a negative size', craft(`{"a":${entry({ shape: [-1] })}}`, 4), 'whole numbers'],
    ['a fractional size', craft(`{"a":${entry({ shape: [0.5] })}}`, 4), 'whole numbers'],
    ['a size beyond 2⁵³', craft(`{"a":${entry({ shape: [2 ** 53] })}}`, 4), 'whole numbers'],
    ['an overflowing shape', craft(`{"a":${entry({ shape: [2 ** 30, 2 ** 30] })}}`, 4), 'impossibly large'],
    ['an overflowing byte count', craft(`{"a":${entry({ shape: [2 ** 52] })}}`, 4), 'impossibly large'],
    ['a shape larger than its data', craft(`{"a":${entry({ shape: [1e12] })}}`, 4), 'needs 4000000000000'],
    ['offsets backwards', craft(`{"a":${entry({ data_offsets: [4, 0] })}}`, 4), '-4 bytes'],
    ['offsets beyond the file', craft(`{"a":${entry({})}}`, 3), 'beyond the file'],
    ['three offsets', craft(`{"a":${entry({ data_offsets: [0, 4, 4] })}}`, 4), 'data_offsets'],
    ['overlapping tensors', craft(`{"a":${entry({})},"b":${entry({})}}`, 4), 'overlaps'],
    ['a hole', craft(`{"a":${entry({ data_offsets: [4, 8] })}}`, 8), 'belong to no tensor'],
    ['bytes left over', craft(`{"a":${entry({})}}`, 5), 'last 1 bytes'],
    ['metadata that is no object', craft('{"__metadata__":"x"}'), 'not an object'],
    ['metadata that is no string', craft('{"__metadata__":{"a":1}}'), '"a" is not a string'],
  ])('refuses %s', async (_, blob, message) => {
    const error = await openSafetensors(blob).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(message);
  });

  it('refuses a tensor that is not there', async () => {
    const file = await openSafetensors(writeSafetensors(tensors));
    await expect(file.readFloat32('toString')).rejects.toThrow(FormatError);
    await expect(file.readRaw('x'.repeat(1e6))).rejects.toThrow(/^.{0,200}$/);
  });

  it('says so when the file changes after opening', async () => {
    const whole = writeSafetensors(tensors);
    const slice = whole.slice.bind(whole);
    const file = await openSafetensors(whole);
    whole.slice = (begin) => slice(begin, begin);
    await expect(file.readRaw('weight')).rejects.toThrow('shorter than it was');
    whole.slice = () => {
      throw new DOMException('gone', 'NotReadableError');
    };
    await expect(file.readRaw('weight')).rejects.toThrow('can no longer be read');
  });
});
