/** Recorded work beside the same through tfjs, tiles and iterations: the time of the code until the GPU has its commands, and the counts. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../src/gpu/backend.ts';
import { type Counts, countsBetween } from '../../src/gpu/counters.ts';
import type { Recordings } from '../../src/gpu/replay.ts';
import type { Repeated } from '../../src/gpu/work.ts';
import { noiseDraws, type SamplingMethod, upscaleTile } from '../../src/paper/upscale.ts';
import { latentChannels } from '../../src/presets/architecture.ts';
import type { ModelPreset } from '../../src/presets/presets.ts';
import type { TrainingRun } from '../../src/training/run.ts';
import { uniform } from '../../tests/support/hashed.ts';
import type { Finding } from './measure.ts';
import { printTable } from './table.ts';
import { networks, trainingRun } from './workloads.ts';

/** Fastest of the repeats, milliseconds. */
interface Times {
  /** From a tile's pixels and noise, or an iteration's crops, to the last submit. */
  readonly toSubmit: number;
  /** All of the code's, without the device's own part of the submits: what is encoded ahead, too. */
  readonly code: number;
  /** Until the result is there. */
  readonly all: number;
}

type Side = Times & Counts;

interface ReplayRow {
  readonly name: string;
  readonly own: Side;
  readonly stock: Side;
  /** Stock's time to submit ÷ ours. */
  readonly ratio: number;
}

/** When the device was last handed something, and how long that took in all. */
class SubmitClock {
  last = 0;
  spent = 0;

  constructor(queue: GPUQueue) {
    const submit = queue.submit.bind(queue);
    queue.submit = (buffers) => {
      this.last = performance.now();
      submit(buffers);
      this.spent += performance.now() - this.last;
    };
  }
}

/** Some work: all of it is submitted when `start` resolves, and then `done` is waited for. */
interface Sample {
  readonly name: string;
  start(number: number): Promise<{ readonly done: Promise<unknown> }>;
}

async function measure(
  backend: Backend,
  clock: SubmitClock,
  start: () => ReturnType<Sample['start']>,
  known: Times | null,
): Promise<Side> {
  const before = backend.counts();
  clock.spent = 0;
  const started = performance.now();
  const { done } = await start();
  const code = performance.now() - started - clock.spent;
  const toSubmit = clock.last - started;
  await done;
  const now: Times = { toSubmit, code, all: performance.now() - started };
  const least = (name: keyof Times) => Math.min(now[name], known?.[name] ?? Number.POSITIVE_INFINITY);
  return {
    ...countsBetween(before, backend.counts()),
    ...{ toSubmit: least('toSubmit'), code: least('code'), all: least('all') },
  };
}

function tileSample(recordings: Recordings, work: (number: number) => Repeated, name: string): Sample {
  return { name, start: async (number) => ({ done: recordings.run(work(number)) }) };
}

/** The crop and the teacher's sample of it are there from the second iteration on. */
function iterationSample(run: TrainingRun): Sample {
  return {
    name: 'co-training iteration',
    async start() {
      const iteration = await run.begin();
      const row = run.complete(iteration);
      return { done: row.finally(() => run.discard(iteration)) };
    },
  };
}

export async function replayed(
  backend: Backend,
  preset: ModelPreset,
  { side, crop, repeats }: { readonly side: number; readonly crop: number; readonly repeats: number },
): Promise<Finding> {
  const recordings = backend.recordings as Recordings;
  const clock = new SubmitClock((backend.device as GPUDevice).queue);
  const used = await networks(preset);
  const tile = (method: SamplingMethod, number: number): Repeated => {
    const draws = noiseDraws(method, used.schedule);
    const channels = latentChannels(preset.autoencoder);
    const run = (y: tf.Tensor, noise: tf.Tensor) => upscaleTile(used, y as tf.Tensor4D, noise as tf.Tensor4D, method);
    const inputs = [
      { data: uniform(`picture ${number}`, side * side * 3, 1), shape: [1, side, side, 3] },
      { data: uniform(`noise ${number}`, draws * side * side * channels, 1.7), shape: [draws, side, side, channels] },
    ];
    return { owner: used, name: method, spare: Number.POSITIVE_INFINITY, inputs, run };
  };
  const training = await trainingRun(preset, { crop }, recordings);
  const rows: ReplayRow[] = [];
  for (const { name, start } of [
    tileSample(recordings, (number) => tile('one-step', number), 'one-step'),
    tileSample(recordings, (number) => tile('deterministic', number), `teacher, ${used.schedule.steps} steps`),
    iterationSample(training.run),
  ]) {
    let [own, stock]: (Side | null)[] = [null, null];
    // The first two compile, and record.
    for (let repeat = -2; repeat < repeats; repeat++) {
      recordings.enabled = false;
      const plain = await measure(backend, clock, () => start(repeat), stock);
      recordings.enabled = true;
      const again = await measure(backend, clock, () => start(repeat), own);
      if (repeat >= 0) [own, stock] = [again, plain];
    }
    const [ours, theirs] = [own, stock] as [Side, Side];
    rows.push({ name, own: ours, stock: theirs, ratio: theirs.toSubmit / ours.toSubmit });
  }
  const { bytes } = recordings;
  recordings.clear();
  training.dispose();
  used.autoencoder.params.dispose();
  used.unet.params.dispose();
  const ratios = Object.fromEntries(rows.map(({ name, ratio }) => [name, ratio]));
  return { json: { rows, bytes }, ratios, print: () => printReplays(rows, bytes) };
}

const milliseconds = (value: number) => value.toFixed(2);

function printReplays(rows: readonly ReplayRow[], bytes: number): void {
  const line = (name: string, { toSubmit, code, all, dispatches, submits, buffers, bytes, writes }: Side) => [
    name,
    ...[toSubmit, code, all].map(milliseconds),
    ...[dispatches, submits, buffers, bytes, writes].map(String),
  ];
  console.log('');
  printTable([
    ['work', 'ms to submit', 'ms of code', 'ms in all', 'dispatches', 'submits', 'buffers', 'bytes', 'writes', 'ratio'],
    ...rows.flatMap(({ name, own, stock, ratio }) => [
      [...line(`${name}, replayed`, own), `${ratio.toFixed(1)}×`],
      [...line('through tfjs', stock), ''],
    ]),
  ]);
  console.log(`\nHeld by these recordings: ${(bytes / 1e6).toFixed(1)} MB`);
}
