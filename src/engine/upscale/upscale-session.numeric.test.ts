/** The session's conversation where it needs no canvas: opening the engine. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openNodeBackend } from '../../../tests/support/backend.ts';
import { encodePng } from '../../../tests/support/encode-png.ts';
import { shippedFolder } from '../../../tests/support/node.ts';
import { tinyModel } from '../../../tests/support/tiny-model.ts';
import type { Event } from '../../protocol/index.ts';
import { defaultOptions, type UpscaleOptions } from '../../protocol/upscale.ts';
import { DeviceLostError, EngineReopenedError } from '../runtime/errors.ts';
import { dispatch } from '../runtime/handlers.ts';
import { Files } from '../storage/files.ts';
import { ImageStore, type RemovalChannel } from '../storage/image-store.ts';
import { TrainingSession } from '../training/training-session.ts';
import { UpscaleSession } from './upscale-session.ts';

const model = await tinyModel();

async function openSession(source = model.source, removals: RemovalChannel | null = null) {
  const events: Event[] = [];
  const environment = { openBackend: openNodeBackend, models: () => source };
  const training = new TrainingSession(
    {
      models: environment.models,
      folders: shippedFolder,
      picture: async () => Promise.reject(new Error('No pictures here.')),
      decode: async () => Promise.reject(new Error('No pictures here.')),
      files: new Files(),
      present: async () => ({}) as ImageBitmap,
      bitmap: async () => ({}) as ImageBitmap,
      host: 'test',
      takeTaught: async () => false,
      encode: async () => new Blob(),
      keepTaught: () => Promise.reject(new Error('No method is kept here.')),
    },
    () => {},
  );
  const session = new UpscaleSession(environment, new ImageStore(removals), training, (event) => events.push(event));
  const configure = (change: Partial<UpscaleOptions>) =>
    dispatch(session.handlers, {
      type: 'configure',
      backend: 'wasm',
      options: { ...defaultOptions, tile: 16, ...change },
    });
  return { session, events, configure };
}

describe('configure', () => {
  it('puts the best method in the place of one that the weights lack, and says so', async () => {
    const { events, configure } = await openSession();
    await configure({ method: 'ours' });
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(notices).toContain(
      'The tiny weights have no "ours" network: choose sinsr. Until then the first of these is used.',
    );
    expect(events.at(-1)).toMatchObject({ type: 'engine-ready', ready: { method: 'sinsr', methods: ['sinsr'] } });
    expect(events.some(({ type }) => type === 'engine-failed')).toBe(false);
  });
});

describe('removing', () => {
  const size = { width: 4, height: 4 };
  const pixels = { ...size, data: new Uint8ClampedArray(64).fill(255) };

  class Canvas {
    getContext = () => ({ drawImage: () => {}, getImageData: () => pixels });
  }

  afterEach(() => vi.unstubAllGlobals());

  beforeEach(() => {
    vi.stubGlobal('createImageBitmap', async () => ({ ...size, close: () => {} }));
    vi.stubGlobal('OffscreenCanvas', Canvas);
  });
  const file = new Blob([new Uint8Array(encodePng({ ...size, kind: 'grey', depth: 8, sample: () => 9 }))]);
  const add = { type: 'add', id: 'a', name: 'a.png', file } as const;
  const told = (events: readonly Event[]) =>
    events.flatMap(({ type }) => (type === 'image-added' || type === 'image-removed' ? [type] : []));

  it('holds for a picture that is still being read', async () => {
    const { session, events } = await openSession();
    const added = dispatch(session.handlers, add);
    await Promise.all([added, dispatch(session.handlers, { type: 'remove', id: 'a' })]);
    expect(told(events)).toEqual(['image-added', 'image-removed']);
  });

  it('takes a picture off another tab, too', async () => {
    const channels = [new BroadcastChannel('removed'), new BroadcastChannel('removed')] as const;
    const [one, other] = [await openSession(model.source, channels[0]), await openSession(model.source, channels[1])];
    for (const { session } of [one, other]) await dispatch(session.handlers, add);
    await dispatch(one.session.handlers, { type: 'remove', id: 'a' });
    await expect.poll(() => told(other.events)).toEqual(['image-added', 'image-removed']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told(one.events)).toEqual(['image-added', 'image-removed']);
    for (const channel of channels) channel.close();
  });
});

describe('an engine that has run nothing', () => {
  const paces = (events: readonly Event[]) =>
    events.flatMap((event) => (event.type === 'engine-ready' ? [event.ready.msPerTile] : []));

  it('times a tile once there is nothing to do', async () => {
    const { session, events, configure } = await openSession();
    await configure({});
    expect(paces(events)).toEqual([null]);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = session.runExclusive(() => held, new AbortController().signal);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // Work had it.
    expect(paces(events)).toEqual([null]);
    release();
    await work;
    await expect.poll(() => paces(events), { timeout: 20_000 }).toEqual([null, expect.any(Number)]);
    expect(session.compute?.ready.msPerTile).toBeGreaterThan(0);
  });
});

describe('runExclusive', () => {
  const forever = new AbortController().signal;

  it('waits for the engine, and gives the backend to one after the other', async () => {
    const { session, configure } = await openSession();
    const order: string[] = [];
    const task = (name: string) =>
      session.runExclusive(async ({ backend, models }) => {
        order.push(`${name} begins`);
        await models.manifest();
        order.push(`${name} ends`);
        return backend.kind;
      }, forever);
    const [first, second] = [task('first'), task('second')];
    expect(order).toEqual([]);
    await configure({});
    expect(await Promise.all([first, second])).toEqual(['wasm', 'wasm']);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('ends the work when the engine is opened anew, and tells what the work throws', async () => {
    const { session, configure } = await openSession();
    await configure({});
    const stopped = session.runExclusive(
      (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      forever,
    );
    const opened = configure({ tile: 32 });
    await expect(stopped).rejects.toThrow(EngineReopenedError);
    await opened;
    await expect(session.runExclusive(async () => Promise.reject(new Error('No.')), forever)).rejects.toThrow('No.');
  });

  it('lets others go first where the work lets them', async () => {
    const { session, configure } = await openSession();
    await configure({});
    const order: string[] = [];
    let other: Promise<unknown> = Promise.resolve();
    const long = session.runExclusive(async ({ yieldTurn }) => {
      order.push('long');
      await yieldTurn();
      other = session.runExclusive(async () => order.push('other'), forever);
      await yieldTurn();
      order.push('long again');
      const opened = configure({ tile: 32 });
      await new Promise((resolve) => setTimeout(resolve));
      await expect(yieldTurn()).rejects.toThrow(EngineReopenedError);
      void opened;
    }, forever);
    await Promise.all([long, other]);
    expect(order).toEqual(['long', 'other', 'long again']);
    expect(await session.runExclusive(async ({ ready }) => ready.tile, forever)).toBe(32);
  });

  it('ends work that is given up while others go first, and gives the backend on', async () => {
    const { session, configure } = await openSession();
    await configure({});
    const cancel = new AbortController();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const order: string[] = [];
    let other: Promise<unknown> = Promise.resolve();
    const long = session.runExclusive(async ({ yieldTurn }) => {
      other = session.runExclusive(async () => {
        order.push('other begins');
        await held;
        order.push('other ends');
      }, forever);
      await yieldTurn();
    }, cancel.signal);
    while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    cancel.abort(new Error('Given up.'));
    await expect(long).rejects.toThrow('Given up.');
    const third = session.runExclusive(async () => order.push('third'), forever);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(order).toEqual(['other begins']);
    release();
    await Promise.all([other, third]);
    expect(order).toEqual(['other begins', 'other ends', 'third']);
  });

  it('stops work whose device is lost', async () => {
    const { session, configure } = await openSession();
    await configure({});
    let signalled: unknown = null;
    const work = session.runExclusive(async (_, signal) => {
      signal.addEventListener('abort', () => {
        signalled = signal.reason;
      });
      throw new DeviceLostError('a test');
    }, forever);
    await expect(work).rejects.toThrow(DeviceLostError);
    expect(signalled).toBeInstanceOf(DeviceLostError);
  });

  it('forgets work that is given up before its turn', async () => {
    const { session, configure } = await openSession();
    const abort = new AbortController();
    let ran = false;
    const given = session.runExclusive(async () => {
      ran = true;
    }, abort.signal);
    abort.abort(new Error('Given up.'));
    await expect(given).rejects.toThrow('Given up.');
    await configure({});
    expect(ran).toBe(false);
  });
});
