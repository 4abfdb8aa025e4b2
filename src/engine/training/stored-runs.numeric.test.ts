/** Several runs and their checkpoints: rewound, forked, put away, opened from files. */

import { afterAll, describe, expect, it, vi } from 'vitest';
import { backend, config, open, step } from '../../../tests/support/watched-session.ts';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { readRunBundle, writeRunBundle } from '../../report/run-bundle.ts';
import { dispatch } from '../runtime/handlers.ts';
import { Files } from '../storage/files.ts';

afterAll(() => backend.dispose());

/** A checkpoint's file under another preset's name, not longer than the true one: spaces fill its header. */
async function ofPreset(file: Blob, preset: string): Promise<Blob> {
  const header = await file.slice(8, 4008).text();
  return new Blob([file.slice(0, 8), header.replace('"compact"', JSON.stringify(preset).padEnd(9)), file.slice(4008)]);
}

describe('TrainingSession with several runs', { timeout: 300_000 }, () => {
  it('rewinds, and the same iterations come again to the bit; a fork goes its own way from there', async () => {
    const watched = await open(new Files());
    const { session } = watched;
    await dispatch(session.handlers, { type: 'training-new', config });
    for (let i = 0; i < 3; i++) await step(watched);
    const old = watched.runs()[0]?.id ?? '';
    await dispatch(session.handlers, { type: 'training-rewind', step: 1 });
    expect(watched.state()).toMatchObject({ status: 'stored', run: old, step: 1, saved: 1 });
    for (let i = 0; i < 2; i++) await step(watched);
    const rows = watched.rows();
    expect(rows.slice(3)).toEqual(rows.slice(1, 3));

    await dispatch(session.handlers, { type: 'training-fork', step: 2 });
    expect(watched.state()).toMatchObject({ status: 'stored', step: 2 });
    await step(watched);
    expect(watched.rows()[5]).toEqual(rows[2]);
    expect(watched.runs().map(({ checkpoints }) => checkpoints.map((checkpoint) => checkpoint.step))).toEqual([
      [2, 3],
      [1, 2, 3],
    ]);
    await dispatch(session.handlers, { type: 'training-edit', changes: { learningRate: 0.01 } });
    await step(watched);
    await dispatch(session.handlers, { type: 'training-select', run: old });
    expect(watched.state()).toMatchObject({ run: old, step: 3, config: { learningRate: config.learningRate } });
    await step(watched);
    expect(watched.rows()[7]).not.toEqual(watched.rows()[6]);
    await session.detach();
  });

  it('puts a run away for another one, and keeps both', async () => {
    const watched = await open(new Files());
    const { session } = watched;
    await dispatch(session.handlers, { type: 'training-new', config });
    await expect(dispatch(session.handlers, { type: 'training-new', config })).rejects.toThrow(/put it away first/);
    await step(watched);
    await dispatch(session.handlers, { type: 'training-close' });
    expect(watched.state()).toMatchObject({ status: 'none', run: null });
    await dispatch(session.handlers, { type: 'training-new', config: { ...config, seed: 7 } });
    await step(watched);
    expect(watched.runs().map((run) => run.config.seed)).toEqual([7, config.seed]);
    await dispatch(session.handlers, { type: 'training-delete', run: watched.runs()[1]?.id ?? null });
    expect(watched.state()).toMatchObject({ status: 'paused', step: 1 });
    expect(watched.runs().map((run) => run.config.seed)).toEqual([7]);
    await session.detach();
  });

  it('opens a checkpoint’s file as a run of its own, and refuses a wrong one in a sentence', async () => {
    const watched = await open(new Files());
    const { session, events } = watched;
    await dispatch(session.handlers, { type: 'training-new', config });
    await step(watched);
    await dispatch(session.handlers, { type: 'training-export', step: 1 });
    const file = events.findLast((event) => event.type === 'training-exported')?.blob as Blob;
    await step(watched);
    const before = watched.runs();

    const other = await ofPreset(file, 'nothing');
    const earlier = await ofPreset(file, 'nano');
    const cut = file.slice(0, file.size - 4);
    const small = writeSafetensors([], {
      format: 'cosr-training-1',
      preset: 'compact',
      step: '3',
      config: JSON.stringify(config),
      updates: '{"student":3}',
    });
    const wrong: [Blob, RegExp][] = [
      [new Blob(['a picture, say']), /safetensors/],
      [cut, /cut off|beyond/],
      [other, /of a preset that is not here: "nothing"/],
      [earlier, /of nano, whose networks this version no longer has/],
      [small, /does not fit its networks: student\.\S+ is missing/],
      [writeSafetensors([]), /no checkpoint of a training run/],
    ];
    for (const [bad, sentence] of wrong) {
      await expect(dispatch(session.handlers, { type: 'training-import', file: bad })).rejects.toThrow(sentence);
    }
    expect(watched.runs()).toEqual(before);
    expect(watched.state()).toMatchObject({ status: 'paused', step: 2 });

    await dispatch(session.handlers, { type: 'training-import', file });
    expect(watched.state()).toMatchObject({ status: 'stored', step: 1 });
    expect(watched.runs()).toHaveLength(2);
    await step(watched);
    expect(watched.rows()[2]).toEqual(watched.rows()[1]);
    await session.detach();
  });

  it('shows a run of an earlier preset and gives it back, and does not go on with it', async () => {
    const watched = await open(new Files());
    const { session, events } = watched;
    await dispatch(session.handlers, { type: 'training-new', config });
    for (let i = 0; i < 2; i++) await step(watched);
    const bundleOf = async () => {
      const run = watched.runs()[0]?.id ?? '';
      await dispatch(session.handlers, { type: 'training-bundle', run, frames: [] });
      return readRunBundle(events.findLast((event) => event.type === 'training-exported')?.blob as Blob);
    };
    const bundle = await bundleOf();
    const checkpoints = await Promise.all(
      bundle.checkpoints.map(async (kept) => ({ ...kept, file: await ofPreset(kept.file, 'nano') })),
    );
    const file = await writeRunBundle({ ...bundle, preset: 'nano', checkpoints });
    await dispatch(session.handlers, { type: 'training-delete', run: null });

    await dispatch(session.handlers, { type: 'training-import', file });
    expect(watched.runs()).toMatchObject([{ preset: 'nano' }]);
    expect(watched.rows().slice(-2)).toHaveLength(2);
    const again = await bundleOf();
    expect([again.preset, [...again.rows.each()].length, again.checkpoints.length]).toEqual(['nano', 2, 2]);
    const refused = /of nano, whose networks this version no longer has/;
    await expect(dispatch(session.handlers, { type: 'training-fork', step: 2 })).rejects.toThrow(refused);
    await dispatch(session.handlers, { type: 'training-step', unit: 'iteration' });
    await vi.waitFor(() => expect(JSON.stringify(watched.state())).toMatch(refused));
    await session.detach();
  });
});
