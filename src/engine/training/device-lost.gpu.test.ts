/** The whole chain on a real device that is destroyed in mid-run: the session opens a new one, and training goes on by itself. */

import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { findAdapter } from '../../../tests/support/gpu.ts';
import { shippedFolder } from '../../../tests/support/node.ts';
import { endures, rounds, soakTimeout, tell } from '../../../tests/support/soak.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import type { Backend } from '../../gpu/backend.ts';
import { RandomStream } from '../../imaging/random.ts';
import { readTrainingConfig } from '../../paper/config.ts';
import type { Event } from '../../protocol/index.ts';
import { fullSpeed, type TrainingCommand } from '../../protocol/train.ts';
import { defaultOptions, type UpscaleCommand } from '../../protocol/upscale.ts';
import { metricsColumns } from '../../report/run-metrics.ts';
import { dispatch } from '../runtime/handlers.ts';
import { Files } from '../storage/files.ts';
import { ImageStore } from '../storage/image-store.ts';
import { UpscaleSession } from '../upscale/upscale-session.ts';
import { TrainingSession } from './training-session.ts';

const adapter = await findAdapter('a device lost in training');

const model = await tinyModel(['sinsr'], true);
const config = readTrainingConfig({
  downsampler: 'convolutional',
  discriminator: 'scratch',
  pool: 1,
  degradation: 'bicubic',
  heldOutEvery: 0,
});
const timed = metricsColumns.findIndex((column) => column.startsWith('timing.'));
const waves = async () => ({
  width: 80,
  height: 80,
  data: Uint8ClampedArray.from({ length: 80 * 80 * 4 }, (_, i) => 128 + 100 * Math.sin(i / 37)),
});

/** A training session whose engine opens a new device when one is lost. */
function openSession() {
  const events: Event[] = [];
  const emit = (event: Event) => events.push(event);
  const devices: Backend[] = [];
  const openBackend = async (kind: Parameters<typeof openNodeBackend>[0]) => {
    const backend = await openNodeBackend(kind);
    devices.push(backend);
    return backend;
  };
  const models = () => model.source;
  const bitmap = async () => ({ close() {} }) as ImageBitmap;
  const pictures = { picture: waves, decode: waves, files: new Files(), bitmap };
  const encode = async () => new Blob();
  const keepTaught = () => Promise.reject(new Error('No method is kept here.'));
  const training = new TrainingSession(
    {
      models,
      folders: shippedFolder,
      ...pictures,
      present: bitmap,
      host: 'test',
      encode,
      keepTaught,
      takeTaught: async () => false,
    },
    emit,
  );
  const upscale = new UpscaleSession({ openBackend, models }, new ImageStore(), training, emit);
  const handlers = { ...upscale.handlers, ...training.handlers };
  const send = (command: TrainingCommand | UpscaleCommand) =>
    dispatch<TrainingCommand | UpscaleCommand>(handlers, command);
  const rows = () =>
    events.flatMap((event) => (event.type === 'training-row' ? [[...event.values.slice(0, timed)]] : []));
  const told = (wanted: (event: Event) => boolean) => events.some(wanted);
  const wait = async (isDone: () => boolean) => {
    while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const begin = async () => {
    await send({ type: 'configure', backend: 'webgpu', options: { ...defaultOptions, tile: 16 } });
    await send({ type: 'training-open', samples: ['waves.png'] });
    await send({ type: 'training-new', config });
  };
  return { training, devices, send, rows, told, wait, begin };
}

describe.skipIf(!adapter)('a device destroyed in mid-run', () => {
  it('is replaced, and the run goes on from its last checkpoint to the bit', async () => {
    const { training, devices, send, rows, told, wait, begin } = openSession();
    await begin();
    await send({ type: 'training-step', unit: 'iteration' });
    await wait(() => told((event) => event.type === 'training-state' && event.state.saved === 1));
    await send({ type: 'training-play', playback: fullSpeed });
    await wait(() => rows().length >= 2);
    devices[0]?.device?.destroy();

    await wait(() => rows().filter(([step]) => step === 1).length === 2);
    await send({ type: 'training-pause' });
    const [first, again] = rows().filter(([step]) => step === 1);
    expect(again).toEqual(first);
    expect(devices).toHaveLength(2);
    expect(told((event) => event.type === 'notice' && /device was lost.*goes on/.test(event.message))).toBe(true);
    expect(told((event) => event.type === 'training-state' && event.state.fault !== null)).toBe(false);
    await training.detach();
    devices[1]?.dispose();
  }, 600_000);

  it.runIf(endures)(
    'again and again, at random, changes no bit of the run',
    async () => {
      const lossy = openSession();
      await lossy.begin();
      await lossy.send({ type: 'training-step', unit: 'iteration' });
      await lossy.wait(() => lossy.told((event) => event.type === 'training-state' && event.state.saved === 1));
      await lossy.send({ type: 'training-play', playback: fullSpeed });
      const random = new RandomStream(50);
      const more = rounds('losses of the device in training', 2, 50);
      let losses = 0;
      const last = () => Math.max(...lossy.rows().map(([step = 0]) => step));
      while (more()) {
        // Some progress between two losses: without any the run is given up.
        const target = last() + 1;
        await lossy.wait(() => last() >= target);
        await new Promise((resolve) => setTimeout(resolve, random.integer(300)));
        lossy.devices.at(-1)?.device?.destroy();
        losses++;
        await lossy.wait(() => lossy.devices.length === losses + 1);
      }
      const end = last() + 1;
      await lossy.wait(() => last() >= end);
      await lossy.send({ type: 'training-pause' });
      const whole = openSession();
      await whole.begin();
      await whole.send({ type: 'training-play', playback: fullSpeed });
      await whole.wait(() => whole.rows().length > end);
      await whole.send({ type: 'training-pause' });
      const byStep = new Map(whole.rows().map((row) => [row[0], row]));
      for (const row of lossy.rows())
        if (row[0] !== undefined && row[0] <= end) expect(row).toEqual(byStep.get(row[0]));
      tell('losses of the device in training', { losses, iterations: end });
      for (const { training, devices } of [lossy, whole]) {
        await training.detach();
        devices.at(-1)?.dispose();
      }
    },
    soakTimeout + 600_000,
  );
});
