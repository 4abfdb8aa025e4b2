/** The tour's run, on WebAssembly with the shipped networks. */
import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { readImage, shippedFolder } from '../../../tests/support/node.ts';
import type { Backend } from '../../gpu/backend.ts';
import type { Event } from '../../protocol/index.ts';
import type { TourState } from '../../protocol/tour.ts';
import { DeviceLostError } from '../runtime/errors.ts';
import type { GpuLease } from '../runtime/gpu-scheduler.ts';
import { dispatch } from '../runtime/handlers.ts';
import { Files } from '../storage/files.ts';
import { TourSession } from './tour-session.ts';

const backend: Backend = await openNodeBackend('wasm');
afterAll(() => backend.dispose());

const picture = 'samples/raccoon.png';
const publicFolder = resolve(import.meta.dirname, '../../../public');

/** A session whose backend can be exchanged, and what it has told. */
function open() {
  const events: Event[] = [];
  const written: string[] = [];
  const files = new Files();
  files.write = async (path) => {
    written.push(path);
    return true;
  };
  const shared = { backend, losses: 0, turns: 0 };
  const session = new TourSession(
    {
      models: shippedFolder,
      folders: shippedFolder,
      picture: (name) => readImage(resolve(publicFolder, name)),
      files,
      present: async () => ({}) as ImageBitmap,
      runExclusive: async (work, signal) => {
        shared.turns++;
        if (shared.losses-- > 0) throw new DeviceLostError('The GPU went away.');
        return work({ backend: shared.backend } as GpuLease, signal);
      },
    },
    (event) => events.push(event),
  );
  const advance = (phases: number) => dispatch(session.handlers, { type: 'tour-advance', phases, picture });
  const state = (): TourState | undefined => events.findLast((event) => event.type === 'tour-state')?.state;
  const panels = () =>
    events.flatMap((event) =>
      event.type === 'tour-shows' && event.event.type === 'training-phase-frame'
        ? event.event.frame.places.map(({ name }) => name)
        : [],
    );
  return { session, events, written, shared, advance, state, panels };
}

describe('TourSession', { timeout: 300_000 }, () => {
  it('runs as far as it is asked, shows each phase, stores nothing and frees all', async () => {
    const before = tf.memory().numTensors;
    const tour = open();
    await tour.advance(2);
    expect(tour.state()).toEqual({ phases: 2, start: null, fault: null });
    expect(tour.panels()).toEqual(['lr', 'prior', 'target', 'truth', 'student']);
    const told = tour.events.length;
    await tour.advance(1);
    expect(tour.panels().length).toBe(5);
    expect(tour.events.length - told).toBeLessThanOrEqual(1);

    // With its backend the run goes, and comes again as far as it was.
    tour.shared.backend = { ...backend };
    await tour.advance(3);
    expect(tour.state()).toEqual({ phases: 3, start: null, fault: null });
    expect(tour.panels().slice(5)).toEqual(['lr', 'prior', 'target', 'truth', 'student', 'yHat', 'difference']);

    await dispatch(tour.session.handlers, { type: 'tour-close' });
    expect(tf.memory().numTensors).toBe(before);
    expect(tour.written).toEqual([]);
  });

  it('says what is wrong, and goes on when it is asked again', async () => {
    const tour = open();
    await dispatch(tour.session.handlers, { type: 'tour-advance', phases: 1, picture: 'samples/none.png' });
    expect(tour.state()).toMatchObject({ phases: 0, fault: expect.stringMatching(/none\.png/) });
    await dispatch(tour.session.handlers, { type: 'tour-close' });
  });

  it('gives a device up that goes each time, until it is asked again', async () => {
    const tour = open();
    tour.shared.losses = 100;
    await tour.advance(1);
    expect(tour.shared.turns).toBe(3);
    expect(tour.state()).toMatchObject({ phases: 0, fault: expect.stringMatching(/The GPU went away/) });
    tour.shared.losses = 1;
    await tour.advance(1);
    expect(tour.state()).toEqual({ phases: 1, start: null, fault: null });
    await dispatch(tour.session.handlers, { type: 'tour-close' });
  });
});
