/** The app says of the shipped weights what their manifests say. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { methodsOfManifest } from '../src/engine/runtime/networks.ts';
import { parseManifest } from '../src/presets/manifest.ts';
import { presetNames, shippedPresets } from '../src/presets/presets.ts';
import { teachingSettings } from '../src/presets/teaching.ts';

const manifestOf = (preset: string) => resolve(import.meta.dirname, `../public/models/${preset}/manifest.json`);

it.each(presetNames)('the shipped weights of %s', (preset) => {
  const path = manifestOf(preset);
  const methods = existsSync(path) ? methodsOfManifest(parseManifest(JSON.parse(readFileSync(path, 'utf8')))) : [];
  expect(shippedPresets.includes(preset)).toBe(methods.length > 0);
});

it('own upscalers are taught by the terms that ours was trained by', () => {
  const { files } = parseManifest(JSON.parse(readFileSync(manifestOf('compact'), 'utf8')));
  const losses = files.find((file) => file.role === 'student' && file.method === 'ours')?.training?.losses ?? '';
  const { settings } = teachingSettings({
    pictures: 20,
    onGpu: true,
    degradation: 'bicubic',
    hasStudent: true,
    hasPartners: true,
    iterations: null,
  });
  const { denoiseWeight, distillWeight, perceptualWeight, lambdaHr, lambdaLr, lambdaMode } = settings;
  expect(losses).toContain(`student: ${denoiseWeight} denoise + ${distillWeight} distill + ${perceptualWeight} LPIPS`);
  expect(losses).toContain(` + ${lambdaHr} L_H^G + ${lambdaLr} L_L^G`);
  expect(losses).toContain(`lambda ${lambdaMode}`);
});
