/** Crops that can't be had: whatever was made for them is freed. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, loadFixture } from '../../tests/cotraining/load.ts';
import { openNodeBackend } from '../../tests/support/backend.ts';
import { picture, small } from '../../tests/support/small-run.ts';
import { Params } from '../nn/params.ts';
import { CropPool } from './crops.ts';
import { HeldOut } from './held-out.ts';

describe('crops that fail', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    await openNodeBackend('wasm');
    fixture = await loadFixture('iteration_default');
  });

  /** The first attempt leaves what the pool keeps, the second one nothing more. */
  async function leavesNothing(attempt: () => Promise<unknown>, message: RegExp): Promise<void> {
    await expect(attempt()).rejects.toThrow(message);
    const tensors = tf.memory().numTensors;
    await expect(attempt()).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  }

  /** Pictures of which one can be read. */
  function fading() {
    let asked = 0;
    const read = async () => {
      asked++;
      if (asked > 1) throw new Error('It is gone.');
      return picture();
    };
    return { count: 2, picture: read };
  }

  it('leave no tensor of a batch behind that lacks one', async () => {
    const teacher = fixture.run.learners.get('student')?.network.params as Params;
    const pool = new CropPool(fixture.run.models, teacher, fading(), { ...small, batch: 2, freshChains: true });
    await leavesNothing(() => pool.batch(0), /It is gone/);
    pool.dispose();
  });

  it('leave no noise behind of a chain that the teacher can’t sample', async () => {
    const source = { count: 1, picture: async () => picture() };
    const pool = new CropPool(fixture.run.models, new Params(new Map()), source, small);
    await leavesNothing(() => pool.batch(0), /has no parameter/);
    pool.dispose();
  });

  it('leave none of the held-out ones before them', async () => {
    await leavesNothing(() => HeldOut.prepare(fixture.run.models, fading(), small, null), /It is gone/);
  });
});
