/** Files become models whole or not at all; the list of them survives everything else. */
import { describe, expect, it } from 'vitest';
import { hashedParameter } from '../../../tests/support/hashed.ts';
import { type MemoryFolder, memoryFolder } from '../../../tests/support/memory-folder.ts';
import { tinyModel, tinyNetworks } from '../../../tests/support/tiny-model.ts';
import { torchFile } from '../../../tests/torch/torch-file.ts';
import { halfToFloat } from '../../formats/half.ts';
import { openSafetensors } from '../../formats/safetensors.ts';
import { openWeights, type WeightFile } from '../../formats/weight-file.ts';
import type { Identity } from '../../presets/official.ts';
import { sha256 } from '../runtime/model-source.ts';
import { layeredSource } from './listing.ts';
import { type KnownNetwork, mapWeights } from './mapping.ts';
import { UserModels } from './user-models.ts';

const networks = tinyNetworks();
const [autoencoder, unet] = networks as [KnownNetwork, KnownNetwork];

const weights = ({ shapes }: KnownNetwork, salt: string, edit: (data: Float32Array) => void = () => undefined) =>
  openWeights(
    new Blob([
      torchFile(
        [...shapes].map(([name, shape]) => {
          const data = hashedParameter(salt, name, shape);
          edit(data);
          return { name, shape, data };
        }),
      ),
    ]),
  );

const request = (file: WeightFile, fileName: string, identity: Identity['id'], precision: 'f16' | 'f32' = 'f16') => ({
  fileName,
  mapping: mapWeights(file, networks),
  identity,
  precision,
});

async function withStudent(): Promise<{ folder: MemoryFolder; models: UserModels }> {
  const folder = memoryFolder();
  const models = new UserModels(folder, 'compact');
  await models.import(request(await weights(unet, 'a'), 'SinSR_v1.pth', 'sinsr'));
  return { folder, models };
}

const names = async (models: UserModels) => {
  const manifest = await models.manifest();
  return { files: manifest?.files.map(({ name }) => name), spare: manifest?.spare.map(({ name }) => name) };
};

