import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../presets/manifest.ts';
import { factsOf, lackOf, roleName, trainingOf, validationOf } from './model-text.ts';

describe('factsOf', () => {
  it('flattens what manifests say, whatever it is', () => {
    const metrics = { 'realesrgan-test': { ours: { psnr_y: 30.18951, images: 31 } } };
    expect(factsOf(metrics)).toEqual([
      ['realesrgan-test · ours · psnr y', '30.19'],
      ['realesrgan-test · ours · images', '31'],
    ]);
    expect(factsOf({ steps: 500_000, losses: ['a', 'b'], none: null })).toEqual([
      ['steps', '500,000'],
      ['losses', 'a, b'],
    ]);
    expect(factsOf({})).toEqual([]);
  });
});

describe('a row of the table', () => {
  it('says how a network was trained and how good it is, as far as its manifest does', () => {
    const training = { samples: 160_000, steps: 5000, hours: 1.976, date: '2026-11-29' };
    expect(trainingOf({ training })).toEqual({ trained: '160,000 crops in 2.0 h', when: '2026-11-29' });
    expect(trainingOf({ training: { iterations: 300_000 } })).toEqual({ trained: '300,000 iterations', when: null });
    expect(trainingOf({ training: {} })).toEqual({ trained: null, when: null });
    const validation = {
      'bicubic lpips_alex': 0.4,
      'realesrgan-test lpips_alex': 0.52592,
      'realesrgan-test psnr_y': 25.03,
    };
    expect(validationOf({ role: 'student', metrics: { validation } })).toBe('LPIPS 0.526, PSNR 25.0 dB');
    expect(validationOf({ role: 'downsampler', metrics: { validation } })).toBeNull();
    expect(validationOf({ role: 'autoencoder', metrics: { validation: { psnr_y: 35.29 } } })).toBe('PSNR 35.3 dB');
    expect(validationOf({ role: 'teacher', metrics: {} })).toBeNull();
  });

  it('has the validation of every network that upscales and ships', () => {
    const { files } = parseManifest(JSON.parse(readFileSync('public/models/compact/manifest.json', 'utf8')));
    const shown = files.filter(({ role }) => ['autoencoder', 'teacher', 'student'].includes(role));
    expect(shown.length).toBeGreaterThan(4);
    for (const { role, metrics } of shown)
      expect(validationOf({ role, metrics })).toMatch(/^LPIPS 0\.\d{3}, PSNR \d\d\.\d dB$/);
  });
});

describe('a preset on the Models page', () => {
  const file = (role: 'autoencoder' | 'student', inUse = true) => ({ role, inUse }) as never;
  it.each([
    [[], 'No weights yet.'],
    [[file('autoencoder')], 'A student or a teacher is still missing.'],
    [[file('student'), file('autoencoder', false)], 'The autoencoder is still missing.'],
  ])('says what it lacks', (files, sentence) => expect(lackOf({ files, runs: false })).toBe(sentence));
});

describe('roleName', () => {
  it('tells the teachers apart', () => {
    expect(roleName({ role: 'teacher', method: 'resshift', steps: 4 })).toBe('teacher (ResShift, 4 steps)');
  });

  it('tells the discriminators of the two downsamplers apart', () => {
    const name = (method: 'ours' | 'ours-conv') => roleName({ role: 'discriminator-hr', method, steps: null });
    expect([name('ours'), name('ours-conv')]).toEqual(['Discriminator D_H', 'Discriminator D_H (conv G)']);
  });
});
