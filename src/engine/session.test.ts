/** The session's conversation where it needs no canvas: opening the engine. */
import { describe, expect, it } from 'vitest';
import { openNodeBackend } from '../../cli/backend.ts';
import { tinyModel } from '../../tests/tiny-model.ts';
import { Files } from './files.ts';
import { Library } from './library.ts';
import { defaultOptions, type Event } from './protocol.ts';
import { Session } from './session.ts';
import { TrainingSession } from './training/training-session.ts';

const model = await tinyModel();

describe('configure', () => {
  it('puts the best method in the place of one that the weights lack, and says so', async () => {
    const events: Event[] = [];
    const environment = { openBackend: openNodeBackend, models: () => model.source };
    const training = new TrainingSession(
      {
        models: environment.models,
        picture: async () => Promise.reject(new Error('No pictures here.')),
        decode: async () => Promise.reject(new Error('No pictures here.')),
        files: new Files(),
        present: async () => ({}) as ImageBitmap,
        bitmap: async () => ({}) as ImageBitmap,
        host: 'test',
      },
      () => {},
    );
    const session = new Session(environment, await Library.open(), training, (event) => events.push(event));
    await session.handle({
      type: 'configure',
      backend: 'wasm',
      options: { ...defaultOptions, method: 'ours', tile: 16 },
    });
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(notices).toContain(
      'The tiny weights have no "ours" network: choose sinsr. Until then the first of these is used.',
    );
    expect(events.at(-1)).toMatchObject({ type: 'engine-ready', ready: { method: 'sinsr', methods: ['sinsr'] } });
    expect(events.some(({ type }) => type === 'engine-failed')).toBe(false);
  });
});
