/**
 * `npm run parity -- FILE...`: our networks, samplers and metrics against numbers of PyTorch's. Prints the
 * largest relative error of each tensor; exit code 1 when one is over its tolerance. Without FILE: tests/golden, tests/networks.
 * FILE: of any kind in tests/golden/README.md; golden_nets.json is slow. --skip NAME: not this file of those. --backend cpu|wasm|webgpu: by default wasm, with the
 * CPU for gradients. --models FOLDER: weights from the files of a preset's folder, such as `npm run import` makes, in the place
 * of hash-made ones. --truth FOLDER: what the pictures of a perceptual.json are measured against, by name; by default
 * tests/images/hr and the data's evalpack.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { oneOf } from './arguments.ts';
import { checkFile } from './parity/check-file.ts';
import { folderWeights } from './parity/folder-weights.ts';

/** The public reference's files, and the trainer's own. */
const folders = ['golden', 'networks'].map((name) => resolve(import.meta.dirname, '../tests', name));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string' },
    skip: { type: 'string' },
    models: { type: 'string' },
    truth: { type: 'string' },
  },
});
const backend =
  values.backend === undefined ? undefined : oneOf('--backend', values.backend, ['cpu', 'wasm', 'webgpu'] as const);
const weights = values.models === undefined ? undefined : folderWeights(values.models);
const kept = folders.map(async (folder) =>
  (await readdir(folder))
    .filter((name) => /\.(safetensors|json)$/.test(name) && name !== values.skip)
    .sort()
    .map((name) => join(folder, name)),
);
const files = positionals.length > 0 ? positionals : (await Promise.all(kept)).flat();

let failures = 0;
for (const file of files) {
  const started = performance.now();
  try {
    const { rows, kind, backend: used, unchecked } = await checkFile(file, backend, { weights, truth: values.truth });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`\n${file}: ${kind}, on ${used}, ${seconds} s`);
    for (const { name, error, tolerance } of rows) {
      const ok = error <= tolerance;
      if (!ok) failures++;
      console.log(
        `  ${ok ? 'ok  ' : 'FAIL'} ${error.toExponential(2).padStart(9)} ≤ ${tolerance.toExponential(0)}  ${name}`,
      );
    }
    if (unchecked.length > 0) console.log(`  not checked here: ${unchecked.join(', ')}`);
  } catch (error) {
    failures++;
    console.log(`\n${file}: ${error instanceof Error ? error.message : error}`);
  }
}
const peak = process.resourceUsage().maxRSS / 1024;
console.log(`\nPeak memory of this process: ${peak.toFixed(0)} MB.`);
console.log(failures === 0 ? '\nAll within tolerance.' : `\n${failures} over tolerance or failed.`);
process.exit(failures === 0 ? 0 : 1);
