/** `npm run export`: a preset's upscaler as an ONNX file, for other runtimes and tools. The file is written whole or not at all. */
import { join, resolve } from 'node:path';
import { exportUpscaler } from '../src/engine/export/upscaler.ts';
import { presetNames } from '../src/presets/presets.ts';
import { methods } from '../src/report/methods.ts';
import { fail, oneOf, parsed, positiveInteger } from './arguments.ts';
import { checkExport } from './export/check.ts';
import { directoryModelSource } from './model-directory.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run export -- --onnx [options]
  --preset  compact | paper                        (compact)
  --method  ${methods.join(' | ')}          (the first that the weights offer)
  --models  folder holding the presets' folders       (public/models)
  --tile    LR pixels a side that the file takes      (64)
  --fp16    store weights as float16: half the bytes; they are computed with as float32
  --seed    fix the noise to that of this seed, so that the picture is the only input
  --check   run a tile through the file, in onnxruntime, and through our own inference, and compare
  --backend auto | webgpu | wasm: our own inference for --check  (auto)
  --out     file to write                             (PRESET-METHOD-TILE.onnx)`;

function parse() {
  return parsed(usage, {
    options: {
      onnx: { type: 'boolean', default: false },
      preset: { type: 'string', default: 'compact' },
      method: { type: 'string', default: 'auto' },
      models: { type: 'string', default: resolve(import.meta.dirname, '../public/models') },
      tile: { type: 'string', default: '64' },
      fp16: { type: 'boolean', default: false },
      seed: { type: 'string' },
      check: { type: 'boolean', default: false },
      backend: { type: 'string', default: 'auto' },
      out: { type: 'string' },
    },
  }).values;
}

async function main(): Promise<void> {
  const values = parse();
  if (!values.onnx) fail(usage, 2);
  const preset = oneOf('--preset', values.preset, presetNames);
  const backend = oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const);
  const seed = values.seed === undefined ? null : positiveInteger('--seed', values.seed, 2 ** 32 - 1);
  if (values.out && !values.out.endsWith('.onnx')) fail(`${values.out}: the file's name must end in .onnx.`, 2);
  const source = directoryModelSource(join(values.models, preset));
  const exported = await exportUpscaler(source, {
    method: oneOf('--method', values.method, ['auto', ...methods] as const),
    tile: positiveInteger('--tile', values.tile, 1024),
    weights: values.fp16 ? 'float16' : 'float32',
    noiseSeed: seed,
  });
  const { file, method, tile } = exported;
  const out = values.out ?? `${preset}-${method}-${tile}.onnx`;
  const checked = values.check ? await checkExport(exported, source, { preset, seed: seed ?? 42, backend }) : null;
  await writeFileWhole(out, file.stream());
  console.log(`${out}: ${method}, ${preset} weights, tiles of ${tile} px, ${(file.size / 1e6).toFixed(1)} MB`);
  if (checked) console.log(checked);
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
