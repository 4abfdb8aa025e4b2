/**
 * `npm run bench`: our kernels against tfjs's stock ops, the same work in turns in one run on one device. Prints times,
 * counts and ratios, then where the time of a tile goes, program by program; with --json also as a file. Stock ops run as tfjs would run them, but on a backend that frees and
 * uploads as ours does, so that the ratios are of the kernels alone.
 */
import { parseArgs } from 'node:util';
import { presets } from '../src/presets/presets.ts';
import { fail, oneOf, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { type HalfPrecision, halfPrecision, printHalf } from './bench/half.ts';
import { type BenchRow, type Cost, compare } from './bench/measure.ts';
import { type KernelProfile, printKernels, profileKernels } from './bench/profile.ts';
import { printTable } from './bench/table.ts';
import { coTraining, residualBlock, upscaling } from './bench/workloads.ts';
import { writeFileWhole } from './image-file.ts';

const usage = `Usage: npm run bench -- [options]
  --preset   nano | mini | paper                       (nano)
  --size     side of the tile, LR pixels               (64 on a GPU, 16 on a software adapter)
  --crop     side of the training crop, LR pixels      (64 on a GPU, 16 on a software adapter)
  --repeats  times that each piece is measured         (20 on a GPU, 2 on a software adapter)
  --only     upscale | teacher | block | train | kernels | half, comma-separated (all)
  --json     file to write`;

const kinds = ['upscale', 'teacher', 'block', 'train', 'kernels', 'half'] as const;

function parse() {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({
      options: {
        preset: { ...text, default: 'nano' },
        size: text,
        crop: text,
        repeats: text,
        only: { ...text, default: kinds.join() },
        json: text,
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}\n${usage}`, 2);
  }
}

const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });

function print(rows: readonly BenchRow[]): void {
  const columns = (cost: Cost) => [cost.ms, cost.dispatches, cost.submits, cost.buffers, cost.maps].map(number);
  const head = ['ms', 'dispatches', 'submits', 'buffers', 'maps'];
  printTable([
    ['', ...head.map((name) => `own ${name}`), ...head.map((name) => `stock ${name}`), 'ratio'],
    ...rows.map(({ name, own, stock, ratio }) => [name, ...columns(own), ...columns(stock), `${ratio.toFixed(2)}×`]),
  ]);
}

async function main(): Promise<void> {
  const values = parse();
  if (values.help) {
    console.log(usage);
    return;
  }
  const name = oneOf('--preset', values.preset, ['nano', 'mini', 'paper'] as const);
  const preset = presets[name];
  const wanted = values.only.split(',').map((kind) => oneOf('--only', kind, kinds));
  const backend = await openNodeBackend('webgpu');
  const isSoftware = backend.adapter?.isSoftware ?? true;
  const given = (option: 'size' | 'crop' | 'repeats', software: number, gpu: number, most: number) =>
    Math.max(1, positiveInteger(`--${option}`, values[option] ?? String(isSoftware ? software : gpu), most));
  const [size, crop] = [given('size', 16, 64, 256), given('crop', 16, 64, 512)];
  const repeats = given('repeats', 2, 20, 1000);
  const { description, vendor, architecture, device } = backend.adapter ?? { description: '' };
  const adapter = description || [vendor, architecture, device].filter(Boolean).join(' ');
  console.log(`${adapter}; ${name}, tile ${size} px, crop ${crop} px, fastest of ${repeats}`);

  const workloads = {
    upscale: () => upscaling('one-step upscaling', preset, size, 'one-step'),
    teacher: () => upscaling('teacher, 15 steps', preset, size, 'chain'),
    block: () => residualBlock('residual block, forward and back', preset, size),
    train: () => coTraining('co-training iteration', preset, crop),
  };
  const rows: BenchRow[] = [];
  let kernels: KernelProfile | null = null;
  let half: HalfPrecision | null = null;
  for (const kind of wanted) {
    process.stderr.write(`${kind} …\n`);
    if (kind === 'kernels') kernels = await profileKernels(backend, workloads.upscale());
    else if (kind === 'half') half = await halfPrecision(backend, preset, size, repeats);
    else rows.push(...(await compare(backend, workloads[kind](), repeats)));
  }
  if (rows.length > 0) print(rows);
  if (kernels) printKernels(kernels);
  else if (wanted.includes('kernels')) console.log('This adapter keeps no time of single programs.');
  if (half) printHalf(half);
  else if (wanted.includes('half')) console.log('This adapter has no half precision.');
  if (values.json !== undefined) {
    const result = { adapter, preset: name, size, crop, repeats, rows, kernels, half };
    await writeFileWhole(values.json, new TextEncoder().encode(`${JSON.stringify(result, null, 2)}\n`));
  }
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
