/** Checkpoints made wrong on purpose: each gets one sentence, before any tensor is read. */
import { describe, expect, it } from 'vitest';
import {
  checkpoint,
  join,
  pickle,
  tensorPickle,
  torchFile,
  type ZipLie,
  type ZipRecord,
  zipFile,
} from '../../tests/torch/torch-file.ts';
import { FormatError } from './errors.ts';
import { openWeights } from './weight-file.ts';

const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const tensor = tensorPickle('0', { shape: [2, 2], data: new Float32Array(4) });
const named = (value: Uint8Array) => pickle.dict([pickle.text('weight'), value]);

async function refusal(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    await openWeights(new Blob([bytes]));
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
  return 'opened';
}

const ofProgram = (...operations: readonly (Uint8Array | readonly number[])[]) =>
  refusal(zipFile(checkpoint(pickle.program(...operations), [floats])));
const ofRecords = (records: readonly ZipRecord[], lie?: ZipLie) => refusal(zipFile(records, lie));

/** `_rebuild_tensor_v2` with numbers of its own. */
const rebuilt = (
  type: string,
  length: number,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
) => {
  const numbers = (list: readonly number[]) => pickle.tuple(...list.map(pickle.number));
  const id = [
    pickle.text('storage'),
    pickle.global('torch', type),
    pickle.text('0'),
    pickle.text('cpu'),
    pickle.number(length),
  ];
  const storage = join(pickle.tuple(...id), [0x51]);
  return named(
    pickle.call(
      pickle.global('torch._utils', '_rebuild_tensor_v2'),
      storage,
      pickle.number(offset),
      numbers(shape),
      numbers(strides),
    ),
  );
};

describe('a pickle of PyTorch', () => {
  it('that is right opens', async () => {
    expect(await ofProgram(named(tensor))).toBe('opened');
    expect(await ofProgram(rebuilt('FloatStorage', 4, 1, [3], [1]))).toBe('opened');
  });

  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['nt', 'system'],
    ['builtins', 'eval'],
    ['__builtin__', 'exec'],
    ['subprocess', 'Popen'],
    ['torch', 'load'],
    ['torch.jit', 'load'],
    ['torch._utils', '__class__'],
    ['collections', 'namedtuple'],
    ['constructor', 'constructor'],
    ['__proto__', 'toString'],
  ])('that names %s.%s is refused by that name', async (module, name) => {
    const evil = pickle.call(pickle.global(module, name), pickle.text('touch cosr-was-here'));
    expect(await ofProgram(evil)).toContain(`"${module}.${name}"`);
    // Even where it is only mentioned, or hidden among honest entries.
    expect(await ofProgram(named(pickle.global(module, name)))).toContain(`"${module}.${name}"`);
  });

  it.each([
    ['STACK_GLOBAL', join(pickle.text('os'), pickle.text('system'), [0x93])],
    ['INST', new TextEncoder().encode('(ios\nsystem\n')],
    ['OBJ', join([0x28], pickle.global('collections', 'OrderedDict'), [0x6f])],
    ['NEWOBJ', join(pickle.global('collections', 'OrderedDict'), [0x29, 0x81])],
    ['EXT1', join([0x82, 1])],
    ['LONG4', join([0x8b, 0xff, 0xff, 0xff, 0x7f])],
    ['0x32', join(named(tensor), [0x32])],
  ])('that uses %s is refused by that name', async (name, operations) => {
    expect(await ofProgram(operations)).toContain(`operation ${name}`);
  });

  it.each([
    [
      'calls a storage',
      pickle.call(pickle.global('torch', 'FloatStorage'), pickle.number(9)),
      /calls "torch.FloatStorage"/,
    ],
    ['calls text', join(pickle.text('eval'), [0x29, 0x52]), /calls what can’t be called/],
    ['calls without a tuple', join(pickle.global('collections', 'OrderedDict'), [0x5d, 0x52]), /calls what can’t/],
    ['sets attributes of a number', join(pickle.number(1), [0x7d, 0x62]), /attributes to a plain value/],
    ['names a tensor twice', pickle.dict([pickle.text('a'), tensor], [pickle.text('a'), tensor]), /names "a" twice/],
    ['ends early', join([0x58, 0xff, 0xff, 0xff, 0xff]), /ends too early/],
    ['has a name without end', new TextEncoder().encode(`c${'a'.repeat(500)}\nb\n`), /name in it has no end/],
    ['recalls nothing', join([0x68, 7]), /never remembered/],
    ['pops nothing', join([0x74]), /not there/],
    ['pops a mark', join([0x28, 0x85]), /not there/],
    ['leaves values', join([0x4e, 0x4e]), /left over/],
    ['appends to a tuple', join([0x29, 0x4e, 0x61]), /no list/],
    ['is nested', new Uint8Array(2000).fill(0x28), /nested more than 1000/],
    ['makes many objects', new Uint8Array(300_000).fill(0x7d), /more than 200000 objects/],
    ['takes many steps', new Uint8Array(5_000_000).fill(0x4e), /more than 4000000 steps/],
    ['is too long', new Uint8Array(17 * 2 ** 20).fill(0x4e), /more than any checkpoint/],
    ['holds no tensor', pickle.dict([pickle.text('a'), pickle.number(1)]), /no tensors under names/],
    ['refers to no storage', named(join(pickle.tuple(pickle.text('module')), [0x51])), /what is no storage/],
  ])('that %s is refused', async (_, operations, sentence) => {
    expect(await ofProgram(operations)).toMatch(sentence);
  });

  it('may hold itself, and lists of lists without end', async () => {
    // d = {}; d['self'] = d; d['weight'] = tensor; d['deep'] = [[[…]]]
    const deep = join(new Uint8Array(100_000).fill(0x5d), new Uint8Array(99_999).fill(0x61));
    const self = join(
      [0x7d, 0x71, 9, 0x28],
      pickle.text('self'),
      [0x68, 9],
      pickle.text('weight'),
      tensor,
      pickle.text('deep'),
      deep,
      [0x75],
    );
    expect(await ofProgram(self)).toBe('opened');
  });
});

