/** Runs and their checkpoints on disk; here the disk is memory, and a checkpoint has no tensors. */
import { beforeEach, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { defaultConfig, type TrainingConfig } from '../../paper/config.ts';
import type { PanelName } from '../../paper/names.ts';
import { mostRuns } from '../../protocol/train.ts';
import { packRow } from '../../report/metrics-log.ts';
import { longestNotes, mostPins, type PinnedPicture } from '../../report/run-record.ts';
import { Files } from '../storage/files.ts';
import { checkpointPath, folderOf, pinPath } from './run-index.ts';
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

const pin = (step: number, panel: PanelName, caption = ''): PinnedPicture => ({
  step,
  panel,
  caption,
  image: new Blob([`${panel} at ${step}`], { type: 'image/png' }),
});

describe('the notes of a run', () => {
  it('are there on the next visit, with the pinned pictures in their order; one of the same panel and iteration is replaced', async () => {
    const kept = begin();
    await kept.note('before the first checkpoint');
    await kept.pinPanel(pin(3, 'student', 'first words'));
    await kept.save(checkpoint(4), 4);
    await kept.pinPanel(pin(1, 'truth'));
    await kept.pinPanel(pin(3, 'lr'));
    await kept.pinPanel(pin(3, 'student', 'better words'));
    await kept.pinPanel(pin(2, 'yHat'));
    await kept.unpinPanel({ step: 2, panel: 'yHat' });
    const next = (await nextVisit()).get(kept.id).summary;
    expect(next.notes).toBe('before the first checkpoint');
    expect(next.pins.map(({ step, panel, caption }) => [step, panel, caption])).toEqual([
      [1, 'truth', ''],
      [3, 'lr', ''],
      [3, 'student', 'better words'],
    ]);
    expect(next.pins[2]?.image.type).toBe('image/png');
    expect(await next.pins[2]?.image.text()).toBe('student at 3');
    expect(await files.list(`${folderOf(kept.id)}/pins`)).toHaveLength(3);
  });

  it('are empty in a record of an earlier version, and a picture that is gone is left out', async () => {
    const kept = await run(1);
    await kept.note('notes');
    await kept.pinPanel(pin(0, 'student'));
    await files.remove(pinPath(kept.id, { step: 0, panel: 'student' }));
    expect((await nextVisit()).get(kept.id).summary).toMatchObject({ notes: 'notes', pins: [] });
    const path = `${folderOf(kept.id)}/run.json`;
    const { notes, pins, ...earlier } = JSON.parse((await (await files.read(path))?.text()) ?? '');
    await files.write(path, new Blob([JSON.stringify(earlier)]));
    expect((await nextVisit()).get(kept.id).summary).toMatchObject({ notes: '', pins: [] });
  });

  it('have an end', async () => {
    const kept = await run(1);
    await kept.note('x'.repeat(longestNotes + 1));
    expect(kept.summary.notes).toHaveLength(longestNotes);
    for (let step = 0; step < mostPins; step++) await kept.pinPanel(pin(step, 'lr'));
    await expect(kept.pinPanel(pin(0, 'truth'))).rejects.toThrow(`A run keeps ${mostPins} pinned pictures at most`);
    await kept.pinPanel(pin(0, 'lr', 'again'));
  });
});

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

  it('is made anew where it has a date that there is not', async () => {
    const kept = await run(1);
    const path = `${folderOf(kept.id)}/run.json`;
    const index = JSON.parse((await (await files.read(path))?.text()) ?? '');
    await files.write(path, new Blob([JSON.stringify({ ...index, created: 9e15 })]));
    const { created } = (await nextVisit()).get(kept.id).summary;
    expect(new Date(created).toISOString()).toMatch(/^20/);
  });

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
