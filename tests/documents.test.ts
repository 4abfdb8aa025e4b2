/** Documents and help texts lead somewhere: links, their anchors, and the files that are named in passing. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const filesOf = (folder: string, pattern: RegExp): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // Hidden folders are caches and runs.
    if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : filesOf(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'public', 'src', 'tests', 'trainer'].flatMap((folder) => filesOf(folder, /\.md$/)),
];
/** Their help texts and comments name documents and sources. */
const programs = ['cli', 'scripts', 'src', 'trainer'].flatMap((folder) => filesOf(folder, /\.(tsx?|mjs|sh|py|toml)$/));

/** Written by a command that documents tell of. */
const made = ['docs/peers.md'];

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/^ {4}.*$/gm, '');

/** As GitHub names a heading. */
const anchorOf = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replace(/ /g, '-');

const anchorsOf = (path: string): Set<string> => {
  const text = withoutCode(textOf(path));
  const headings = [...text.matchAll(/^#+ +(.+?) *$/gm)].map(([, heading = '']) => anchorOf(heading));
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id)]);
};

describe('documents', () => {
  it('link to files and headings that are there', () => {
    const broken = documents.flatMap((path) =>
      [...withoutCode(textOf(path)).matchAll(/\]\(([^()\s]+)\)/g)].flatMap(([, target = '']) => {
        if (/^[a-z]+:/.test(target)) return [];
        const [file = '', anchor] = target.split('#');
        const to = file === '' ? path : join(dirname(path), file);
        if (!existsSync(join(root, to))) return [`${path}: ${target}`];
        return anchor === undefined || !to.endsWith('.md') || anchorsOf(to).has(anchor) ? [] : [`${path}: ${target}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('and programs name files that are there', () => {
    const named =
      /(?<![\w./-])(?:src|cli|e2e|scripts|tests|trainer|docs)\/[\w./-]*\.(?:tsx?|py|md|mjs|toml|sh)(?![\w-])/g;
    const missing = [...documents, ...programs].flatMap((path) =>
      [...textOf(path).matchAll(named)].flatMap(([name]) => {
        const places = [root, dirname(join(root, path))].map((folder) => join(folder, name));
        return /NAME/.test(name) ||
          made.includes(name) ||
          places.some((place) => existsSync(place) && statSync(place).isFile())
          ? []
          : [`${path}: ${name}`];
      }),
    );
    expect(missing).toEqual([]);
  });

  it('name no source that is not there, by however little of its path', () => {
    const folders = ['cli', 'e2e', 'scripts', 'src', 'tests', 'trainer'];
    const sources = [...readdirSync(root), ...folders.flatMap((folder) => filesOf(folder, /./))].map(
      (path) => `/${path}`,
    );
    const missing = documents.flatMap((path) =>
      [...textOf(path).matchAll(/`([\w./-]+\.(?:tsx?|py|mjs|toml|sh))`/g)].flatMap(([, name = '']) =>
        /NAME/.test(name) || sources.some((source) => source.endsWith(`/${name.replace(/^(?:\.\.?\/)+/, '')}`))
          ? []
          : [`${path}: ${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
});
