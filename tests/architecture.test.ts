import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { moduleGraph } from './support/module-graph.ts';

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

const isTest = (path: string) => /\.test\.tsx?$/.test(path);
const graph = moduleGraph(src);
const files = graph.files.filter((path) => !isTest(path));
const imports = graph.imports.filter(({ from }) => !isTest(from));
const folderOf = (path: string) => path.split('/')[0] ?? '';

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
    const loaded = graph.closure(files.filter((path) => ['app', 'features', 'store'].includes(folderOf(path))));
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