describe('a tensor of a PyTorch checkpoint', () => {
  it.each([
    ['a type that torch has not', rebuilt('ComplexFloatStorage', 4, 0, [2], [1]), /"torch.ComplexFloatStorage"/],
    ['more values than its storage', rebuilt('FloatStorage', 4, 0, [5], [1]), /5 values, and its storage 4/],
    ['values without end', rebuilt('FloatStorage', 4, 0, [2 ** 31, 2 ** 31], [0, 0]), /its storage 4/],
    ['a stride beyond the storage', rebuilt('FloatStorage', 4, 0, [2], [4]), /beyond its storage/],
    ['an offset beyond the storage', rebuilt('FloatStorage', 4, 3, [2], [1]), /beyond its storage/],
    ['an offset below it', rebuilt('FloatStorage', 4, -1, [2], [1]), /whole numbers/],
    ['a negative length', rebuilt('FloatStorage', 4, 0, [-1], [1]), /whole numbers/],
    ['a negative stride', rebuilt('FloatStorage', 4, 0, [2], [-1]), /whole numbers/],
    ['fewer strides than lengths', rebuilt('FloatStorage', 4, 0, [2, 2], [1]), /whole numbers/],
    ['many axes', rebuilt('FloatStorage', 4, 0, Array(40).fill(1), Array(40).fill(1)), /40 axes/],
    ['a storage that is longer in the file', rebuilt('FloatStorage', 3, 0, [2], [1]), /16 bytes where .* need 12/],
    ['a storage that is cut off', rebuilt('FloatStorage', 1000, 0, [1000], [1]), /16 bytes where .* need 4000/],
    ['another width', rebuilt('HalfStorage', 4, 0, [4], [1]), /16 bytes where .* need 8/],
    ['a storage of an impossible size', rebuilt('FloatStorage', 2 ** 53, 0, [4], [1]), /no name or length/],
  ])('with %s is refused', async (_, program, sentence) => {
    expect(await ofProgram(program)).toMatch(sentence);
  });

  it('may repeat elements of its storage, as torch’s expand does', async () => {
    const file = zipFile(checkpoint(pickle.program(rebuilt('FloatStorage', 4, 1, [3, 2], [0, 1])), [floats]));
    const { sets } = await openWeights(new Blob([file]));
    expect([...((await sets[0]?.read('weight')) ?? [])]).toEqual([2, 3, 2, 3, 2, 3]);
  });

  it('that is a part of its storage is refused where the storage is damaged, wherever that is', async () => {
    const program = pickle.program(rebuilt('FloatStorage', 4, 2, [2], [1]));
    const file = Buffer.from(zipFile(checkpoint(program, [floats])));
    const at = file.indexOf(Buffer.from(floats.buffer));
    file[at] = (file[at] ?? 0) ^ 1;
    const { sets } = await openWeights(new Blob([file]));
    await expect(sets[0]?.read('weight')).rejects.toThrow(/checksum of the storage "0"/);
  });

  it('without its storage is refused', async () => {
    expect(await ofRecords(checkpoint(pickle.program(named(tensor))))).toMatch(/storage "0" is missing/);
  });
});

