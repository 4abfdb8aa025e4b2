import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestJson, parseManifest } from './manifest.ts';
import { identities, officialFile } from './official.ts';

const shipped = parseManifest(
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../public/models/compact/manifest.json'), 'utf8')),
);

describe('manifestJson', () => {
  it('is read back as it was', () => {
    const [first, ...others] = shipped.files;
    if (!first) throw new Error('no files');
    const stated = {
      ...first,
      title: 'Mine',
      licence: 'MIT',
      source: 'here',
      diffusion: { ...shipped.diffusion, steps: 4 },
    };
    const manifest = { ...shipped, files: [stated, ...others], spare: [{ ...first, name: 'old.safetensors' }] };
    expect(parseManifest(JSON.parse(manifestJson(manifest)))).toEqual(manifest);
  });
});

describe('the public files', () => {
  it.each([
    ['resshift_realsrx4_s15_v1.pth', 'resshift'],
    ['resshift_realsrx4_s15_v2 (1).pth', 'resshift'],
    ['resshift_realsrx4_s4_v3.pth', 'resshift-4'],
    ['SinSR_v1.pth', 'sinsr'],
    ['SinSR_v2.safetensors', 'sinsr'],
    ['autoencoder_vq_f4.pth', 'autoencoder'],
    ['model_300000.pth', undefined],
    ['my_SinSR_v1.pth', undefined],
  ])('%s is %s', (name, identity) => expect(officialFile(name)?.identity).toBe(identity));

  it('are all of a kind that can be chosen', () => {
    expect(identities.map(({ id }) => id)).toContain(officialFile('SinSR_v1.pth')?.identity);
    expect(identities.find(({ id }) => id === 'resshift-4')?.diffusion?.steps).toBe(4);
  });
});
