/** Whole training runs on the fixture's tiny networks, for tests. */
import { expect } from 'vitest';
import type { Backend } from '../../src/gpu/backend.ts';
import type { Recordings } from '../../src/gpu/replay.ts';
import { type FloatImage, floatImage } from '../../src/imaging/image.ts';
import { RandomStream } from '../../src/imaging/random.ts';
import { readTrainingConfig, type TrainingConfig } from '../../src/paper/config.ts';
import type { IterationRow } from '../../src/paper/names.ts';
import type { Models } from '../../src/paper/networks.ts';
import { convolutionalDownsampler } from '../../src/presets/cotraining.ts';
import { openCheckpoint } from '../../src/training/checkpoint.ts';
import type { PictureSource } from '../../src/training/crops.ts';
import { TrainingRun } from '../../src/training/run.ts';
import type { Fixture } from '../cotraining/load.ts';

/** Waves and noise, 96 × 80. */
export function picture(): FloatImage {
  const image = floatImage(96, 80, 3);
  const random = new RandomStream(7);
  image.data.forEach((_, i) => {
    image.data[i] = Math.sin(i / 50) * 0.7 + (random.uniform() - 0.5) * 0.3;
  });
  return image;
}
const pictures = { count: 1, picture: async () => picture() };

/** The cheaper G, D's from scratch, two crops. */
export const small = readTrainingConfig({
  seed: 5,
  downsampler: 'convolutional',
  pool: 2,
  learningRate: 1e-3,
  degradation: 'bicubic',
});
/** The fixture's networks, with the cheaper G; its student is the teacher here. */
export function newRun(
  { run }: Fixture,
  config: TrainingConfig = small,
  source: PictureSource = pictures,
  recordings: Recordings | null = null,
): TrainingRun {
  const models: Models = {
    ...run.models,
    downsampler: { kind: 'convolutional', config: convolutionalDownsampler(run.models.autoencoder.config, 'pixels') },
  };
  const teacher = run.learners.get('student')?.network.params;
  if (!teacher) throw new Error('The fixture has no student.');
  return new TrainingRun('tiny', models, teacher, source, config, {}, recordings);
}

/** Everything of a row that is a function of configuration and seed. */
const lasting = ({ timing: _, ...row }: IterationRow) => row;

/** The rows of `count` iterations, without times. */
async function rows(run: TrainingRun, count: number): Promise<ReturnType<typeof lasting>[]> {
  const found = [];
  for (let i = 0; i < count; i++) found.push(lasting(await run.iterate()));
  return found;
}

/**
 * A run repeats itself to the bit, goes on from a checkpoint to the bit, and leaves no tensor behind.
 *
 * @throws an assertion of Vitest's
 */
export async function checkRepeats(backend: Backend, fixture: Fixture): Promise<void> {
  const begun = () => newRun(fixture, small, pictures, backend.recordings);
  const run = begun();
  const first = await rows(run, 2);
  const checkpoint = await run.checkpoint();
  await rows(run, 1);
  const before = backend.memory();
  const third = await rows(run, 1);
  expect(backend.memory()).toEqual(before);
  run.dispose();

  const again = begun();
  expect(await rows(again, 2)).toEqual(first);
  await again.restore(await openCheckpoint(checkpoint));
  expect(again.step).toBe(2);
  expect((await rows(again, 2))[1]).toEqual(third[0]);
  again.dispose();
  expect(third[0]?.losses.student).not.toBe(first[0]?.losses.student);
}
