/**
 * `npm run ratios`: what an iteration costs with the diffusion G, with the convolutional G and for SinSR, in turns in one run,
 * as ratios beside Table III of the paper. There the teacher samples anew in each iteration; here its samples are used again,
 * so both are told: with a sample of each iteration's own, and without.
 */
import { join, resolve } from 'node:path';
import { learningModels, loadTrainingNetworks } from '../src/engine/runtime/training-networks.ts';
import { environmentOf } from '../src/engine/training/training-session.ts';
import type { Backend } from '../src/gpu/backend.ts';
import { flushGpu } from '../src/gpu/custom-op.ts';
import { readTrainingConfig } from '../src/paper/config.ts';
import { trainingPresets } from '../src/presets/cotraining.ts';
import { presetNames } from '../src/presets/presets.ts';
import { TrainingRun } from '../src/training/run.ts';
import { fail, oneOf, parsed, positiveInteger } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { directoryModelSource, shippedFolder } from './model-directory.ts';
import { folderPictures } from './train/pictures.ts';
import { writeFileWhole } from './whole-file.ts';

const usage = `Usage: npm run ratios -- [options]
  --preset   compact | paper                        (compact)
  --crop     side of the training crop, LR pixels      (16)
  --repeats  iterations of each; the fastest counts    (3)
  --data     folder of HR pictures                     (tests/images/hr)
  --models   folder holding the presets' folders       (public/models)
  --backend  auto | webgpu | wasm                      (auto)
  --json     file to write`;

/** Rows of Table III by the presets' names: seconds an iteration on an A100. */
const paper: Readonly<Record<string, number>> = {
  'SinSR baseline': 4.55,
  'Both, conv G': 4.24,
  'Both, diffusion G': 6.63,
};

interface Cost {
  readonly name: string;
  /** Milliseconds, the fastest: the crop and the teacher's sample of it; all phases that learn. */
  teacher: number;
  learning: number;
}

function parse() {
  const text = { type: 'string' } as const;
  return parsed(usage, {
    options: {
      preset: { ...text, default: 'compact' },
      crop: { ...text, default: '16' },
      repeats: { ...text, default: '3' },
      data: { ...text, default: resolve(import.meta.dirname, '../tests/images/hr') },
      models: { ...text, default: resolve(import.meta.dirname, '../public/models') },
      backend: { ...text, default: 'auto' },
      json: text,
    },
  }).values;
}

async function done(backend: Backend): Promise<void> {
  flushGpu();
  await backend.device?.queue.onSubmittedWorkDone();
}

/** One iteration on a crop that the run has not seen. */
async function iterate(backend: Backend, run: TrainingRun, cost: Cost, isCounted: boolean): Promise<void> {
  const started = performance.now();
  const iteration = await run.begin();
  await done(backend);
  const begun = performance.now();
  await run.complete(iteration);
  await done(backend);
  const ended = performance.now();
  run.discard(iteration);
  if (!isCounted) return;
  cost.teacher = Math.min(cost.teacher, begun - started);
  cost.learning = Math.min(cost.learning, ended - begun);
}

function print(costs: readonly Cost[]): void {
  const [sinsr] = costs;
  if (!sinsr) return;
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  const all = ({ teacher, learning }: Cost) => teacher + learning;
  console.log('| | s, learning | s, with the teacher | ÷ SinSR, learning | ÷ SinSR, with the teacher | Table III |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const cost of costs) {
    const ratios = [cost.learning / sinsr.learning, all(cost) / all(sinsr)].map((ratio) => ratio.toFixed(2));
    const theirs = (paper[cost.name] / paper[sinsr.name]).toFixed(2);
    const cells = [cost.name, seconds(cost.learning), seconds(all(cost)), ...ratios, theirs];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

async function main(): Promise<void> {
  const values = parse();
  const preset = oneOf('--preset', values.preset, presetNames);
  const crop = positiveInteger('--crop', values.crop, 512);
  const repeats = Math.max(1, positiveInteger('--repeats', values.repeats, 1000));
  const { training } = await folderPictures(values.data);
  const backend = await openNodeBackend(oneOf('--backend', values.backend, ['auto', 'webgpu', 'wasm'] as const));
  const { adapter } = environmentOf(backend, '');
  console.log(`${adapter || backend.kind}; ${preset}, crop ${crop} px, batch 1, fastest of ${repeats}`);

  const source = directoryModelSource(join(values.models, preset));
  const manifest = await source.manifest();
  const settings = { crop, window: crop / 2, pool: 100_000 };
  const sources = { preset: source, folders: shippedFolder };
  const { models, teacher, start } = await loadTrainingNetworks(sources, readTrainingConfig(settings));
  const chosen = Object.keys(paper).map((name) => trainingPresets.find((each) => each.name === name));
  const runs = chosen.flatMap((row) => {
    if (!row) return [];
    const config = readTrainingConfig({ ...settings, ...row.settings });
    const own = { ...models, ...learningModels(manifest, config) };
    const cost: Cost = { name: row.name, teacher: Number.POSITIVE_INFINITY, learning: Number.POSITIVE_INFINITY };
    return [{ run: new TrainingRun(preset, own, teacher, training, config, start, backend.recordings), cost }];
  });
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const { run, cost } of runs) {
      process.stderr.write(`${cost.name}, ${repeat === 0 ? 'warming up' : `${repeat} of ${repeats}`} …\n`);
      await iterate(backend, run, cost, repeat > 0);
    }
  }
  const costs = runs.map(({ cost }) => cost);
  print(costs);
  if (values.json !== undefined) {
    const result = { adapter: adapter || backend.kind, preset, crop, repeats, costs };
    await writeFileWhole(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
}

main().then(
  () => process.exit(0),
  (error) => fail(error instanceof Error ? error.message : String(error)),
);
