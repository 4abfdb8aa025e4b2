import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** What each folder of src may import besides itself. Arrows point down only. */
const allowed: Record<string, readonly string[]> = {
  app: ['features', 'store', 'engine'],
  features: ['store', 'engine'],
  store: ['engine'],
  engine: ['training', 'diffusion', 'nn', 'gpu', 'degradation', 'imaging', 'formats', 'presets'],
  training: ['diffusion', 'nn', 'gpu', 'degradation', 'imaging', 'formats', 'presets'],
  diffusion: ['nn', 'gpu', 'presets'],
  nn: ['gpu', 'presets'],
  gpu: [],
  degradation: ['imaging'],
  imaging: ['formats'],
  formats: [],
  presets: [],
};
/** The only engine modules the page may know. */
const pageSide = new Set([
  'engine/protocol.ts',
  'engine/models-protocol.ts',
  'engine/compare-protocol.ts',
  'engine/evaluation-protocol.ts',
  'engine/training-protocol.ts',
  'engine/client.ts',
  'engine/recording.ts',
]);
/** What pages share; no page knows another. */
const shared = ['ui', 'intake', 'viewer'];
const pure = ['training', 'diffusion', 'nn', 'gpu', 'degradation', 'imaging', 'formats', 'presets'];

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && !/\.test\.tsx?$/.test(path),
);
const folderOf = (path: string) => path.split('/')[0] ?? '';

const imports = files.flatMap((from) => {
  const text = readFileSync(join(src, from), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers.map((specifier) => ({
    from,
    specifier,
    to: specifier.startsWith('.') ? relative(src, resolve(src, dirname(from), specifier)) : null,
  }));
});

describe('the folder tree', () => {
  it('has rules for every folder', () => {
    expect(new Set(files.map(folderOf))).toEqual(new Set(Object.keys(allowed)));
  });

  it('imports downwards only', () => {
    const wrong = imports.filter(({ from, to }) => {
      // Of the package its version alone is wanted.
      if (to === null || to === '../package.json') return false;
      const [here, there] = [folderOf(from), folderOf(to)];
      return here !== there && !allowed[here]?.includes(there);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps pages apart: each knows itself and what all share', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (folderOf(from) !== 'features' || to === null || folderOf(to) !== 'features') return false;
      const [here, there] = [from.split('/')[1] ?? '', to.split('/')[1] ?? ''];
      return here !== there && !shared.includes(there);
    });
    expect(wrong).toEqual([]);
  });

  it('lets the page know the engine by its protocol and client alone', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        ['app', 'features', 'store'].includes(folderOf(from)) && to?.startsWith('engine/') && !pageSide.has(to),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps React, stores and Node out of the numerical core', () => {
    const wrong = imports.filter(
      ({ from, specifier }) => pure.includes(folderOf(from)) && /^(react|zustand|node:|idb|@base-ui)/.test(specifier),
    );
    expect(wrong).toEqual([]);
  });
});
