/** Weights through the command line and a checkpoint of PyTorch's kind: the same numbers as without that way. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KnownNetwork, mapWeights } from '../src/engine/models/mapping.ts';
import { UserModels } from '../src/engine/models/user-models.ts';
import { readParams } from '../src/engine/runtime/networks.ts';
import { openSafetensors, writeSafetensors } from '../src/formats/safetensors.ts';
import { openWeights } from '../src/formats/weight-file.ts';
import { autoencoderParamShapes } from '../src/nn/autoencoder.ts';
import { unetParamShapes } from '../src/nn/unet-plan.ts';
import type { Identity } from '../src/presets/official.ts';
import { taughtMetadata } from '../src/presets/teaching.ts';
import { root, runTool, toolArguments } from '../tests/support/command-line.ts';
import { Golden, type WeightReader } from '../tests/support/golden.ts';
import { hashedParameter } from '../tests/support/hashed.ts';
import { memoryFolder } from '../tests/support/memory-folder.ts';
import { torchFile } from '../tests/torch/torch-file.ts';
import { checkFile } from './parity/check-file.ts';

const shipped = join(root, 'public/models');
const golden = (name: string) => join(root, 'tests/golden', `${name}.safetensors`);

/** A shipped file of 16-bit weights as `torch.save` would have it, bit for bit. */
async function asCheckpoint(name: string): Promise<Uint8Array> {
  const file = await openSafetensors(new Blob([await readFile(join(shipped, 'compact', name))]));
  const entries = [...file.entries.values()].map(async ({ name, shape }) => ({
    name: `module.${name}`,
    shape,
    data: (await file.readRaw(name)) as Uint16Array,
  }));
  return torchFile(await Promise.all(entries), ['state_dict']);
}

describe('a checkpoint’s way to the network', () => {
  /** Hash-made weights as a file of PyTorch's, imported, and read for the network. */
  const throughCheckpoint =
    (network: KnownNetwork, identity: Identity['id']): WeightReader =>
    async (shapes, salt) => {
      const entries = [...shapes].map(([name, shape]) => ({ name, shape, data: hashedParameter(salt, name, shape) }));
      const weights = await openWeights(new Blob([torchFile(entries)]));
      const models = new UserModels(memoryFolder(), 'compact');
      const mapping = mapWeights(weights, [network]);
      const entry = await models.import({ fileName: `${salt}.pth`, mapping, identity, precision: 'f32' });
      return readParams((await models.file(entry.name)) as Blob, shapes, entry.name);
    };

  it('gives the reference’s numbers', async () => {
    const path = golden('vqgan_f4_small');
    const config = (await Golden.open(path)).autoencoderConfig('ddconfig', 'param_shapes');
    const shapes = autoencoderParamShapes(config);
    const network: KnownNetwork = { preset: 'compact', part: 'autoencoder', config, shapes };
    const { rows } = await checkFile(path, 'wasm', { weights: throughCheckpoint(network, 'autoencoder') });
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.filter(({ error, tolerance }) => error > tolerance)).toEqual([]);
  });

  it('gives the reference’s fifteen steps', async () => {
    const path = golden('sampling_and_losses');
    const sinsr = (await Golden.open(path)).unetConfig('unet');
    // The same network as ResShift writes it: the condition's channels are not counted in.
    const config = { ...sinsr, in_channels: sinsr.in_channels - 3, lq_size: sinsr.image_size };
    const network: KnownNetwork = { preset: 'compact', part: 'unet', config, shapes: unetParamShapes(config) };
    const { rows } = await checkFile(path, 'wasm', { weights: throughCheckpoint(network, 'resshift') });
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['deterministic.sample', 'resshift.sample', 'one_step.sample']),
    );
    expect(rows.filter(({ error, tolerance }) => error > tolerance)).toEqual([]);
  });
});