describe('an import of weights', () => {
  it('writes the network’s tensors as 16 bits, and what is known of the file', async () => {
    const { folder, models } = await withStudent();
    const [entry] = (await models.manifest())?.files ?? [];
    const file = folder.files.get('SinSR_v1.safetensors') as Blob;
    expect(entry).toMatchObject({ role: 'student', method: 'sinsr', title: 'SinSR_v1', bytes: file.size });
    expect(entry?.licence).toBeNull();
    expect(entry?.sha256).toBe(await sha256(file));
    const opened = await openSafetensors(file);
    expect([...opened.entries.keys()].sort()).toEqual([...unet.shapes.keys()].sort());
    const bits = (await opened.readRaw('out.2.bias')) as Uint16Array;
    const original = hashedParameter('a', 'out.2.bias', [4]);
    for (const [i, value] of halfToFloat(bits).entries()) expect(value).toBeCloseTo(original[i], 3);
  });

  it('says what is known of a public file, when it has that file’s tensors', async () => {
    const published = { ...request(await weights(unet, 'a'), 'SinSR_v1.pth', 'sinsr') };
    const { mapping } = published;
    const paper = { ...mapping, network: { ...mapping.network, preset: 'paper' } as KnownNetwork };
    const entry = await new UserModels(memoryFolder(), 'paper').import({ ...published, mapping: paper });
    expect(entry).toMatchObject({
      licence: expect.stringContaining('CC BY-NC-SA'),
      training: { teacher: 'ResShift v1' },
    });
  });

  it('keeps every bit when asked', async () => {
    const folder = memoryFolder();
    await new UserModels(folder, 'compact').import(request(await weights(unet, 'a'), 'x.pth', 'ours', 'f32'));
    const opened = await openSafetensors(folder.files.get('x.safetensors') as Blob);
    expect(await opened.readFloat32('out.2.weight')).toEqual(
      hashedParameter('a', 'out.2.weight', unet.shapes.get('out.2.weight') ?? []),
    );
  });

  it('tells its progress, up to the whole', async () => {
    const seen: [number, number][] = [];
    const models = new UserModels(memoryFolder(), 'compact');
    const onProgress = (done: number, total: number) => seen.push([done, total]);
    const entry = await models.import(request(await weights(unet, 'a'), 'x.pth', 'sinsr'), { onProgress });
    expect(seen.length).toBe(unet.shapes.size + 1);
    expect(seen.at(-1)).toEqual([entry.bytes, entry.bytes]);
  });

  it('leaves nothing when there is no room, when it is stopped, and when a tensor is damaged', async () => {
    const { folder, models } = await withStudent();
    const before = [...folder.files.entries()];
    folder.room = 500_000;
    await expect(models.import(request(await weights(unet, 'b'), 'big.pth', 'ours', 'f32'))).rejects.toThrow(
      'No room.',
    );
    folder.room = Number.POSITIVE_INFINITY;
    const abort = new AbortController();
    const stop = models.import(request(await weights(unet, 'b'), 'stopped.pth', 'ours'), {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(stop).rejects.toThrow(/abort/i);
    const notANumber = await weights(unet, 'b', (data) => data.fill(Number.NaN, 0, 1));
    await expect(models.import(request(notANumber, 'nan.pth', 'ours'))).rejects.toThrow(/no numbers/);
    const huge = await weights(unet, 'b', (data) => data.fill(1e6, 0, 1));
    await expect(models.import(request(huge, 'huge.pth', 'ours'))).rejects.toThrow(/too large for 16 bits/);
    expect([...folder.files.entries()]).toEqual(before);
  });

  it('refuses to be what its tensors are not, or to run without some', async () => {
    const models = new UserModels(memoryFolder(), 'compact');
    await expect(models.import(request(await weights(unet, 'a'), 'x.pth', 'autoencoder'))).rejects.toThrow(/of a UNet/);
    const [first, ...rest] = [...unet.shapes];
    const partial = await weights({ ...unet, shapes: new Map(rest) } as KnownNetwork, 'a');
    await expect(models.import(request(partial, 'x.pth', 'sinsr'))).rejects.toThrow(/lacks tensors/);
    expect(first).toBeDefined();
  });
});

describe('the models of a preset', () => {
  it('play a part one at a time; the others are spare', async () => {
    const { models } = await withStudent();
    await models.import(request(await weights(unet, 'b'), 'SinSR_v1.pth', 'sinsr'));
    const [first, second] = ['SinSR_v1.safetensors', 'SinSR_v1-2.safetensors'];
    expect(await names(models)).toEqual({ files: [second], spare: [first] });
    await models.use(first as string);
    expect(await names(models)).toEqual({ files: [first], spare: [second] });
    await models.remove(first as string);
    expect(await names(models)).toEqual({ files: [second], spare: [] });
  });

  it('can be renamed, and removed with their files', async () => {
    const { folder, models } = await withStudent();
    await models.rename('SinSR_v1.safetensors', 'My student');
    expect((await models.manifest())?.files[0]?.title).toBe('My student');
    await models.remove('SinSR_v1.safetensors');
    expect([...folder.files.keys()]).toEqual(['manifest.json']);
  });

  it('keep a teacher’s own schedule', async () => {
    const { models } = await withStudent();
    const entry = await models.import(request(await weights(unet, 'b'), 'resshift_realsrx4_s4_v3.pth', 'resshift-4'));
    expect(entry.diffusion).toMatchObject({ steps: 4, min_noise_level: 0.2 });
  });

  it('go before the shipped ones', async () => {
    const shipped = await tinyModel(['sinsr', 'ours']);
    const { models } = await withStudent();
    const source = layeredSource(shipped.source, models);
    const { files } = await source.manifest();
    expect(files.map(({ name }) => name).sort()).toEqual([
      'SinSR_v1.safetensors',
      'autoencoder.safetensors',
      'ours.safetensors',
    ]);
    for (const entry of files) {
      const blob = await source.file(entry, () => undefined);
      if (entry.name === 'SinSR_v1.safetensors') expect(blob.size).toBe(entry.bytes);
      else expect(blob).toBe(shipped.files.get(entry.name));
    }
  });

  it('outlive a damaged list of theirs: what is shipped runs, and a new import makes a new list', async () => {
    const shipped = await tinyModel();
    const { folder, models } = await withStudent();
    folder.files.set('manifest.json', new Blob(['{"files": [']));
    await expect(models.manifest()).rejects.toThrow(/damaged: import them again/);
    expect(await layeredSource(shipped.source, models).manifest()).toEqual(shipped.manifest);
    await models.import(request(await weights(unet, 'a'), 'SinSR_v1.pth', 'sinsr'));
    expect(await names(models)).toEqual({ files: ['SinSR_v1-2.safetensors'], spare: [] });
  });

  it('do without shipped ones, and say when there are none', async () => {
    const none = {
      manifest: () => Promise.reject(new Error('None shipped.')),
      file: () => Promise.reject(new Error('None shipped.')),
    };
    const { folder, models } = await withStudent();
    await models.import(request(await weights(autoencoder, 'a'), 'ae.pth', 'autoencoder'));
    expect((await layeredSource(none, models).manifest()).files).toHaveLength(2);
    const empty = layeredSource(none, new UserModels(memoryFolder(), 'paper'));
    await expect(empty.manifest()).rejects.toThrow('None shipped.');
    folder.files.delete('ae.safetensors');
    const source = layeredSource(none, models);
    const gone = (await source.manifest()).files.find(({ role }) => role === 'autoencoder');
    if (!gone) throw new Error('no autoencoder listed');
    await expect(source.file(gone, () => undefined)).rejects.toThrow(/gone or cut off/);
  });
});
