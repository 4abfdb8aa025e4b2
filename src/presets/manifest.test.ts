import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../public/models/compact/manifest.json'), 'utf8');
const shipped = () => JSON.parse(text) as { files: Record<string, unknown>[]; diffusion: Record<string, unknown> };

describe('parseManifest', () => {
  it('reads the shipped one: all five networks, and the students of each method', () => {
    const { files, diffusion } = parseManifest(shipped());
    const roles = ['autoencoder', 'discriminator-hr', 'discriminator-lr', 'downsampler', 'student', 'teacher'];
    expect([...new Set(files.map(({ role }) => role))].sort()).toEqual(roles);
    const students = files.flatMap((file) => (file.role === 'student' ? file.method : []));
    expect(students).toEqual(expect.arrayContaining(['sinsr', 'ours']));
    expect(diffusion.steps).toBe(15);
  });

  it.each([
    ['no object', () => 'weights', /not an object/],
    ['no files', () => ({ ...shipped(), files: undefined }), /lists no files/],
    ['a path out of the folder', () => withFile({ name: '../secret.safetensors' }), /"name"/],
    ['a short hash', () => withFile({ sha256: 'abc' }), /"sha256"/],
    ['an absurd size', () => withFile({ bytes: 1e15 }), /"bytes"/],
    ['an unknown role', () => withFile({ role: 'oracle' }), /"role"/],
    ['no configuration', () => withFile({ config: null }), /configuration/],
    ['a schedule of one step', () => ({ ...shipped(), diffusion: { ...shipped().diffusion, steps: 1 } }), /"steps"/],
  ])('refuses %s in one sentence', (_, make, message) => {
    expect(() => parseManifest(make())).toThrow(message);
  });

  describe('the networks of co-training', () => {
    const { files: all, ...rest } = shipped();
    const files = all.filter(({ method }) => method === null || method === 'resshift' || method === 'sinsr');
    const unet = files.find(({ role }) => role === 'teacher')?.config as Record<string, unknown>;
    const { lq_size, ...alone } = unet;
    const conv = { in_channels: 16, width: 64, blocks: 4, out_channels: 3 };
    const widths = [32, 64, 128, 128];
    const discriminator = { in_channels: 3, widths, strides: [1, 2, 2, 2], head_width: 64, head_levels: 3 };
    const features = {
      kind: 'efficientnet-lite0',
      stem_stride: 2,
      blocks: 11,
      head_levels: [0, 2, 4, 10],
      head_width: 64,
      pixel_widths: [32, 64],
    };
    const entry = (role: string, method: string, config: object) => ({ ...files[0], role, method, config });
    const parse = (...added: object[]) =>
      parseManifest({ ...rest, files: [...files, ...added] }).files.slice(files.length);

    it('are read', () => {
      const networks = [
        entry('student', 'ours', unet),
        entry('student', 'ours-conv', unet),
        entry('downsampler', 'ours', { ...alone, in_channels: 16, out_channels: 3 }),
        entry('downsampler', 'ours-conv', conv),
        ...['discriminator-hr', 'discriminator-lr'].flatMap((role) =>
          ['ours', 'ours-conv'].map((method) => entry(role, method, discriminator)),
        ),
      ];
      const read = parse(...networks);
      expect(read.map((file) => [file.role, file.role === 'autoencoder' ? null : file.method])).toEqual(
        networks.map(({ role, method }) => [role, method]),
      );
      expect(read[2]?.config).not.toHaveProperty('lq_size');
      expect(read[3]?.config).toEqual(conv);
      expect(read[4]?.config).toEqual(discriminator);
      expect(parse(entry('discriminator-hr', 'ours', features))[0]?.config).toEqual(features);
    });

    it.each([
      ['a student of an unknown method', entry('student', 'gan', unet), /"method"/],
      ['a teacher that is no ResShift', entry('teacher', 'sinsr', unet), /"method"/],
      ['a second student of one method', entry('student', 'sinsr', unet), /student of sinsr twice/],
      ['a downsampler with an LR input', entry('downsampler', 'ours', unet), /must not name "lq_size"/],
      ['a downsampler of latents', entry('downsampler', 'ours', alone), /takes 8 and gives 8 channels; .* have 16/],
      ['a downsampler without noise', entry('downsampler', 'ours-conv', { ...conv, in_channels: 8 }), /takes 8/],
      ['an odd width', entry('downsampler', 'ours-conv', { ...conv, width: 65 }), /65 is not a multiple of 32/],
      ['no blocks', entry('downsampler', 'ours-conv', { ...conv, blocks: 0 }), /"blocks"/],
      ['more heads than levels', entry('discriminator-lr', 'ours', { ...discriminator, head_levels: 5 }), /5 heads/],
      [
        'a grey discriminator',
        entry('discriminator-hr', 'ours', { ...discriminator, in_channels: 1 }),
        /"in_channels"/,
      ],
      ['another kind of discriminator', entry('discriminator-hr', 'ours', { ...features, kind: 'vgg16' }), /"kind"/],
      ['heads beyond its blocks', entry('discriminator-hr', 'ours', { ...features, blocks: 4 }), /beyond its 4 blocks/],
      ['heads in disorder', entry('discriminator-lr', 'ours', { ...features, head_levels: [2, 0] }), /not in order/],
      ['one pixel width', entry('discriminator-lr', 'ours', { ...features, pixel_widths: [32] }), /two "pixel_widths"/],
      ['a stem of stride 3', entry('discriminator-lr', 'ours', { ...features, stem_stride: 3 }), /"stem_stride"/],
      ['too few strides', entry('discriminator-lr', 'ours', { ...discriminator, strides: [2, 2] }), /2 "strides"/],
      ['no strides', entry('discriminator-lr', 'ours', { ...discriminator, strides: undefined }), /"strides"/],
      ['odd levels', entry('discriminator-hr', 'ours', { ...discriminator, widths: [3, 64] }), /3 is not a multiple/],
    ])('%s is refused', (_, wrong, sentence) => {
      expect(() => parse(wrong)).toThrow(sentence);
    });
  });

  function withFile(change: object) {
    const manifest = shipped();
    manifest.files[0] = { ...manifest.files[0], ...change };
    return manifest;
  }
});
