/**
 * `npm run train -- --preset P --steps N`: the page's trainer without the page. Each iteration's row goes to metrics.jsonl at
 * once; the checkpoint is written whole, so a run that was killed goes on from the last one, to the bit.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { DeviceLostError, unlessLost } from '../src/engine/runtime/errors.ts';
import { Lpips, metricsFolder } from '../src/engine/runtime/metrics.ts';
import { loadTrainingNetworks } from '../src/engine/runtime/training-networks.ts';
import { environmentOf } from '../src/engine/training/training-session.ts';
import type { Backend } from '../src/gpu/backend.ts';
import { editTrainingConfig, readTrainingConfig } from '../src/paper/config.ts';
import type { IterationRow } from '../src/paper/names.ts';
import { atlasWithFixed, FixedCrop } from '../src/training/fixed-crop.ts';
import { HeldOut, type Score } from '../src/training/held-out.ts';
import { histogramsOf } from '../src/training/panels.ts';
import { TrainingRun } from '../src/training/run.ts';
import { fail } from './arguments.ts';
import { openNodeBackend } from './backend.ts';
import { directoryModelSource, shippedFolder } from './model-directory.ts';
import { readOptions, type TrainOptions } from './train/options.ts';
import { folderPictures } from './train/pictures.ts';
import { RunFolder } from './train/run-folder.ts';

const say = (text: string) => process.stderr.write(`${text}\n`);

/** The run, new or as its checkpoint has it, and the backend it runs on. */
async function openRun(
  options: TrainOptions,
  folder: RunFolder,
): Promise<{ run: TrainingRun; backend: Backend; heldOut: HeldOut | null; fixed: FixedCrop | null }> {
  // Told before weights are loaded.
  if (!options.resume) await folder.checkNew();
  const checkpoint = options.resume ? await folder.open() : null;
  const config = checkpoint?.config ?? readTrainingConfig(options.settings);
  const preset = checkpoint?.preset ?? options.preset;
  const pictures = await folderPictures(options.data, options.heldOut);
  const backend = await openNodeBackend(options.backend);
  say(`${backend.reason}${backend.adapter ? ` (${backend.adapter.description})` : ''}`);
  const sources = { preset: directoryModelSource(join(options.models, preset)), folders: shippedFolder };
  // A checkpoint brings every network.
  const wanted = checkpoint ? { ...config, partnerStart: 'fresh' as const, studentStart: 'teacher' as const } : config;
  const { models, teacher, start } = await loadTrainingNetworks(sources, wanted);
  const run = new TrainingRun(preset, models, teacher, pictures.training, config, start, backend.recordings);
  if (checkpoint) {
    await run.restore(checkpoint);
    run.edit(editTrainingConfig(run.config, options.settings));
    await folder.rewind(run.step);
  } else {
    await run.prepare();
    await folder.save(await run.checkpoint());
  }
  await folder.describe(environmentOf(backend, `Node.js ${process.versions.node}, ${cpus()[0]?.model ?? 'CPU'}`));
  const measures = options.evaluate > 0 && pictures.heldOut.count > 0;
  const lpips = measures ? await Lpips.load(shippedFolder(metricsFolder)) : null;
  return {
    run,
    backend,
    heldOut: measures ? await HeldOut.prepare(models, pictures.heldOut, config, lpips?.measure ?? null) : null,
    fixed: options.pictures > 0 ? await FixedCrop.prepare(models, pictures.heldOut, config) : null,
  };
}

function progress({ step, losses, termShares }: IterationRow, seconds: number, steps: number, rate: number): string {
  const shown = (['student', 'downsampler', 'dHR', 'dLR'] as const)
    .filter((name) => losses[name] !== undefined)
    .map((name) => `${name} ${losses[name]?.toFixed(4)}`);
  const shares = Object.entries(termShares).map(([name, share]) => `${name} ${(100 * share).toPrecision(2)} %`);
  const left = (steps - step - 1) / rate;
  return `iteration ${step + 1} of ${steps}: ${shown.join(', ')}; of the gradient ${shares.join(', ') || 'nothing yet'}; ${seconds.toFixed(2)} s each, ${left.toFixed(0)} s left`;
}

/** Iterations after which only crops that are new take more memory. */
const settling = 3;

function memoryText(backend: Backend): string {
  const { tensors, bytes, gpuBytes } = backend.memory();
  return `${tensors} tensors, ${gpuBytes ?? bytes} bytes`;
}

/** @throws one sentence; DeviceLostError at once, where waiting for the device might not end */
async function main(options: TrainOptions): Promise<void> {
  const folder = new RunFolder(options.folder);
  const opened = await openRun(options, folder);
  await unlessLost(opened.backend.lost, train(options, folder, opened));
}

async function train(
  options: TrainOptions,
  folder: RunFolder,
  { run, backend, heldOut, fixed }: Awaited<ReturnType<typeof openRun>>,
): Promise<void> {
  let stopping = false;
  process.once('SIGINT', () => {
    stopping = true;
    say('\nStopping after this iteration; once more to stop at once.');
  });

  const [first, started] = [run.step, performance.now()];
  let saved = run.step;
  let settled: string | null = null;
  const save = async () => {
    if (saved === run.step) return;
    await folder.save(await run.checkpoint());
    saved = run.step;
  };
  const evaluate = async () => {
    const student = run.learners.get('student');
    if (!heldOut || !student || run.step % options.evaluate !== 0) return;
    const score = await heldOut.measure(student);
    await folder.appendHeldOut(run.step, { student: score, bicubic: heldOut.bicubic });
    const text = ({ psnrY, lpips }: Score) =>
      `${psnrY.toFixed(2)} dB${lpips === undefined ? '' : `, LPIPS ${lpips.toFixed(4)}`}`;
    say(`\nheld out after ${run.step}: ${text(score)}; bicubic ${text(heldOut.bicubic)}`);
  };
  const iterate = async (): Promise<IterationRow> => {
    const iteration = await run.begin();
    try {
      const row = await run.complete(iteration);
      if (options.pictures > 0 && row.step % options.pictures === 0) {
        await atlasWithFixed({ run, iteration, fixed }, async ({ pixels, places }, scores) => {
          const histograms = histogramsOf(iteration).map(({ name, shares }) => ({ name, shares: [...shares] }));
          const frame = { step: row.step, places, histograms, fixed: scores };
          await folder.appendPictures(frame, (await pixels.data()) as Float32Array);
        });
      }
      return row;
    } finally {
      run.discard(iteration);
    }
  };
  if (run.step === 0) await evaluate();
  while (run.step < options.steps && !stopping) {
    const row = await iterate();
    await folder.append(row);
    await evaluate();
    if (run.step - first === settling) settled = memoryText(backend);
    if (run.step % options.every === 0) await save();
    const each = (performance.now() - started) / 1000 / (run.step - first);
    const line = progress(row, each, options.steps, 1 / each);
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    else if (run.step % options.every === 0 || run.step === options.steps) say(line);
  }
  await save();
  if (process.stderr.isTTY) say('');
  const now = memoryText(backend);
  const early = settled && settled !== now ? ` (${settled} after ${settling} iterations)` : '';
  console.log(`${options.folder}: ${run.step} iterations, ${run.pool.targets} teacher samples; ${now}${early}.`);
}

const options = await readOptions(process.argv.slice(2));
main(options).then(
  () => process.exit(0),
  (error) => {
    const next = error instanceof DeviceLostError ? ` Go on from the checkpoint with --resume ${options.folder}.` : '';
    fail(`${error instanceof Error ? error.message : error}${next}`);
  },
);
