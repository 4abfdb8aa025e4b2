/**
 * The built page's sizes. Its first load must stay light: all that index.html pulls in, gzipped, without the engine's worker. `npm run sizes`
 * writes the table of docs/hosting.md (`--write`), with the repository and what `npm ci` brings.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const limit = 250 * 1024;
const page = 'docs/hosting.md';
const { values } = parseArgs({ options: { write: { type: 'boolean' } } });

const html = readFileSync('dist/index.html', 'utf8');
const named = (pattern) => [...html.matchAll(pattern)].map(([, path]) => path);
const scripts = named(/(?:src|href)="\.?\/?(assets\/[^"]+\.js)"/g);
const gzipped = (path) => gzipSync(readFileSync(join('dist', path))).length;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const total = sum(scripts.map(gzipped));
for (const path of scripts) console.log(`${(gzipped(path) / 1024).toFixed(1).padStart(8)} KB  ${path}`);
console.log(`${(total / 1024).toFixed(1).padStart(8)} KB  initial JavaScript, gzipped (limit ${limit / 1024} KB)`);
if (scripts.length === 0 || total > limit) process.exit(1);

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => ({
      path: join(parentPath, name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    }))
    .map(({ path }) => ({ path, bytes: statSync(join(folder, path)).size }));

/** Parts of the folder, and when a visit loads them: a file belongs to the first whose pattern its path has. */
const first = new Set(['index.html', 'theme.js', ...named(/(?:src|href)="\.?\/?(assets\/[^"]+)"/g)]);
const parts = [
  ['the page before the engine', (path) => first.has(path), 'at once'],
  ['ONNX Runtime', (path) => path.startsWith('assets/ort'), 'with the first ONNX file'],
  ['AVIF decoder', (path) => path.startsWith('assets/avif'), 'with the first AVIF picture'],
  [
    'networks: autoencoder and ours',
    (path) => /compact\/(manifest|autoencoder|ours\.)/.test(path),
    'for the first picture',
  ],
  ['networks: all other roles', (path) => path.startsWith('models/compact/'), 'by the method or run that needs them'],
  ['LPIPS and NIQE', (path) => path.startsWith('models/metrics/'), 'with the first score'],
  ['UpscalerJS’s ESRGANs', (path) => path.startsWith('models/outside/'), 'by the method'],
  ['gallery', (path) => path.startsWith('gallery/'), 'a picture at a time'],
  ['recorded run', (path) => path.startsWith('recordings/'), 'on Train, when it is opened'],
  [
    'engine, pages, backends, fonts, samples, icons',
    () => true,
    'by need; after the first picture all, for visits offline',
  ],
];

function built() {
  const files = filesIn('dist').map((file) => ({ ...file, part: parts.findIndex(([, has]) => has(file.path)) }));
  const rows = parts.map(([title, , when], part) => {
    const own = files.filter((file) => file.part === part);
    return [title, own.length, sum(own.map(({ bytes }) => bytes)), when];
  });
  return [...rows, ['**the folder `dist`**', files.length, sum(files.map(({ bytes }) => bytes)), '']];
}

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26 });

function repository() {
  const tracked = git('ls-files', '-z').split('\0').filter(Boolean);
  const packages = filesIn('node_modules');
  return [
    ['files of the repository', tracked.length, sum(tracked.map((path) => statSync(path).size)), 'with the clone'],
    [
      'its history',
      '',
      Number(git('rev-list', '--disk-usage', '--objects', 'HEAD')),
      'with the clone; not with `--depth 1`',
    ],
    ['`node_modules`', packages.length, sum(packages.map(({ bytes }) => bytes)), 'with `npm ci`'],
  ];
}

if (values.write) {
  const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
  const rows = [...built(), ...repository()].map(
    ([title, files, bytes, when]) => `| ${title} | ${files.toLocaleString('en-US')} | ${megabytes(bytes)} | ${when} |`,
  );
  const table = ['| | files | MB | loaded |', '| --- | ---: | ---: | --- |', ...rows].join('\n');
  const [begin, end] = ['<!-- sizes: npm run sizes -->', '<!-- end of sizes -->'];
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no marks "${begin}" and "${end}": put them back.`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`);
  console.log(table);
}
