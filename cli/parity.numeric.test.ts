/** The parity checks themselves: they pass on the small golden files, on every backend, and fail when they should. */
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fnv1a32 } from '../src/imaging/random.ts';
import { checkCompact, compactNetworks } from '../tests/support/compact-parity.ts';
import { Golden } from '../tests/support/golden.ts';
import { uniform } from '../tests/support/hashed.ts';
import { checkFile } from './parity/check-file.ts';
import { fixtureParameter } from './parity/fixture.ts';

const folder = resolve(import.meta.dirname, '../tests/golden');
const golden = (name: string) => join(folder, `${name}.safetensors`);

describe('golden files', () => {
  // npm run parity checks all of them, gradients of the UNet on the CPU included: minutes there.
  it('vqgan_f4_small on WebAssembly, gradient on the CPU', async () => {
    const { rows, unchecked } = await checkFile(golden('vqgan_f4_small'), 'wasm');
    expect(rows.filter(({ error, tolerance }) => error > tolerance)).toEqual([]);
    expect(rows.map(({ name }) => name)).toContain('grad.z');
    expect(unchecked).toEqual([]);
  });

  it('degradation_and_metrics, all of it', async () => {
    const { rows, unchecked } = await checkFile(golden('degradation_and_metrics'));
    expect(rows.filter(({ error, tolerance }) => error > tolerance)).toEqual([]);
    for (const name of ['kernel.plateau_aniso', 'kernel.sinc', 'filter2d.aniso', 'jpeg.q35', 'resize.area.x0.37']) {
      expect(rows.map((row) => row.name)).toContain(name);
    }
    expect(unchecked).toEqual([]);
  });

  it('perceptual, on wasm', async () => {
    const { rows, unchecked } = await checkFile(join(folder, 'perceptual.json'), 'wasm');
    expect(rows.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
    expect(rows).toHaveLength(5 * 4);
    expect(unchecked).toEqual(['lpipsVgg', 'dists']);
  });
});

describe('compact’s networks and PyTorch’s are the same', () => {
  it.each(compactNetworks)('%s on WebAssembly', (name, tensors) => checkCompact(name, 'wasm', tensors));
});

describe('a parity check', () => {
  /** The file under the same name, with one stored value of a tensor changed. */
  async function spoiled(name: string, tensor: string): Promise<string> {
    const bytes = await readFile(golden(name));
    const header = Number(bytes.readBigUInt64LE(0));
    const entries = JSON.parse(bytes.toString('utf8', 8, 8 + header)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const at = 8 + header + (entries[tensor]?.data_offsets[0] ?? 0);
    bytes.writeFloatLE(bytes.readFloatLE(at) + 1, at);
    const path = join(await mkdtemp(join(tmpdir(), 'parity-')), `${name}.safetensors`);
    await writeFile(path, bytes);
    return path;
  }

  it.each(['z', 'decoded_no_quant', 'grad.z'])('fails on a wrong %s, and on nothing else', async (tensor) => {
    const { rows } = await checkFile(await spoiled('vqgan_f4_small', tensor), 'wasm');
    const failed = rows.filter(({ error, tolerance }) => error > tolerance).map(({ name }) => name);
    expect(failed).toEqual([tensor]);
  });

  it.each(['filter2d.aniso', 'jpeg.q80', 'resize.bicubic.x1.3'])(
    'fails on a wrong %s, and on nothing else',
    async (tensor) => {
      const { rows } = await checkFile(await spoiled('degradation_and_metrics', tensor));
      const failed = rows.filter(({ error, tolerance }) => error > tolerance).map(({ name }) => name);
      expect(failed).toEqual([tensor]);
    },
  );

  it('fails on wrong numbers of pictures, finds the pictures beside the file, and reads nothing else', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'parity-'));
    const name = 'crop_texture_brick.png';
    const theirs = JSON.parse(await readFile(join(folder, 'perceptual.json'), 'utf8'))[name];
    const write = async (content: unknown) => {
      const path = join(elsewhere, 'more.json');
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    };
    await mkdir(join(elsewhere, 'more'));
    const path = await write({ [name]: { ...theirs, lpipsAlex: theirs.lpipsAlex * 1.01, niqe: theirs.niqe * 1.02 } });
    await expect(checkFile(path)).rejects.toThrow(`${name}: the picture is in none of ${join(elsewhere, 'more')}`);
    await copyFile(join(folder, 'perceptual', name), join(elsewhere, 'more', name));
    const { rows } = await checkFile(path);
    const failed = rows.filter(({ error, tolerance }) => !(error <= tolerance)).map((row) => row.name);
    expect(failed).toEqual([`${name} lpipsAlex`, `${name} niqe`]);
    await expect(checkFile(path, 'wasm', { truth: elsewhere })).rejects.toThrow(
      `${name}: its truth is in none of ${elsewhere}.`,
    );
    await expect(checkFile(await write({ [name]: { niqe: '9' } }))).rejects.toThrow(`${name}: niqe is no number.`);
    await expect(checkFile(await write({ [name]: {}, '../a.png': {} }))).rejects.toThrow('"../a.png" is no picture');
    await expect(checkFile(await write('{'))).rejects.toThrow('it is damaged, no JSON.');
  });

  it('says when there is no such file', async () => {
    await expect(checkFile(golden('unknown'), 'wasm')).rejects.toThrow('there is no such file.');
  });

  it('fails on no numbers and on another length', async () => {
    const file = await Golden.open(golden('vqgan_f4_small'));
    file.compare('nan', [1, Number.NaN], [1, 2], 1e-4);
    file.compare('length', [1], [1, 2], 1e-4);
    file.compareNorms('missing', new Map([['a', 1]]), { a: 1, b: 2 }, 1e-3);
    for (const { error, tolerance } of file.rows) expect(error).toBeGreaterThan(tolerance);
  });
});

describe('the generators of golden values', () => {
  it('hash as published', () => {
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('a')).toBe(0xe40c292c);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
    const values = uniform('x', 4096, 2, 1);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...values)).toBeLessThan(3);
  });

  it('fill as appendix B says', () => {
    const first = (name: string, shape: number[], index: number) =>
      Array.from(fixtureParameter(name, shape, index).slice(0, 3));
    const expected: [number[], number[]][] = [
      [first('time_embed.0.weight', [640, 160], 0), [-0.136931, 0.124489, 0.112593]],
      [first('time_embed.0.bias', [640], 1), [-0.042786, -0.051872, -0.060559]],
      [first('input_blocks.1.0.in_layers.0.weight', [160], 6), [1.08657, 1.068397, 1.051023]],
    ];
    for (const [ours, theirs] of expected) {
      for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(theirs[i], 6);
    }
  });
});
