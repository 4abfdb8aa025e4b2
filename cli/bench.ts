/**
 * `npm run bench`: our kernels against tfjs's stock ops, the same work in turns in one run on one device. Prints times,
 * counts and ratios; then what needs no such comparison, where the time of a tile goes among it; with --json also as a file.
 * Stock ops run as tfjs would run them, but on a backend that frees and uploads as ours does, so that the ratios are of the
 * kernels alone.
 */
import { spawnSync } from 'node:child_process';
import { adapterName, findAdapter } from '../src/gpu/device.ts';
import { presetNames, presets } from '../src/presets/presets.ts';
import { fail, oneOf, parsed, positiveInteger } from './arguments.ts';
import { nodeGpu, openNodeBackend } from './backend.ts';
import { besideOthersInBrowser, browserAdapters } from './bench/browser.ts';
import { compareDiscriminators } from './bench/discriminators.ts';
import { growth } from './bench/growth.ts';
import { halfPrecision } from './bench/half.ts';
import { appendHistory } from './bench/history.ts';
import { type BenchRow, type Cost, compare, type Finding } from './bench/measure.ts';
import { besideOthers } from './bench/outside.ts';
import { besidePeers } from './bench/peers.ts';
import { plannedPictures } from './bench/plan.ts';
import { compareSteps, profileKernels } from './bench/profile.ts';
import { replayed } from './bench/replay.ts';
import { starts } from './bench/start.ts';
import { withAndWithoutSubgroups } from './bench/subgroups.ts';
import { printTable } from './bench/table.ts';
import { wasmRates } from './bench/wasm.ts';
import { coTraining, fixtureIteration, residualBlock, upscaling } from './bench/workloads.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run bench -- [options]
  --preset   compact | paper                        (compact)
  --size     side of the tile, LR pixels               (64 on a GPU, 16 on a software adapter)
  --crop     side of the training crop, LR pixels      (64 on a GPU, 16 on a software adapter)
  --repeats  times that each piece is measured         (20 on a GPU, 2 on a software adapter)
  --only     comma-separated (all): upscale, teacher, block, fixture, train against stock; replay, steps, kernels, training, half, growth, discriminators,
             subgroups, plan, outside, peers, wasm, browser, start
  --largest  side of growth's and plan's largest picture, LR pixels (1024 on a GPU, 320 on a software adapter)
  --adapter  swiftshader | gpu, of the browser          (as here: software or not)
  --hardware refuse a software adapter
  --json     file to write
  --history  file to put a line behind: version, commit, adapter, ratios and counts`;

/** In the order they run: the last ones, from subgroups on, open backends of their own. */
const kinds = [
  'upscale',
  'teacher',
  'block',
  'fixture',
  'train',
  'replay',
  'steps',
  'kernels',
  'training',
  'half',
  'growth',
  'discriminators',
  'subgroups',
  'plan',
  'outside',
  'peers',
  'wasm',
  'browser',
  'start',
] as const;

function parse() {
  const text = { type: 'string' } as const;
  return parsed(usage, {
    options: {
      preset: { ...text, default: 'compact' },
      size: text,
      crop: text,
      repeats: text,
      largest: text,
      adapter: text,
      only: { ...text, default: kinds.join() },
      json: text,
      history: text,
      hardware: { type: 'boolean', default: false },
    },
  }).values;
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
  const name = oneOf('--preset', values.preset, presetNames);
  const preset = presets[name];
  const asked = values.only.split(',').map((kind) => oneOf('--only', kind, kinds));
  const wanted = kinds.filter((kind) => asked.includes(kind));
  const chosen = values.adapter === undefined ? undefined : oneOf('--adapter', values.adapter, browserAdapters);
  if (!(await findAdapter(await nodeGpu()).catch(() => null)))
    fail('The bench measures a WebGPU adapter, and there is none here: no graphics driver was found.');
  const backend = await openNodeBackend('webgpu');
  const isSoftware = backend.adapter?.isSoftware ?? true;
  const adapter = backend.adapter ? adapterName(backend.adapter) : '';
  if (values.hardware && isSoftware) fail(`The only WebGPU adapter here is software: ${adapter}.`);
  const given = (option: 'size' | 'crop' | 'repeats' | 'largest', software: number, gpu: number, most: number) =>
    Math.max(1, positiveInteger(`--${option}`, values[option] ?? String(isSoftware ? software : gpu), most));
  const [size, crop] = [given('size', 16, 64, 256), given('crop', 16, 64, 512)];
  const repeats = given('repeats', 2, 20, 1000);
  const largest = given('largest', 320, 1024, 4096);
  const browserAdapter = chosen ?? (isSoftware ? 'swiftshader' : 'gpu');
  console.log(`${adapter}; ${name}, tile ${size} px, crop ${crop} px, fastest of ${repeats}`);

  const workloads = {
    upscale: () => upscaling('one-step upscaling', preset, size, 'one-step'),
    teacher: () => upscaling('teacher, 15 steps', preset, size, 'deterministic'),
    block: () => residualBlock('residual block, forward and back', preset, size),
    fixture: () => fixtureIteration('co-training iteration of the fixture'),
    train: () => coTraining('co-training iteration', preset, { crop }),
  };
  const findings = {
    replay: () => replayed(backend, preset, { side: size, crop, repeats }),
    steps: () => compareSteps(backend, workloads.upscale(), workloads.teacher()),
    kernels: () => profileKernels(backend, workloads.upscale()),
    training: () => profileKernels(backend, coTraining('iteration', preset, { crop })),
    half: () => halfPrecision(backend, name, size, repeats),
    discriminators: () => compareDiscriminators(backend, preset, crop, repeats),
    growth: () => growth(backend, preset, { side: size, doublings: isSoftware ? 1 : 3, pictureTile: 64, largest }),
    subgroups: () => withAndWithoutSubgroups(preset, crop, repeats),
    plan: () => plannedPictures({ preset: name, largest, repeats }),
    outside: () => besideOthers({ backend: 'wasm', preset: name, tile: size, repeats }),
    peers: () => besidePeers({ backend: 'wasm', preset: name, tile: given('size', 64, 64, 256), repeats }),
    wasm: () => {
      const [tile, repeats] = [given('size', 64, 64, 256), given('repeats', 9, 9, 1000)];
      return wasmRates({ preset: name, tile, repeats });
    },
    browser: () => besideOthersInBrowser({ backend: 'webgpu', preset: name, tile: size, repeats }, browserAdapter),
    start: () => starts(browserAdapter, repeats),
  };
  const rows: BenchRow[] = [];
  const found = new Map<keyof typeof findings, Finding>();
  for (const kind of wanted) {
    process.stderr.write(`${kind} …\n`);
    if (kind in workloads) rows.push(...(await compare(backend, workloads[kind as keyof typeof workloads](), repeats)));
    else found.set(kind as keyof typeof findings, await findings[kind as keyof typeof findings]());
  }
  if (rows.length > 0) print(rows);
  for (const finding of found.values()) finding.print();
  if (values.history !== undefined) {
    const { status, stdout } = spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' });
    const commit = status === 0 ? stdout.trim() : null;
    await appendHistory(values.history, commit, { adapter, preset: name, size, crop, rows, findings: found });
  }
  if (values.json !== undefined) {
    const result = {
      adapter,
      preset: name,
      size,
      crop,
      repeats,
      rows,
      ...Object.fromEntries([...found].map(([kind, { json }]) => [kind, json])),
    };
    await writeFileWhole(values.json, new TextEncoder().encode(`${JSON.stringify(result, null, 2)}\n`));
  }
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
