import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { finish, TrainingIteration } from '../training/step.ts';
import { differenceColours, panelAtlas, scoreColours } from './panels.ts';

const row = (channels: number, ...values: number[]) => tf.tensor4d(values, [1, 1, values.length / channels, channels]);

describe('colours', () => {
  beforeAll(async () => {
    await openNodeBackend('cpu');
  });

  it('of a difference are black where both are equal, and white from a difference of 1 on, whichever is larger', () => {
    const a = row(3, 0.25, 0.25, 0.25, 1, 0, -1);
    const b = row(3, 0.25, 0.25, 0.25, -1, 1, -0.75);
    expect([...differenceColours(a, b).dataSync()]).toEqual([0, 0, 0, 1, 1, 0.25]);
  });

  it('of scores go from orange for fake over grey to blue for real, and no further', () => {
    const data = scoreColours(row(1, -2, 0, 2, 50)).dataSync();
    const [fake, none, real, more] = [0, 3, 6, 9].map((at) => [...data.subarray(at, at + 3)] as number[]);
    expect(fake?.[0]).toBeGreaterThan(fake?.[2] ?? 1);
    expect(real?.[2]).toBeGreaterThan(real?.[0] ?? 1);
    expect(none?.[0]).toBeCloseTo(240 / 255, 5);
    expect(more).toEqual(real);
  });
});

describe('the sheet of an iteration', { timeout: 300_000 }, () => {
  it('has every picture in its place, in range, and leaves nothing else behind', async () => {
    await openNodeBackend('wasm');
    const { run, batch } = await loadFixture('iteration_efficientnet');
    const iteration = new TrainingIteration(run, batch, 0);
    await finish(iteration);
    const before = tf.memory().numTensors;
    const { pixels, places } = panelAtlas(iteration);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(places.map(({ name }) => name).sort()).toEqual(
      [
        'difference',
        'hrFake',
        'hrReal',
        'yHat',
        'lr',
        'lrFake',
        'lrReal',
        'prior',
        'student',
        'target',
        'truth',
      ].sort(),
    );
    const [height, width] = pixels.shape;
    expect(height).toBe(places.reduce((sum, place) => sum + place.height, 0));
    expect(width).toBe(batch.x.shape[2]);
    const values = pixels.dataSync();
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    // The head on the pixels halves them, that on the first block doesn't.
    expect(places.find(({ name }) => name === 'lrReal')).toMatchObject({ width: 16, height: 16 });
    // y as it was given, in its place.
    const lr = places.find(({ name }) => name === 'lr');
    const given = batch.lr.dataSync()[0] / 2 + 0.5;
    expect(values[(lr?.y ?? 0) * width * 3]).toBeCloseTo(given, 5);
  });
});
