/** A training session as its page sees it: commands go in, events are collected. On WebAssembly, with the tiny networks. */

import { dispatch } from '../../src/engine/runtime/handlers.ts';
import type { Files } from '../../src/engine/storage/files.ts';
import type { TeachingEnvironment } from '../../src/engine/training/teaching.ts';
import { TrainingSession } from '../../src/engine/training/training-session.ts';
import type { Backend } from '../../src/gpu/backend.ts';
import type { Rgba8 } from '../../src/imaging/image.ts';
import { readTrainingConfig } from '../../src/paper/config.ts';
import { presets } from '../../src/presets/presets.ts';
import type { Event } from '../../src/protocol/index.ts';
import { fullSpeed, type StoredRunSummary, type TrainingState } from '../../src/protocol/train.ts';
import { defaultOptions } from '../../src/protocol/upscale.ts';
import { metricsColumns } from '../../src/report/run-metrics.ts';
import { openNodeBackend } from './backend.ts';
import { shippedFolder } from './node.ts';
import { modelOf } from './tiny-model.ts';

const model = await modelOf(presets.tiny, [], true);
export const config = readTrainingConfig({
  downsampler: 'convolutional',
  discriminator: 'scratch',
  pool: 2,
  degradation: 'bicubic',
  learningRate: 1e-3,
});
export const play = { type: 'training-play', playback: fullSpeed } as const;
const timed = metricsColumns.findIndex((column) => column.startsWith('timing.'));

/** A picture of waves, 80 px a side. */
const waves = async () => ({
  width: 80,
  height: 80,
  data: Uint8ClampedArray.from({ length: 80 * 80 * 4 }, (_, i) => 128 + 100 * Math.sin(i / 37)),
});

export interface Watched {
  readonly session: TrainingSession;
  readonly events: Event[];
  state(): TrainingState;
  rows(): number[][];
  runs(): readonly StoredRunSummary[];
  notices(): string[];
  /** Waits for a state. */
  until(wanted: (state: TrainingState) => boolean): Promise<void>;
}

interface Change {
  readonly picture?: typeof waves;
  readonly decode?: (file: Blob) => Promise<Rgba8>;
  readonly keepTaught?: TeachingEnvironment['keepTaught'];
}

export function start(files: Files, change: Change = {}): Watched {
  const events: Event[] = [];
  const present = async () => ({}) as ImageBitmap;
  const picture = change.picture ?? waves;
  const bitmap = async (pixels: Rgba8) => ({ width: pixels.width, close() {} }) as ImageBitmap;
  const environment = {
    models: () => model.source,
    folders: shippedFolder,
    picture,
    decode: change.decode ?? waves,
    files,
    bitmap,
    present,
    host: 'test',
    takeTaught: async () => false,
    // Pixels as they are: nothing here shows them.
    encode: async ({ data }: Rgba8) => new Blob([new Uint8Array(data)]),
    keepTaught: change.keepTaught ?? (() => Promise.reject(new Error('No method is kept here.'))),
  };
  const session = new TrainingSession(environment, (event) => events.push(event));
  const state = () => {
    const told = events.findLast((event) => event.type === 'training-state');
    if (!told) throw new Error('No state was told.');
    return told.state;
  };
  return {
    session,
    events,
    state,
    // Times are no function of the seed.
    rows: () => events.flatMap((event) => (event.type === 'training-row' ? [[...event.values.slice(0, timed)]] : [])),
    runs: () => events.findLast((event) => event.type === 'training-runs')?.runs ?? [],
    notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])),
    async until(wanted) {
      while (!events.some(({ type }) => type === 'training-state') || !wanted(state())) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

export const rests = ({ status }: TrainingState) => status === 'paused' || status === 'stored' || status === 'none';

export const backend: Backend = await openNodeBackend('wasm');

export async function open(files: Files, change?: Change, on: Backend = backend): Promise<Watched> {
  const watched = start(files, change);
  watched.session.attach(on, defaultOptions);
  await dispatch(watched.session.handlers, { type: 'training-open', samples: ['waves.png'] });
  return watched;
}

export async function step(watched: Watched, unit: 'iteration' | 'phase' = 'iteration'): Promise<void> {
  await dispatch(watched.session.handlers, { type: 'training-step', unit });
  await watched.until(rests);
}
