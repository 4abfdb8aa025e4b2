/**
 * Endurance for as long as one likes: `npm run soak -- --minutes N` (30). Training and upscaling that are killed, devices that
 * are lost, tabs that crash, storage that is full or evicted, many pictures in one process; each prints a line of figures. The
 * same tests run in a short form in `npm test -- all`.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './browser.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes takes a number above 0; "${values.minutes}" is not.`);
  process.exit(2);
}
const node = ['cli/soak.numeric.test.ts', 'src/engine/training/device-lost.gpu.test.ts'];
const env = { ...process.env, SOAK_MINUTES: String(minutes), CHROMIUM_PATH: ensureBrowser() };
const run = (...args) =>
  spawnSync('npx', ['--no-install', ...args], { stdio: 'inherit', env, shell: process.platform === 'win32' }).status;
const failed = [
  run('vitest', 'run', '--project', 'numeric', '--project', 'gpu', '--no-file-parallelism', ...node),
  run('playwright', 'test', '--project', 'wasm', '--workers', '1', 'e2e/soak.spec.ts'),
].filter((status) => status !== 0);
process.exit(failed.length === 0 ? 0 : 1);
