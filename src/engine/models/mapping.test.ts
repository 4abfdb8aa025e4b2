/** Mapping of files to networks by names and shapes, whatever stands before the names and beside the network. */
import { describe, expect, it } from 'vitest';
import { hashedParameter } from '../../../tests/support/hashed.ts';
import { tinyNetworks } from '../../../tests/support/tiny-model.ts';
import { type TorchEntry, torchFile } from '../../../tests/torch/torch-file.ts';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { openWeights } from '../../formats/weight-file.ts';
import { checkpointFormat } from '../../training/checkpoint.ts';
import { mappingReport, reportLines } from './convert.ts';
import { isComplete, type KnownNetwork, knownNetworks, mapWeights } from './mapping.ts';

const networks = tinyNetworks();
const [autoencoder, unet] = networks as [KnownNetwork, KnownNetwork];

const tensors = ({ shapes }: KnownNetwork): TorchEntry[] =>
  [...shapes].map(([name, shape]) => ({ name, shape, data: hashedParameter('x', name, shape) }));
const map = async (entries: readonly TorchEntry[], path: readonly string[] = []) => {
  const file = await openWeights(new Blob([torchFile(entries, path)]));
  return { file, mapping: mapWeights(file, networks) };
};

describe('mapWeights', () => {
  it.each([
    ['autoencoder', autoencoder],
    ['unet', unet],
  ])('knows the %s', async (part, network) => {
    const { mapping } = await map(tensors(network));
    expect(mapping.network.part).toBe(part);
    expect(mapping.matched).toBe(network.shapes.size);
    expect(isComplete(mapping)).toBe(true);
  });

  it('takes safetensors just as well', async () => {
    const written = tensors(unet).map(({ name, shape, data }) => ({
      name,
      shape,
      data: data as Float32Array,
      dtype: 'F32' as const,
    }));
    const file = await openWeights(writeSafetensors(written));
    expect(file.kind).toBe('safetensors');
    expect(isComplete(mapWeights(file, networks))).toBe(true);
  });

  it('takes the average of the student from a checkpoint of co-training', async () => {
    const of = (prefix: string, value: number) =>
      tensors(unet).map(({ name, shape, data }) => ({
        name: prefix + name,
        shape,
        data: new Float32Array(data.length).fill(value),
        dtype: 'F32' as const,
      }));
    const all = [
      ...of('downsampler.', 0),
      ...of('student.', 1),
      ...of('average.student.', 2),
      ...of('second.student.', 3),
    ];
    const mapping = mapWeights(await openWeights(writeSafetensors(all, { format: checkpointFormat })), networks);
    expect(isComplete(mapping)).toBe(true);
    expect([mapping.set.path, mapping.alternatives]).toEqual(['average.student', ['student']]);
    expect((await mapping.set.read('out.2.bias'))[0]).toBe(2);
  });

  it.each(['module.', '_orig_mod.', 'module._orig_mod.', '_orig_mod.module.'])(
    'takes %s off the names',
    async (prefix) => {
      const { mapping } = await map(
        tensors(unet).map((entry) => ({ ...entry, name: prefix + entry.name })),
        ['state_dict'],
      );
      expect(isComplete(mapping)).toBe(true);
      expect(mapping.set.path).toBe('state_dict');
      expect(mapping.names.get('out.2.bias')).toBe(`${prefix}out.2.bias`);
    },
  );

  it('takes what torch.compile puts between names', async () => {
    const { mapping } = await map(
      tensors(unet).map((entry) => ({
        ...entry,
        name: entry.name.replace('middle_block.', 'middle_block._orig_mod.'),
      })),
    );
    expect(isComplete(mapping)).toBe(true);
  });

  it('refuses a tensor that is there with a prefix and without', async () => {
    const [first, ...rest] = tensors(unet) as [TorchEntry, ...TorchEntry[]];
    await expect(map([first, { ...first, name: `module.${first.name}` }, ...rest])).rejects.toThrow(/twice/);
  });

  it('lists what is missing, of another shape, and not needed; index buffers are no news', async () => {
    const entries = tensors(unet);
    const first = entries[0];
    const changed: TorchEntry[] = [
      { ...first, shape: [1], data: new Float32Array(1) },
      ...entries.slice(1, -2),
      { name: 'input_blocks.1.1.blocks.1.attn_mask', shape: [1], data: new Float32Array(1) },
      { name: 'loss.logvar', shape: [1], data: new Float32Array(1) },
    ];
    const { file, mapping } = await map(changed);
    expect(isComplete(mapping)).toBe(false);
    const report = mappingReport(file, mapping);
    expect(report).toMatchObject({
      complete: false,
      matched: entries.length - 3,
      missing: { count: 2, first: ['out.2.weight', 'out.2.bias'] },
      unexpected: { count: 1, first: ['loss.logvar'] },
      wrongShape: { count: 1 },
    });
    expect(reportLines(report).join('\n')).toMatch(
      /2 missing: out.2.weight, out.2.bias\n1 of another shape: time_embed.0.weight is \[1\]/,
    );
  });

  it('prefers a running average, and says that there is more', async () => {
    const entries = tensors(unet);
    const file = await openWeights(new Blob([torchFile(entries, ['state_dict'])]));
    const average = await openWeights(new Blob([torchFile(entries, ['ema'])]));
    const mapping = mapWeights({ kind: 'torch', metadata: {}, sets: [...file.sets, ...average.sets] }, networks);
    expect(mapping.set.path).toBe('ema');
    expect(mapping.alternatives).toEqual(['state_dict']);
  });

  it('refuses a network of another kind', async () => {
    const entry = { name: 'conv1.weight', shape: [4], data: new Float32Array(4) };
    await expect(map([entry])).rejects.toThrow(/No network here has such tensors \(1, the first is "conv1.weight"\)/);
  });
});

describe('the networks that are known', () => {
  it('are the released ones among others', () => {
    const paper = knownNetworks().filter(({ preset }) => preset === 'paper');
    expect(paper.map(({ part, shapes }) => [part, shapes.size])).toEqual([
      ['autoencoder', 205],
      ['unet', 540],
    ]);
  });
});
