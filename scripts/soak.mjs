/**
 * Endurance for as long as one likes: `npm run soak -- --minutes N --out FILE` (30, soak.json). Training and upscaling that are
 * killed, devices that are lost, tabs that crash, storage that is full or evicted, many pictures and iterations in one process;
 * each prints a line of figures, and now and then how far it is. FILE is written anew after every part, so that one that was
 * stopped has what was measured until then. `--only PART` gives all of the minutes to one part. The same tests run in a short form
 * in `npm test -- all`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './browser.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    out: { type: 'string', default: 'soak.json' },
    only: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0; "${values.minutes}" is not.`);
  process.exit(2);
}

const vitest = (file, name) => ['vitest', 'run', '--no-file-parallelism', file, '-t', name];
const browser = (project, spec) => [
  'playwright',
  'test',
  '--project',
  project,
  '--workers',
  '1',
  '--retries',
  '0',
  spec,
];
const lost = 'again and again';
/** Subjects share the minutes (tests/support/soak.ts). */
const all = [
  { name: 'command line', subjects: 2, command: vitest('cli/soak.numeric.test.ts', 'of the command line') },
  { name: 'long training', subjects: 1, command: vitest('cli/soak.numeric.test.ts', 'of a long training') },
  { name: 'devices in training', subjects: 1, command: vitest('src/engine/training/device-lost.gpu.test.ts', lost) },
  { name: 'devices in upscaling', subjects: 1, command: vitest('src/engine/upscale/tiled-upscale.gpu.test.ts', lost) },
  { name: 'page', subjects: 3, command: browser('wasm', 'e2e/soak.spec.ts') },
  { name: 'page on WebGPU', subjects: 1, command: browser('webgpu', 'e2e/webgpu-soak.spec.ts') },
];
const parts = all.filter(({ name }) => values.only === undefined || name === values.only);
if (parts.length === 0) {
  console.error(`--only takes one of ${all.map(({ name }) => `"${name}"`).join(', ')}; "${values.only}" is none.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'cosr-soak-'));
const lines = join(folder, 'figures.jsonl');
writeFileSync(lines, '');
const env = {
  ...process.env,
  SOAK_MINUTES: String(minutes),
  SOAK_SUBJECTS: String(parts.reduce((sum, { subjects }) => sum + subjects, 0)),
  SOAK_LINES: lines,
  CHROMIUM_PATH: ensureBrowser(),
};
const started = Date.now();
const report = {
  minutes,
  started: new Date(started).toISOString(),
  machine: `${cpus()[0]?.model.trim() ?? arch()}, ${availableParallelism()} cores, ${platform()}`,
  parts: {},
  subjects: [],
};
for (const { name, command } of parts) {
  const passed = (Date.now() - started) / 60_000;
  console.log(`\n▶ ${name}, after ${passed.toFixed(1)} of about ${minutes} min`);
  const { status } = spawnSync('npx', ['--no-install', ...command], {
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  });
  report.parts[name] = status === 0 ? 'passed' : 'failed';
  report.subjects = readFileSync(lines, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
}
rmSync(folder, { recursive: true });
for (const { subject, figures } of report.subjects) {
  const listed = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(`${subject}: ${listed.join(', ')}`);
}
const failed = Object.keys(report.parts).filter((name) => report.parts[name] !== 'passed');
console.log(`${values.out}: ${failed.length === 0 ? 'all parts passed' : `failed: ${failed.join(', ')}`}.`);
process.exit(failed.length === 0 ? 0 : 1);
