/** A logbook on another device: its runs go on to the same numbers; a wrong one changes nothing. */

import { afterAll, expect, it } from 'vitest';
import { backend, config, open, step, type Watched } from '../../tests/support/watched-session.ts';
import { dispatch } from '../engine/runtime/handlers.ts';
import { Files } from '../engine/storage/files.ts';

afterAll(() => backend.dispose());

const exported = ({ events }: Watched) => events.findLast((event) => event.type === 'training-exported');

it('of two runs opens the first and lists the second; both go on as the unbroken ones', {
  timeout: 300_000,
}, async () => {
  const first = await open(new Files());
  const begin = async (seed: number) => {
    await dispatch(first.session.handlers, { type: 'training-new', config: { ...config, seed } });
    for (let i = 0; i < 2; i++) await step(first);
    const run = first.state().run ?? '';
    await dispatch(first.session.handlers, { type: 'training-note', run, notes: `Seed **${seed}**` });
    await dispatch(first.session.handlers, { type: 'training-close' });
    return run;
  };
  const [one, two] = [await begin(3), await begin(4)];
  const runs = [
    { run: one, name: 'seed 3' },
    { run: two, name: 'seed 4' },
  ];
  await dispatch(first.session.handlers, {
    type: 'training-logbook',
    title: 'Both',
    runs,
    charts: [],
    goesOn: true,
    frames: null,
  });
  const { name, blob: file } = exported(first) ?? {};
  expect(name).toBe('cosr-logbook-2.html');
  const unbroken = [];
  for (const run of [one, two]) {
    await dispatch(first.session.handlers, { type: 'training-select', run });
    for (let i = 0; i < 2; i++) await step(first);
    unbroken.push(first.rows().slice(-2));
  }

  const second = await open(new Files());
  const bad: [Blob, RegExp][] = [
    [new File(['no page'], 'logbook.html'), /is no logbook/],
    [new Blob([(file as Blob).slice(0, (file as Blob).size - 40)]), /cut off/],
    [new Blob([(await (file as Blob).text()).replace(/(id="run-2">)..../, '$1AAAA')]), /archive is damaged/],
  ];
  for (const [wrong, sentence] of bad) {
    await expect(dispatch(second.session.handlers, { type: 'training-import', file: wrong })).rejects.toThrow(sentence);
  }
  expect(second.runs()).toEqual([]);
  expect(second.state()).toMatchObject({ status: 'none' });

  await dispatch(second.session.handlers, { type: 'training-import', file: file as Blob });
  // A third one says that Node keeps nothing.
  expect(second.notices().slice(0, 2)).toEqual([
    'The run is open again at iteration 2.',
    'A run of iteration 2 is in the list.',
  ]);
  const restored = second.runs().map(({ id, notes, config: { seed } }) => ({ id, notes, seed }));
  expect(new Set(restored.map(({ notes }) => notes))).toEqual(new Set(['Seed **3**', 'Seed **4**']));
  for (const [i, seed] of [3, 4].entries()) {
    const { id } = restored.find((each) => each.seed === seed) ?? { id: '' };
    await dispatch(second.session.handlers, { type: 'training-select', run: id });
    for (let at = 0; at < 2; at++) await step(second);
    expect(second.rows().slice(-2)).toEqual(unbroken[i]);
  }
  await first.session.detach();
  await second.session.detach();
});
