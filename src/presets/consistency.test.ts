import { describe, expect, it } from 'vitest';
import { groupNormUnet, vqAutoencoder } from '../../tests/support/vq.ts';
import { autoencoderFault, latentFault, unetFault } from './consistency.ts';
import { diffusionDownsampler } from './cotraining.ts';
import { manifestJson, parseManifest } from './manifest.ts';
import { presets } from './presets.ts';

const [autoencoder, unet] = [vqAutoencoder, groupNormUnet];

describe('the presets', () => {
  it.each(Object.entries(presets))('%s are networks that run, and fit together', (_, preset) => {
    expect(autoencoderFault(preset.autoencoder)).toBeNull();
    expect(unetFault(preset.unet)).toBeNull();
    expect(latentFault(preset.autoencoder, preset.unet)).toBeNull();
  });
});

describe('one sentence says', () => {
  it.each([
    ['an odd width', autoencoderFault({ ...autoencoder, ch: 48 }), /48 is not a multiple of 32/],
    ['another factor', autoencoderFault({ ...autoencoder, ch_mult: [1, 1] }), /2 levels/],
    ['widths that nothing changes', autoencoderFault({ ...autoencoder, ch_mult: [1, 2, 4] }), /all ones/],
    ['levels', unetFault({ ...unet, num_res_blocks: [1] }), /number of levels/],
    ['a level that is no multiple', unetFault({ ...unet, model_channels: 16 }), /48 is not a multiple/],
    ['heads', unetFault({ ...unet, num_head_channels: 24 }), /heads of 24/],
    ['an odd width with norms', unetFault({ ...presets.tiny.unet, norm: 'group' }), /16 is not a multiple of 32/],
    ['latents', latentFault({ ...autoencoder, embed_dim: 3 }, unet), /takes 4 and gives 4 channels, .* have 3/],
  ])('%s', (_, fault, sentence) => expect(fault).toMatch(sentence));
});

describe('parseManifest', () => {
  const entry = (role: string, config: object) => ({
    role,
    method: role === 'autoencoder' ? null : 'sinsr',
    name: `${role}.safetensors`,
    bytes: 100,
    sha256: 'a'.repeat(64),
    parameters: 1,
    config,
  });
  const { embed_dim, n_embed, ...ddconfig } = autoencoder;
  const manifest = (changes: { unet?: object; ddconfig?: object; format?: number } = {}) => ({
    preset: 'paper',
    licence: 'MIT',
    created: '2026-11-23',
    format: changes.format ?? 1,
    diffusion: presets.paper.diffusion,
    files: [
      entry('autoencoder', { embed_dim, n_embed, ddconfig: { ...ddconfig, ...changes.ddconfig } }),
      entry('student', { ...unet, ...changes.unet }),
    ],
  });

  it('gives back the configurations it read', () => {
    expect(parseManifest(manifest()).files.map(({ config }) => config)).toEqual([autoencoder, unet]);
  });

  it('gives back compact as it is written, its own kind of autoencoder among it', () => {
    const { compact } = presets;
    const files = [
      { ...entry('autoencoder', compact.autoencoder), method: null },
      entry('student', compact.unet),
      { ...entry('student', compact.unet), method: 'l2' },
      {
        ...entry('downsampler', diffusionDownsampler(compact.unet, compact.autoencoder, 'pixels')),
        method: 'ours',
      },
    ];
    const read = parseManifest({ ...manifest(), preset: 'compact', files });
    expect(read.files.map(({ config }) => config)).toEqual(files.map(({ config }) => config));
    expect(JSON.parse(manifestJson(read)).files.map(({ config }: { config: object }) => config)).toEqual(
      files.map(({ config }) => config),
    );
  });

  it.each([
    ['an unknown kind', { ...presets.compact.autoencoder, kind: 'huge' }, {}, /"kind" as tiny or vq only/],
    ['no channels', { ...presets.compact.autoencoder, channels: 0 }, {}, /"channels" from 1/],
    ['an unknown norm', presets.compact.autoencoder, { norm: 'batch' }, /"norm" as group or none only/],
    ['an unknown mask', presets.compact.autoencoder, { shift_mask: 'slip' }, /"shift_mask"/],
    ['latents of another size', { ...presets.compact.autoencoder, latent_channels: 4 }, {}, /latents have 4/],
  ])('refuses %s', (_, config, changes, sentence) => {
    const files = [entry('autoencoder', config), entry('student', { ...presets.compact.unet, ...changes })];
    expect(() => parseManifest({ ...manifest(), files })).toThrow(sentence);
  });

  it('keeps the levels with attention', () => {
    const { files } = parseManifest(manifest({ ddconfig: { attn_resolutions: [64], resolution: 256 } }));
    expect(files[0]?.config).toMatchObject({ attn_resolutions: [64], resolution: 256 });
  });

  it.each([
    ['networks that do not fit each other', { unet: { in_channels: 3 } }, /takes 3/],
    ['heads that do not divide', { unet: { num_head_channels: 24 } }, /heads of 24/],
    ['a newer format', { format: 2 }, /newer format/],
  ])('refuses %s', (_, changes, sentence) => {
    expect(() => parseManifest(manifest(changes))).toThrow(sentence);
  });
});
