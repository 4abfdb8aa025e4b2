import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

const data = ['imaging', 'degradation', 'formats', 'presets'];
const core = ['training', 'paper', 'nn', 'gpu', ...data];
const page = ['store', 'protocol', 'report', 'paper', ...data];

/** The folders that each folder of src may import besides itself. Arrows point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  app: ['features', ...page],
  features: page,
  store: page,
  engine: ['protocol', 'report', ...core],
  protocol: ['report', ...core],
  report: ['paper', ...data],
  training: ['paper', 'nn', 'gpu', ...data],
  paper: ['nn', 'gpu', 'presets', 'imaging'],
  nn: ['gpu', 'presets'],
  gpu: [],
  degradation: ['imaging'],
  imaging: ['formats'],
  formats: [],
  presets: [],
};
/** Folders that pages share; no page knows another. */
const shared = ['ui', 'intake', 'viewer'];
/** Folders whose modules compute with tensors; none of them is loaded by the page. */
const computing = ['engine', 'training', 'nn', 'gpu'];

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Path below src; null for a package. */
  readonly to: string | null;
  readonly isType: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && !/\.test\.tsx?$/.test(path),
);
const folderOf = (path: string) => path.split('/')[0] ?? '';

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(src, from), 'utf8');
  const matches = [...text.matchAll(/(import|export)(\s+type)?(?:\s[^;'"]*?from)?\s*\(?\s*'([^']+)'/g)];
  return matches.map(([, , type, specifier = '']) => ({
    from,
    specifier,
    to: specifier.startsWith('.') ? relative(src, resolve(src, dirname(from), specifier)) : null,
    isType: type !== undefined,
  }));
});

/** The modules that are loaded with some modules: values alone, types are gone by then. */
function closure(start: readonly string[]): Set<string> {
  const reached = new Set(start);
  for (const path of reached) {
    for (const { from, to, isType } of imports) if (from === path && to !== null && !isType) reached.add(to);
  }
  return reached;
}

describe('the folder tree', () => {
  it('has rules for every folder', () => {
    expect(new Set(files.map(folderOf))).toEqual(new Set(Object.keys(allowed)));
  });

  it('imports downwards only', () => {
    const wrong = imports.filter(({ from, to }) => {
      // The page's version is the package's.
      if (to === null || to === '../package.json') return false;
      const [here, there] = [folderOf(from), folderOf(to)];
      return here !== there && !allowed[here]?.includes(there);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps pages apart: each knows itself and the shared folders', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (folderOf(from) !== 'features' || to === null || folderOf(to) !== 'features') return false;
      const [here, there] = [from.split('/')[1] ?? '', to.split('/')[1] ?? ''];
      return here !== there && !shared.includes(there);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps tensors out of the page: nothing that it loads computes with them', () => {
    const loaded = closure(files.filter((path) => ['app', 'features', 'store'].includes(folderOf(path))));
    expect([...loaded].filter((path) => computing.includes(folderOf(path)))).toEqual([]);
  });

  it('keeps the protocol free of code: of the core it imports types alone', () => {
    const wrong = imports.filter(
      ({ from, to, isType }) =>
        folderOf(from) === 'protocol' &&
        to !== null &&
        !isType &&
        !['protocol', 'report', 'presets'].includes(folderOf(to)),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps React, stores and Node out of the core', () => {
    const wrong = imports.filter(
      ({ from, specifier }) => core.includes(folderOf(from)) && /^(react|zustand|node:|idb|@base-ui)/.test(specifier),
    );
    expect(wrong).toEqual([]);
  });
});