describe('the archive of a PyTorch checkpoint', () => {
  const good = checkpoint(pickle.program(named(tensor)), [floats]);

  it.each<[string, readonly ZipRecord[], ZipLie | undefined, RegExp]>([
    ['two entries of one name', [...good, good[2]], undefined, /two entries called "archive\/data\/0"/],
    ['two checkpoints', [...good, { name: 'other/data.pkl', data: floats }], undefined, /no checkpoint/],
    ['no checkpoint', [{ name: 'cat.png', data: floats }], undefined, /no checkpoint/],
    ['an entry over another', good, { entry: 2, offset: 0 }, /reaches over what follows it/],
    ['an entry past the end', good, { entry: 3, offset: 2 ** 31 }, /reaches over what follows it/],
    ['an entry larger than the file', good, { entry: 2, size: 2 ** 31 }, /reaches over what follows it/],
    ['a compressed entry', good, { entry: 0, method: 8 }, /compressed/],
    ['an encrypted entry', good, { entry: 2, flags: 1 }, /encrypted/],
    ['a zip64 size that is not there', good, { entry: 2, size: 0xffffffff }, /lacks its size/],
    ['an entry elsewhere', good, { entry: 0, offset: 4 }, /not where the directory says/],
  ])('with %s is refused', async (_, records, lie, sentence) => {
    expect(await ofRecords(records, lie)).toMatch(sentence);
  });

  it('of a big-endian machine is refused', async () => {
    const records = good.map((record) =>
      record.name.endsWith('byteorder') ? { ...record, data: new TextEncoder().encode('big') } : record,
    );
    expect(await ofRecords(records)).toMatch(/big-endian/);
  });

  it('may have a comment, even one that looks like an end', async () => {
    const bytes = zipFile(good);
    const comment = join(new TextEncoder().encode('PK\u0005\u0006'), new Uint8Array(30));
    bytes[bytes.length - 2] = comment.length;
    expect(await refusal(join(bytes, comment))).toBe('opened');
  });

  it('has its numbers counted before they are believed', async () => {
    const bytes = torchFile([{ name: 'a', shape: [4], data: new Float32Array(4) }]);
    const view = new DataView(bytes.buffer);
    view.setUint16(bytes.length - 12, 60_000, true);
    expect(await refusal(bytes)).toMatch(/ends after 4 of 60000 entries/);
    view.setUint32(bytes.length - 10, 2 ** 31, true);
    expect(await refusal(bytes)).toMatch(/directory reaches beyond the file/);
  });
});
