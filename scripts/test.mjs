/**
 * The whole test suite, cheapest first; stops at the first step that fails. `npm test -- types fast` runs those steps
 * only; `unit` stands for fast, numeric and gpu.
 */
import { spawnSync } from 'node:child_process';
import { ensureBrowser } from './browser.mjs';

const npx = (...args) => ['npx', '--no-install', ...args];
/** Vitest's projects (vitest.config.ts). */
const testKinds = ['fast', 'numeric', 'gpu'];
const steps = [
  { name: 'types', command: npx('tsc', '-b') },
  { name: 'lint', command: npx('biome', 'check', '--error-on-warnings', '.') },
  { name: 'cycles', command: ['npm', 'run', '--silent', 'cycles'] },
  { name: 'knip', command: npx('knip') },
  ...testKinds.map((kind) => ({ name: kind, command: npx('vitest', 'run', '--project', `${kind}*`) })),
  { name: 'build', command: npx('vite', 'build', '--logLevel', 'warn') },
  { name: 'size', command: ['node', 'scripts/check-size.mjs'] },
  { name: 'trainer', command: ['node', 'scripts/test-trainer.mjs'] },
  { name: 'parity', command: ['npm', 'run', '--silent', 'parity'] },
  { name: 'browser', command: npx('playwright', 'test', '--project', 'wasm', '--project', 'webgpu') },
  { name: 'timed', command: npx('playwright', 'test', '--project', 'timed', '--workers', '1') },
];

const wanted = process.argv.slice(2).flatMap((name) => (name === 'unit' ? testKinds : [name]));
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}
const chosen = wanted.length > 0 ? steps.filter((step) => wanted.includes(step.name)) : steps;

// The browser also brings the software Vulkan driver that the WebGPU unit tests use: have it before anything runs.
const needsBrowser = chosen.some(({ name }) => ['gpu', 'browser', 'timed'].includes(name));
try {
  if (needsBrowser) process.env.CHROMIUM_PATH = ensureBrowser();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

for (const { name, command } of chosen) {
  const started = Date.now();
  console.log(`\n▶ ${name}`);
  const [program, ...args] = command;
  const { status } = spawnSync(program, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`✗ ${name} failed (exit ${status}).`);
    process.exit(1);
  }
  if (name === 'build') process.env.PAGE_IS_BUILT = '1';
  console.log(`✓ ${name} (${((Date.now() - started) / 1000).toFixed(0)} s)`);
}
console.log(`\nAll ${chosen.length} steps passed: ${chosen.map((step) => step.name).join(', ')}.`);
