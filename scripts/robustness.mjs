/**
 * `npm run robustness`: reads the corpus of pictures by page and command line and gives damaged input to every reader, and
 * writes the figures into the tables of docs/robustness.md. `--soak FILE` takes those of `npm run soak` (soak.json) besides, of
 * several where it is given again, and `--only soak` those alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './browser.mjs';

const { values } = parseArgs({ options: { soak: { type: 'string', multiple: true }, only: { type: 'string' } } });
const page = 'docs/robustness.md';
const folder = mkdtempSync(join(tmpdir(), 'cosr-figures-'));

function measure(command) {
  const env = { ...process.env, FIGURES: folder, CHROMIUM_PATH: ensureBrowser() };
  const { status } = spawnSync('npx', ['--no-install', ...command], {
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command.join(' ')} failed: the tables are as they were.`);
}

const row = (cells) => `| ${cells.join(' | ')} |`;
const count = (number) => number.toLocaleString('en-US');
const sum = (rows, name) => rows.reduce((total, figures) => total + figures[name], 0);

function picturesTable(figures) {
  const titles = { png: 'PNG', bmp: 'BMP', jpg: 'JPEG', webp: 'WebP', gif: 'GIF', avif: 'AVIF' };
  const columns = ['files', 'agree', 'refused', 'differ'];
  const all = Object.values(figures);
  return [
    row(['format', 'files', 'agree', 'refused by both', 'differ']),
    row(['---', '--:', '--:', '--:', '--:']),
    ...Object.entries(figures).map(([kind, counts]) =>
      row([titles[kind] ?? kind, ...columns.map((name) => counts[name])]),
    ),
    row(['all', ...columns.map((name) => sum(all, name))]),
  ];
}

function mutationsTable(figures) {
  const all = Object.values(figures);
  const cells = ({ inputs, read, refused, longest }) => [inputs, read, refused, longest];
  const total = { inputs: sum(all, 'inputs'), read: sum(all, 'read'), refused: sum(all, 'refused') };
  const longest = Math.max(...all.map((kind) => kind.longest));
  return [
    row(['reader', 'inputs', 'read', 'refused', 'longest message, characters']),
    row(['---', '--:', '--:', '--:', '--:']),
    ...Object.entries(figures).map(([kind, counts]) => row([kind, ...cells(counts)])),
    row(['all', ...cells({ ...total, longest })]),
  ];
}

function soakTable({ minutes, machine, started, subjects, parts }) {
  const named = (outcome) => Object.keys(parts).filter((name) => parts[name] === outcome);
  const outcomes = ['passed', 'failed'].filter((outcome) => named(outcome).length > 0);
  const said = outcomes.map((outcome) => `${outcome}: ${named(outcome).join(', ')}`).join('; ');
  return [
    `${minutes} minutes were asked for on ${started.slice(0, 10)}, ${machine}; ${said}.`,
    '',
    row(['subject', 'figures']),
    row(['---', '---']),
    ...subjects.map(({ subject, figures }) =>
      row([
        subject,
        Object.entries(figures)
          .map(([name, value]) => `${name} ${typeof value === 'number' ? count(value) : value}`)
          .join(', '),
      ]),
    ),
  ];
}

/** Puts lines between the marks of a table. */
function write(name, lines) {
  const [begin, end] = [`<!-- ${name}: npm run robustness -->`, `<!-- end of ${name} -->`];
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no marks "${begin}" and "${end}": put them back.`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${text.slice(to)}`);
}

try {
  if (values.only !== 'soak') {
    measure(['vitest', 'run', '--project', 'fast', 'tests/mutations.test.ts']);
    measure(['playwright', 'test', '--project', 'wasm', '--workers', '1', 'e2e/pictures.spec.ts']);
    for (const [name, table] of [
      ['pictures', picturesTable],
      ['mutations', mutationsTable],
    ])
      write(name, table(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))));
  }
  const soaks = values.soak ?? ['soak.json'].filter((file) => existsSync(file));
  const missing = soaks.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`${missing}: there is no such file; npm run soak makes it.`);
  const tables = soaks.map((file) => soakTable(JSON.parse(readFileSync(file, 'utf8'))));
  const spaced = tables.flatMap((table, i) => (i > 0 ? ['', ...table] : table));
  if (spaced.length > 0) write('soak', spaced);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
