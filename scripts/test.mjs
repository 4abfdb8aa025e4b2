/**
 * The test suite, cheapest first; stops at the first step that fails. `npm test` runs every subject on one backend; `npm test -- all`
 * has in addition what repeats it: on the second backend and adapter, with the shipped networks, again and again, and the page's
 * journeys (`@long`) whose steps the tests of its sessions assert; `npm test -- types fast` runs those steps only; `unit` stands for
 * fast, numeric and gpu.
 */
import { spawn } from 'node:child_process';
import { ensureBrowser } from './browser.mjs';

const npx = (...args) => ['npx', '--no-install', ...args];
/** One step of the paper's networks at their full width: a minute. */
const fullSize = 'one_step_full_size.safetensors';
/** Vitest's projects (vitest.config.ts). */
const testKinds = ['fast', 'numeric', 'gpu'];
/**
 * `isRepeat`: asserts again what earlier steps assert of one backend, one method, one round; in `all` alone. `isBeside`: runs beside the steps after it,
 * up to one that has to be alone.
 */
const steps = [
  { name: 'types', command: npx('tsc', '-b') },
  { name: 'lint', command: npx('biome', 'check', '--error-on-warnings', '.') },
  { name: 'cycles', command: ['npm', 'run', '--silent', 'cycles'] },
  { name: 'knip', command: npx('knip') },
  ...testKinds.map((kind) => ({ name: kind, command: npx('vitest', 'run', '--project', `${kind}*`) })),
  { name: 'build', command: npx('vite', 'build', '--logLevel', 'warn') },
  { name: 'size', command: ['node', 'scripts/sizes.mjs'] },
  { name: 'trainer', command: ['node', 'scripts/test-trainer.mjs'], isBeside: true },
  { name: 'parity', command: ['npm', 'run', '--silent', 'parity', '--', '--skip', fullSize] },
  {
    name: 'full-size',
    command: ['npm', 'run', '--silent', 'parity', '--', `tests/golden/${fullSize}`],
    isRepeat: true,
  },
  { name: 'browser', command: npx('playwright', 'test', '--project', 'wasm', '--grep-invert', '@long') },
  { name: 'long', command: npx('playwright', 'test', '--project', 'wasm', '--grep', '@long'), isRepeat: true },
  { name: 'webgpu', command: npx('playwright', 'test', '--project', 'webgpu'), isRepeat: true },
  { name: 'timed', command: npx('playwright', 'test', '--project', 'timed', '--workers', '1'), isAlone: true },
];

const args = process.argv.slice(2);
const wanted = args.flatMap((name) => {
  if (name === 'all') return steps.map((step) => step.name);
  return name === 'unit' ? testKinds : [name];
});
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `No such step: ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}; all of them: all.`,
  );
  process.exit(2);
}
const chosen = steps.filter(({ name, isRepeat }) => (wanted.length > 0 ? wanted.includes(name) : !isRepeat));
// Where it is set, unit tests repeat on a second backend or adapter (tests/support/gpu.ts), and endure (tests/support/soak.ts).
if (args.includes('all')) process.env.CI ??= '1';

// The browser also brings the software Vulkan driver that the WebGPU unit tests use: have it before anything runs.
const needsBrowser = chosen.some(({ name }) => ['gpu', 'browser', 'long', 'webgpu', 'timed'].includes(name));
try {
  if (needsBrowser) process.env.CHROMIUM_PATH = ensureBrowser();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

/** Runs a step. The output of one beside others comes at its end, in one piece. Returns its process, and the promise of its status. */
function run({ name, command: [program, ...args], isBeside }) {
  const started = Date.now();
  if (!isBeside) console.log(`\n▶ ${name}`);
  const stdio = ['ignore', isBeside ? 'pipe' : 'inherit', isBeside ? 'pipe' : 'inherit'];
  const child = spawn(program, args, { stdio, shell: process.platform === 'win32' });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => said.push(part));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const finish = async () => {
    const status = await ended;
    if (isBeside) process.stdout.write(`\n▶ ${name}\n${Buffer.concat(said)}`);
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    console.log(status === 0 ? `✓ ${name} (${seconds} s)` : `✗ ${name} failed (exit ${status}).`);
    return status;
  };
  return { child, finished: finish() };
}

const beside = [];
const failed = () => {
  for (const { child } of beside) child.kill();
  process.exit(1);
};
for (const step of chosen) {
  if (step.isAlone) for (const { finished } of beside.splice(0)) if ((await finished) !== 0) failed();
  const running = run(step);
  if (step.isBeside) beside.push(running);
  else if ((await running.finished) !== 0) failed();
  if (step.name === 'build') process.env.PAGE_IS_BUILT = '1';
}
for (const { finished } of beside) if ((await finished) !== 0) failed();
console.log(`\nAll ${chosen.length} steps passed: ${chosen.map((step) => step.name).join(', ')}.`);
