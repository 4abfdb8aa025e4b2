/**
 * `npm run parity -- FILE...`: our networks and samplers against numbers of the public PyTorch reference. Prints the
 * largest relative error of each tensor; exit code 1 when one is over its tolerance. Without FILE: tests/golden.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, oneOf } from './arguments.ts';
import { checkFile } from './parity/check-file.ts';

const golden = resolve(import.meta.dirname, '../tests/golden');
const { values, positionals } = parseArgs({ allowPositionals: true, options: { backend: { type: 'string' } } });
const backend =
  values.backend === undefined ? undefined : oneOf('--backend', values.backend, ['cpu', 'wasm', 'webgpu'] as const);
const names = positionals.length > 0 ? positionals : (await readdir(golden)).sort().map((name) => join(golden, name));
const files = names.filter((name) => name.endsWith('.safetensors'));
if (files.length === 0) fail('Usage: npm run parity -- FILE.safetensors... [--backend cpu|wasm|webgpu]', 2);

let failures = 0;
for (const file of files) {
  const started = performance.now();
  try {
    const { rows, kind, backends } = await checkFile(file, backend);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`\n${file}: ${kind}, on ${backends}, ${seconds} s`);
    for (const { name, error, tolerance } of rows) {
      const ok = error <= tolerance;
      if (!ok) failures++;
      console.log(
        `  ${ok ? 'ok  ' : 'FAIL'} ${error.toExponential(2).padStart(9)} ≤ ${tolerance.toExponential(0)}  ${name}`,
      );
    }
  } catch (error) {
    failures++;
    console.log(`\n${file}: ${error instanceof Error ? error.message : error}`);
  }
}
console.log(failures === 0 ? '\nAll within tolerance.' : `\n${failures} over tolerance or failed.`);
process.exit(failures === 0 ? 0 : 1);
