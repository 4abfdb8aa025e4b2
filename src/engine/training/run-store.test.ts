/** Runs and their checkpoints on disk; here the disk is memory, and a checkpoint has no tensors. */
import { beforeEach, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { defaultConfig, type TrainingConfig } from '../../paper/config.ts';
import { mostRuns } from '../../protocol/train.ts';
import { packRow } from '../../report/metrics-log.ts';
import { Files } from '../storage/files.ts';
import { checkpointPath, folderOf } from './run-index.ts';
import { RunStore } from './run-store.ts';
import type { StoredRun } from './stored-run.ts';
import { latestCheckpoints, mostPinned } from './stored-run.ts';

const checkpoint = (step: number, config: TrainingConfig = defaultConfig) =>
  writeSafetensors([], {
    format: 'cosr-training-1',
    preset: 'compact',
    step: String(step),
    config: JSON.stringify(config),
    updates: '{"student":1}',
  });
const row = (step: number) =>
  packRow(
    { step, losses: {}, scores: {}, accuracies: {}, pixelStd: {}, termGrads: {}, termShares: {}, gradNorms: {} },
    {},
  );
const steps = (run: StoredRun) => run.summary.checkpoints.map(({ step }) => step);

let files: Files;
let store: RunStore;
beforeEach(async () => {
  files = new Files();
  store = new RunStore(files);
  await store.load();
});

const begin = () => store.begin('compact', defaultConfig, null);

/** A run with a checkpoint after each of so many iterations. */
async function run(count: number): Promise<StoredRun> {
  const kept = begin();
  for (let step = 1; step <= count; step++) {
    (await kept.rows()).push(row(step - 1));
    await kept.save(checkpoint(step), step);
  }
  return kept;
}

/** As the next visit finds it. */
async function nextVisit(): Promise<RunStore> {
  const next = new RunStore(files);
  await next.load();
  return next;
}

describe('a stored run', () => {
  it('takes no room before its first checkpoint, and is found by the next visit after it', async () => {
    const kept = begin();
    expect(store.summaries).toEqual([]);
    expect(await files.list('training/runs')).toEqual([]);
    await kept.save(checkpoint(3), 3);
    expect((await nextVisit()).summaries).toEqual([kept.summary]);
  });

  it('keeps the latest checkpoints and the pinned ones', async () => {
    const kept = await run(3);
    await kept.pin(1, true);
    for (const step of [4, 5, 6]) await kept.save(checkpoint(step), step);
    expect(steps(kept)).toEqual([1, 4, 5, 6]);
    expect(await files.list(`${folderOf(kept.id)}/checkpoints`)).toHaveLength(latestCheckpoints + 1);
    await kept.pin(1, false);
    await kept.save(checkpoint(7), 7);
    expect(steps(kept)).toEqual([5, 6, 7]);
  });

  it('has only so many pinned ones', async () => {
    const kept = await run(1);
    for (let step = 2; step <= mostPinned + 1; step++) {
      await kept.pin(step - 1, true);
      await kept.save(checkpoint(step), step);
    }
    await expect(kept.pin(mostPinned + 1, true)).rejects.toThrow(/unpin or delete one first/);
  });

  it('goes back to a checkpoint and its settings, and forgets what came after', async () => {
    const kept = await run(2);
    await kept.edit({ ...defaultConfig, learningRate: 1 }, 0);
    await kept.save(checkpoint(3, kept.config), 3);
    await kept.pin(3, true);
    await kept.rewind(2);
    expect(steps(kept)).toEqual([1, 2]);
    expect(kept.config).toEqual(defaultConfig);
    expect(await files.read(checkpointPath(kept.id, 3))).toBeNull();
    expect((await kept.rows()).last('step', 9)).toEqual([0, 1]);
    await expect(kept.rewind(3)).rejects.toThrow('There is no checkpoint of iteration 3.');
  });

  it('changes nothing when the checkpoint to go back to is damaged', async () => {
    const kept = await run(3);
    await files.write(checkpointPath(kept.id, 2), new Blob(['no checkpoint']));
    const before = kept.summary;
    await expect(kept.rewind(2)).rejects.toThrow(/safetensors/);
    expect(kept.summary).toEqual(before);
  });

  it('never loses the checkpoint that it goes on from', async () => {
    const kept = await run(2);
    await expect(kept.discard(2)).rejects.toThrow(/newest checkpoint/);
    await kept.discard(1);
    expect(steps(kept)).toEqual([2]);
    expect(steps((await nextVisit()).get(kept.id))).toEqual([2]);
  });

  it('keeps edited settings without a new checkpoint', async () => {
    const kept = await run(1);
    await kept.edit({ ...defaultConfig, lambdaHr: 1 }, 0);
    expect((await nextVisit()).summaries[0]?.config.lambdaHr).toBe(1);
  });
});

describe('a run’s index', () => {
  it.each(['', '{"id":', '[]', '{"preset":"compact","config":{"seed":-1}}'])(
    'is made anew from the files where it is damaged: %j',
    async (text) => {
      const kept = await run(5);
      await kept.pin(3, true);
      await files.write(`${folderOf(kept.id)}/run.json`, new Blob([text]));
      const found = (await nextVisit()).get(kept.id);
      expect(steps(found)).toEqual([3, 4, 5]);
      // The index that names the pinned ones is gone: none may go by itself.
      expect(found.summary.checkpoints.every(({ pinned }) => pinned)).toBe(true);
      expect(found.config).toEqual(defaultConfig);
      expect((await found.rows()).last('step', 9)).toEqual([0, 1, 2, 3, 4]);
    },
  );

  it('forgets files that are gone, and finds those that it does not name', async () => {
    const kept = await run(3);
    await files.remove(checkpointPath(kept.id, 2));
    await files.write(checkpointPath(kept.id, 9), checkpoint(9));
    expect(steps((await nextVisit()).get(kept.id))).toEqual([1, 3, 9]);
  });

  it('with nothing beside it goes', async () => {
    await files.write('training/runs/broken/run.json', new Blob(['{}']));
    expect((await nextVisit()).summaries).toEqual([]);
    expect(await files.list('training/runs')).toEqual([]);
  });
});

describe('several runs', () => {
  it('come with the last saved one first; a fork leaves the old one as it is', async () => {
    const first = await run(4);
    const fork = await store.fork(first.id, 3);
    expect(fork.summary).toMatchObject({ parent: { run: first.id, step: 3 }, preset: 'compact' });
    expect([steps(first), steps(fork)]).toEqual([[2, 3, 4], [3]]);
    expect((await fork.rows()).last('step', 9)).toEqual([0, 1, 2]);
    expect((await first.rows()).last('step', 9)).toEqual([0, 1, 2, 3]);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await first.save(checkpoint(5), 5);
    const next = await nextVisit();
    expect(next.summaries.map(({ id }) => id)).toEqual([first.id, fork.id]);
    await next.delete(first.id);
    expect((await nextVisit()).summaries.map(({ id }) => id)).toEqual([fork.id]);
  });

  it('are not more than can be kept', async () => {
    for (let i = 0; i < mostRuns; i++) await run(1);
    expect(begin).toThrow(`${mostRuns} runs are kept, which is the most: delete one first.`);
    await expect(store.adopt(checkpoint(1), null)).rejects.toThrow(/delete one first/);
    expect(store.summaries).toHaveLength(mostRuns);
  });

  it('take a checkpoint’s file as a run of its own', async () => {
    const adopted = await store.adopt(checkpoint(12, { ...defaultConfig, seed: 9 }), null);
    expect(adopted.summary).toMatchObject({ preset: 'compact', config: { seed: 9 }, parent: null });
    expect(adopted.saved).toBe(12);
  });
});
