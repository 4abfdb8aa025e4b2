/**
 * `npm run parity -- FILE...`: our networks, samplers and metrics against numbers of PyTorch's. Prints the largest relative error of
 * each tensor; exit code 1 when one is over its tolerance.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { oneOf, parsed } from './arguments.ts';
import { checkFile } from './parity/check-file.ts';
import { folderWeights } from './parity/folder-weights.ts';

const usage = `Usage: npm run parity -- [options] [FILE...]
  FILE       of any kind in tests/golden/README.md; golden_nets.json is slow       (tests/golden, tests/networks)
  --skip     name of a file of those that is left out
  --backend  cpu | wasm | webgpu                                                    (wasm, the CPU for gradients)
  --models   folder of a preset's files, such as \`npm run import\` makes            (hash-made weights)
  --truth    folder of the pictures that a perceptual.json is measured against      (tests/images/hr and the data's evalpack)`;

/** The public reference's files, and the trainer's own. */
const folders = ['golden', 'networks'].map((name) => resolve(import.meta.dirname, '../tests', name));

function parse() {
  return parsed(usage, {
    allowPositionals: true,
    options: {
      backend: { type: 'string' },
      skip: { type: 'string' },
      models: { type: 'string' },
      truth: { type: 'string' },
    },
  });
}

const { values, positionals } = parse();
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
