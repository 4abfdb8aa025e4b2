/** Checkpoints that PyTorch wrote (tests/torch), read and refused. */
import { openAsBlob } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { torchFile } from '../../tests/torch/torch-file.ts';
import { FormatError } from './errors.ts';
import { openWeights, type WeightFile } from './weight-file.ts';

const open = async (name: string) =>
  openWeights(await openAsBlob(resolve(import.meta.dirname, '../../tests/torch', name)));
const eighths = (count: number) => Array.from({ length: count }, (_, i) => i / 8);

function set(file: WeightFile, path: string) {
  const found = file.sets.find((candidate) => candidate.path === path);
  if (!found) throw new Error(`no ${path} among ${file.sets.map((other) => other.path)}`);
  return found;
}

describe('a checkpoint of PyTorch', () => {
  it('gives every type of number', async () => {
    const { kind, sets } = await open('types.pth');
    expect(kind).toBe('torch');
    const [only] = sets;
    expect(sets).toHaveLength(1);
    for (const [name, { shape, dtype }] of only?.tensors ?? []) {
      const whole = /^[iu]/.test(name);
      expect({ shape, dtype }).toEqual({ shape: [2, 3], dtype: name.toUpperCase() });
      expect(Array.from((await only?.read(name)) ?? [])).toEqual(eighths(6).map((v) => (whole ? Math.trunc(v) : v)));
    }
    expect(only?.tensors.size).toBe(9);
  });

  it('keeps its dictionaries apart, and skips what is no tensor', async () => {
    const file = await open('training.pth');
    expect(file.sets.map(({ path, tensors }) => [path, tensors.size])).toEqual([
      ['', 1],
      ['state_dict', 4],
      ['ema', 4],
    ]);
    expect([...set(file, 'state_dict').tensors.keys()][0]).toBe('module._orig_mod.0.weight');
    expect(Array.from(await set(file, 'ema').read('0.weight'))).toEqual(eighths(54));
  });

  it('reads tensors that share storages and lie in any order', async () => {
    const { sets } = await open('views.pth');
    const read = async (name: string) => Array.from((await sets[0]?.read(name)) ?? []);
    expect(await read('whole')).toEqual(eighths(24));
    expect(await read('row')).toEqual(eighths(12).slice(6));
    expect(await read('transposed')).toEqual(
      Array.from({ length: 24 }, (_, i) => ((i % 4) * 6 + Math.floor(i / 4)) / 8),
    );
    expect(await read('columns')).toEqual([2, 3, 8, 9, 14, 15, 20, 21].map((v) => v / 8));
    expect(await read('scalar')).toEqual([2.5]);
    expect(await read('empty')).toEqual([]);
    expect(await read('channels_last')).toEqual(eighths(24));
  });

  it('may lack checksums', async () => {
    const { sets } = await open('no-checksums.pth');
    expect(Array.from((await sets[0]?.read('weight')) ?? [])).toEqual(eighths(4));
  });

  it('may repeat one value through a whole tensor', async () => {
    const { sets } = await open('expanded.pth');
    const values = await sets[0]?.read('expanded');
    expect([values?.length, values?.every((value) => value === 1)]).toEqual([1_000_000, true]);
  });

  it.each([
    ['system.pth', /"posix.system".* nothing of it was run/],
    ['eval.pth', /"(__builtin__|builtins).eval"/],
    ['whole-module.pth', /"torch.nn.modules.linear.Linear".*state_dict/],
    ['legacy.pth', /PyTorch before 1.6.*torch.save\(torch.load/],
    ['script.pt', /TorchScript/],
    ['protocol4.pth', /protocol 4/],
  ])('%s is refused in a sentence', async (name, sentence) => {
    await expect(open(name)).rejects.toThrow(sentence);
    await expect(open(name)).rejects.toBeInstanceOf(FormatError);
  });
});

describe('a file of weights', () => {
  const text = (content: string) => openWeights(new Blob([content]));

  it('is told by its content', async () => {
    const data = Float32Array.of(1, 2);
    const { sets } = await openWeights(new Blob([torchFile([{ name: 'a', shape: [2], data }], ['params_ema'])]));
    expect(sets[0]?.path).toBe('params_ema');
    expect(await sets[0]?.read('a')).toEqual(data);
  });

  it.each([
    ['', /empty/],
    ['<!DOCTYPE html><html>', /web page/],
    ['\u001f', /neither a checkpoint of PyTorch nor a safetensors file/],
    ['no weights at all, but long enough', /neither a checkpoint of PyTorch nor a safetensors file/],
  ])('of the content %j is refused', async (content, sentence) => {
    await expect(text(content)).rejects.toThrow(sentence);
  });

  it.each([
    ['net.pth', 'rubbish that is long enough', /^net\.pth is no PyTorch file: .*download it again/],
    ['net.pth', 'rubbish {"and a brace', /^net\.pth is no PyTorch file/],
    ['net.pt', '{}', /^net\.pt is no PyTorch file/],
    ['net.safetensors', 'rubbish that is long enough', /^net\.safetensors is no safetensors file/],
  ])('%s is called by its own name where it is none', async (name, content, sentence) => {
    await expect(openWeights(new Blob([content]), name)).rejects.toThrow(sentence);
  });

  it('says that a download is cut off', async () => {
    const bytes = torchFile([{ name: 'a', shape: [64], data: new Float32Array(64) }]);
    await expect(openWeights(new Blob([bytes.subarray(0, bytes.length - 40)]))).rejects.toThrow(/cut off/);
  });

  it('says that a tensor was damaged on the way', async () => {
    const bytes = torchFile([{ name: 'a', shape: [64], data: new Float32Array(64).fill(1) }]);
    const one = new Uint8Array(Float32Array.of(1, 1).buffer).join();
    const at = bytes.findIndex((_, i) => bytes.subarray(i, i + 8).join() === one);
    bytes[at] = 1;
    const { sets } = await openWeights(new Blob([bytes]));
    await expect(sets[0]?.read('a')).rejects.toThrow(/checksum of the storage "0"/);
  });
});