describe('npm run import', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'));
    await writeFile(join(folder, 'autoencoder_vq_f4.pth'), await asCheckpoint('autoencoder.safetensors'));
    await writeFile(join(folder, 'SinSR_v1.pth'), await asCheckpoint('sinsr.safetensors'));
    await writeFile(join(folder, 'model_20000.pth'), await asCheckpoint('teacher.safetensors'));
  });

  it('makes a models folder that upscales as the same weights do', async () => {
    const models = join(folder, 'models');
    const files = ['autoencoder_vq_f4.pth', 'SinSR_v1.pth'].map((name) => join(folder, name));
    const imported = runTool('import', ...files, '--out', models);
    expect(imported).toMatchObject({ status: 0 });
    expect(imported.stdout).toMatch(
      /diffusion network of the compact preset, from its "state_dict": (\d+) of \1 tensors match/,
    );
    expect((await readdir(join(models, 'compact'))).sort()).toEqual([
      'SinSR_v1.safetensors',
      'autoencoder_vq_f4.safetensors',
      'manifest.json',
    ]);
    const input = join(folder, 'small.png');
    await sharp({ create: { width: 9, height: 7, channels: 3, background: '#6a5' } })
      .png()
      .toFile(input);
    const options = ['--backend', 'wasm', '--method', 'sinsr', '--tile', '16'];
    for (const [out, from] of [
      ['a.png', models],
      ['b.png', shipped],
    ] as const) {
      expect(runTool('upscale', input, join(folder, out), '--models', from, ...options)).toMatchObject({
        status: 0,
      });
    }
    expect(await readFile(join(folder, 'a.png'))).toEqual(await readFile(join(folder, 'b.png')));
  });

  it('takes a network that a user taught as a method with their name, which upscale and evaluate know', async () => {
    const models = join(folder, 'models');
    const ours = await openSafetensors(new Blob([await readFile(join(shipped, 'compact/ours.safetensors'))]));
    const entries = [...ours.entries.values()].map(async ({ name, shape }) => ({
      name,
      shape,
      dtype: 'F16' as const,
      data: await ours.readFloat32(name),
    }));
    const [before, after] = [24, 25].map((psnrY) => ({ psnrY, lpips: null }));
    const facts = { name: 'My owls', id: '0123abcd', pictures: 5, iterations: 4, crops: 8, before, after };
    const file = writeSafetensors(await Promise.all(entries), taughtMetadata(facts));
    await writeFile(join(folder, 'owls.safetensors'), new Uint8Array(await file.arrayBuffer()));
    const imported = runTool('import', join(folder, 'owls.safetensors'), '--out', models);
    expect(imported).toMatchObject({ status: 0 });
    expect(imported.stdout).toContain('taught:My owls@0123abcd');

    const pictures = join(folder, 'pictures');
    await mkdir(pictures, { recursive: true });
    const input = join(pictures, 'small.png');
    const grey = sharp({ create: { width: 9, height: 7, channels: 3, background: '#6a5' } });
    await grey.png().toFile(input);
    for (const [out, from, method] of [
      ['c.png', models, 'taught:My owls@0123abcd'],
      ['d.png', shipped, 'ours'],
    ] as const) {
      const options = ['--models', from, '--method', method, '--backend', 'wasm', '--tile', '16'];
      expect(runTool('upscale', input, join(folder, out), ...options)).toMatchObject({ status: 0 });
    }
    expect(await readFile(join(folder, 'c.png'))).toEqual(await readFile(join(folder, 'd.png')));
    const options = ['--models', models, '--backend', 'wasm', '--tile', '16'];
    const { status, stdout } = runTool('evaluate', '--lr', pictures, ...options);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^My owls +/m)]);
  });

  it('asks what a network is whose name says nothing', async () => {
    const [file, models] = [join(folder, 'model_20000.pth'), join(folder, 'asked')];
    const { status, stderr } = runTool('import', file, '--out', models);
    expect(status).toBe(1);
    expect(stderr).toMatch(/say which with --as/);
    expect(runTool('import', file, '--out', models, '--as', 'resshift')).toMatchObject({ status: 0 });
  });

  it('twice at once into one folder lists what both brought, also after one that was killed', async () => {
    const models = join(folder, 'twice');
    await mkdir(join(models, 'compact'), { recursive: true });
    // No process has this number: the largest is 2²².
    await writeFile(join(models, 'compact/.lock'), '4194305');
    const runs = ['autoencoder_vq_f4.pth', 'SinSR_v1.pth'].map((name) =>
      promisify(execFile)(process.execPath, toolArguments('import', join(folder, name), '--out', models), {
        cwd: root,
      }),
    );
    await Promise.all(runs);
    const { files } = JSON.parse(await readFile(join(models, 'compact/manifest.json'), 'utf8'));
    expect(files.map(({ name }: { name: string }) => name).sort()).toEqual([
      'SinSR_v1.safetensors',
      'autoencoder_vq_f4.safetensors',
    ]);
    expect(await readdir(join(models, 'compact'))).toHaveLength(3);
  });

  it('refuses the others in a sentence, and makes nothing', async () => {
    const evil = join(root, 'tests/torch/system.pth');
    const models = join(folder, 'nothing');
    const { status, stderr } = runTool('import', evil, join(folder, 'missing.pth'), '--out', models);
    expect(status).toBe(1);
    expect(stderr).toMatch(/"posix.system".*\n.*there is no such file/);
    await expect(readdir(models)).rejects.toThrow();
  });
});
