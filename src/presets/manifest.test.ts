import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../public/models/nano/manifest.json'), 'utf8');
const shipped = () => JSON.parse(text) as { files: Record<string, unknown>[]; diffusion: Record<string, unknown> };

describe('parseManifest', () => {
  it('reads the shipped one: an autoencoder, a teacher and a student', () => {
    const { files, diffusion } = parseManifest(shipped());
    expect(files.map(({ role }) => role).sort()).toEqual(['autoencoder', 'student', 'teacher']);
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

  function withFile(change: object) {
    const manifest = shipped();
    manifest.files[0] = { ...manifest.files[0], ...change };
    return manifest;
  }
});
