/** The presets that are said to come with weights are those whose manifest is there and has a network that upscales. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { methodsOfManifest } from '../src/engine/runtime/networks.ts';
import { parseManifest } from '../src/presets/manifest.ts';
import { presetNames, shippedPresets } from '../src/presets/presets.ts';

const manifestOf = (preset: string) => resolve(import.meta.dirname, `../public/models/${preset}/manifest.json`);

it.each(presetNames)('the shipped weights of %s', (preset) => {
  const path = manifestOf(preset);
  const methods = existsSync(path) ? methodsOfManifest(parseManifest(JSON.parse(readFileSync(path, 'utf8')))) : [];
  expect(shippedPresets.includes(preset)).toBe(methods.length > 0);
});
